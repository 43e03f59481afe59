-- Sums of the subjects' contributions x with weights a, that give a cell's mean and its variance
-- with subjects as clusters. All are sums, so partial results of subject buckets add exactly.
-- Grain: source x operator x region, and summed over operators, regions, both (then null).
WITH contribution AS (
    SELECT source, operator, region, a, m, CAST({x} AS DOUBLE) AS x FROM subject_value
)
SELECT
    source,
    operator,
    region,
    count(CASE WHEN a > 0 THEN 1 END) AS n,
    sum(CASE WHEN a > 0 THEN m ELSE 0 END) AS n_measurements,
    CAST(sum(CAST(a AS DECIMAL(38, 12))) AS DOUBLE) AS sum_a,
    CAST(sum(CAST(a * a AS DECIMAL(38, 12))) AS DOUBLE) AS sum_a2,
    CAST(sum(CAST(a * x AS DECIMAL(38, 12))) AS DOUBLE) AS sum_ax,
    CAST(sum(CAST(a * a * x AS DECIMAL(38, 12))) AS DOUBLE) AS sum_a2x,
    CAST(sum(CAST(a * a * x * x AS DECIMAL(38, 12))) AS DOUBLE) AS sum_a2x2,
    count(*) AS n_unweighted,
    CAST(sum(CAST(x AS DECIMAL(38, 12))) AS DOUBLE) AS sum_x
FROM contribution
WHERE x IS NOT NULL
GROUP BY GROUPING SETS ((source, operator, region), (source, operator), (source, region), (source))
