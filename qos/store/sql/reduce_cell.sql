-- Sums of the subjects' contributions x with weights a, that give a cell's mean and its variance with
-- subjects as clusters. All are sums, so those of subject buckets and of cells add exactly.
-- Grain: source x operator x region.   subjects: the rows of `reduce_subject`.
-- contributions, sums: those of every indicator at once.
SELECT
    source,
    operator,
    region,
    {sums}
FROM (
    SELECT
        source,
        operator,
        region,
        CAST(a AS DOUBLE) AS a,
        {contributions}
    FROM {subjects} AS subject_value
) AS contribution
GROUP BY source, operator, region
