-- Log histograms of the measurements, every subject weighing a: a test of a subject with m tests
-- weighs a / m. Bins are floor(64 log2 x), 1.1 % wide; zero counts in the bin of 0.001.
-- Grain: source x operator x region x bin, and summed over operators, regions, both (then null).
SELECT
    metric_value.source,
    metric_value.operator,
    metric_value.region,
    CAST(floor(64 * log2(greatest(metric_value.value, 0.001))) AS INTEGER) AS bin,
    CAST(sum(CAST(metric_value.a / subject_value.m AS DECIMAL(38, 12))) AS DOUBLE) AS weight,
    CAST(sum(CAST(1.0 / subject_value.m AS DECIMAL(38, 12))) AS DOUBLE) AS weight_unweighted
FROM metric_value
JOIN subject_value
  ON metric_value.source = subject_value.source
 AND metric_value.operator = subject_value.operator
 AND metric_value.region = subject_value.region
 AND metric_value.subject = subject_value.subject
GROUP BY GROUPING SETS (
    (metric_value.source, metric_value.operator, metric_value.region, bin),
    (metric_value.source, metric_value.operator, bin),
    (metric_value.source, metric_value.region, bin),
    (metric_value.source, bin)
)
