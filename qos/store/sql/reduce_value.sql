-- One metric of the tasks: missing values left out, tests too soon after the one before left out.
-- Grain: measurement.   Parameters: min_seconds.
-- `weighting` (source, weighted): whether a source's rows carry survey weights in this quarter; then
-- a subject without a positive weight has weight 0 and does not enter weighted figures.
WITH spaced AS (
    SELECT
        *,
        lag(measured_at) OVER (
            PARTITION BY source, operator, region, subject ORDER BY measured_at, measurement_id
        ) AS measured_before
    FROM task
    WHERE {metric} IS NOT NULL
)
SELECT
    spaced.source,
    spaced.operator,
    spaced.region,
    spaced.subject,
    CAST(spaced.{metric} AS DOUBLE) AS value,
    CASE WHEN NOT weighting.weighted THEN 1
         WHEN spaced.weight >= 1e-9 THEN spaced.weight  -- less than the sums can hold is nothing
         ELSE 0 END AS a
FROM spaced
JOIN weighting ON spaced.source = weighting.source
WHERE measured_before IS NULL
   OR date_diff('second', measured_before, measured_at) >= $min_seconds
