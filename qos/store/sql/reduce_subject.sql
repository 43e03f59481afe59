-- What one subject contributes: the mean of logs, the mean and the median of its measurements.
-- Grain: source, operator, region, subject. One subject in two operators or regions is two subjects.
-- Sums go through DECIMAL so that they do not depend on the order of rows; a value of zero has no
-- logarithm and is left out of mean_log only (its count is m - m_positive).
SELECT
    source,
    operator,
    region,
    subject,
    max(a) AS a,
    count(*) AS m,
    count(CASE WHEN value > 0 THEN 1 END) AS m_positive,
    CAST(sum(CAST(CASE WHEN value > 0 THEN ln(value) END AS DECIMAL(38, 12))) AS DOUBLE)
        / nullif(count(CASE WHEN value > 0 THEN 1 END), 0) AS mean_log,
    CAST(sum(CAST(value AS DECIMAL(38, 12))) AS DOUBLE) / count(*) AS mean,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median
FROM metric_value
GROUP BY source, operator, region, subject
