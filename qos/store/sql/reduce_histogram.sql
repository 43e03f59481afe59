-- Log histograms of the measurements of one metric, every subject weighing a: a test of a subject with m
-- tests weighs a / m. Bins are floor(64 log2 x), 1.1 % wide; zero counts in the bin of 0.001.
-- Grain: source x operator x region x bin.   metric: a column.   weight: a, or 1 where nobody has weights.
SELECT
    '{metric}' AS metric,
    source,
    operator,
    region,
    CAST(floor(64 * log2(greatest(value, 0.001))) AS INTEGER) AS bin,
    sum(CAST({weight} / m AS {decimal})) AS weight,
    sum(CAST(1.0 / m AS DECIMAL(18, 12))) AS weight_unweighted
FROM (
    SELECT
        spaced.source,
        spaced.operator,
        spaced.region,
        spaced.{metric} AS value,
        CAST(subject_value.a AS DOUBLE) AS a,
        subject_value.m_{metric} AS m
    FROM spaced
    JOIN subject_value
      ON spaced.source = subject_value.source
     AND spaced.operator = subject_value.operator
     AND spaced.region = subject_value.region
     AND spaced.subject = subject_value.subject
    WHERE spaced.{metric} IS NOT NULL
    UNION ALL
    SELECT source, operator, region, {metric} AS value, CAST(a AS DOUBLE) AS a, 1 AS m
    FROM spaced
    WHERE subject IS NULL AND {metric} IS NOT NULL
) AS weighed
GROUP BY source, operator, region, bin
