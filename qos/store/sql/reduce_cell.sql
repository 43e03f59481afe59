-- Sums of the subjects' contributions x with weights a, that give a cell's mean and its variance with
-- subjects as clusters. All are sums, so those of subject buckets and of cells add exactly.
-- Grain: source x operator x region.   metric, x: what is summed and under which name.
SELECT
    '{metric}' AS metric,
    '{name}' AS x,
    source,
    operator,
    region,
    count(CASE WHEN a > 0 THEN 1 END) AS n,
    CAST(sum(CASE WHEN a > 0 THEN m_{metric} ELSE 0 END) AS BIGINT) AS n_measurements,
    sum(CAST(a AS DECIMAL(38, 12))) AS sum_a,
    sum(CAST(a * a AS DECIMAL(38, 12))) AS sum_a2,
    sum(CAST(a * x AS DECIMAL(38, 12))) AS sum_ax,
    sum(CAST(a * a * x AS DECIMAL(38, 12))) AS sum_a2x,
    sum(CAST(a * a * x * x AS DECIMAL(38, 12))) AS sum_a2x2,
    count(*) AS n_unweighted,
    sum(CAST(x AS DECIMAL(38, 12))) AS sum_x
FROM (
    SELECT source, operator, region, CAST(a AS DOUBLE) AS a, m_{metric}, CAST({x} AS DOUBLE) AS x
    FROM subject_value
    WHERE m_{metric} > 0
) AS contribution
WHERE x IS NOT NULL
GROUP BY source, operator, region
