-- For the variance of a quantile with subjects as clusters (Woodruff 1952): the squared distance of
-- each subject's share of measurements at or below the quantile q from its probability p.
-- Grain: one row of `quantile` (cell, source, operator or null, region, q).   Parameters: p.
WITH share AS (
    SELECT
        quantile.cell,
        metric_value.operator,
        metric_value.subject,
        max(metric_value.a) AS a,
        CAST(count(CASE WHEN metric_value.value <= quantile.q THEN 1 END) AS DOUBLE) / count(*) AS below
    FROM quantile
    JOIN metric_value
      ON metric_value.source = quantile.source
     AND metric_value.region = quantile.region
     AND (quantile.operator IS NULL OR metric_value.operator = quantile.operator)
    GROUP BY quantile.cell, metric_value.operator, metric_value.subject
)
SELECT
    cell,
    CAST(sum(CAST(a * a * (below - $p) * (below - $p) AS DECIMAL(38, 12))) AS DOUBLE) AS sum_squares
FROM share
GROUP BY cell
