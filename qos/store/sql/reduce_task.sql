-- The measurements of one market in one quarter, as they enter the reduction.
-- Grain: one finished or failed measurement task.
-- Parameters: quarter, service, technologies (empty list: every one), excluding_flags.
-- `region_map` (region, ranking_region) is registered by the caller. An unresolved operator or
-- region is the empty text: it counts in what is summed over operators or regions, nowhere else.
SELECT
    measurement.source,
    coalesce(measurement.operator, '') AS operator,
    coalesce(region_map.ranking_region, '') AS region,
    coalesce(CAST(measurement.subject AS VARCHAR), concat('m', measurement.measurement_id)) AS subject,
    measurement.measurement_id,
    measurement.measured_at,
    measurement.delivery,
    measurement.weight,
    {metrics}
FROM measurement
LEFT JOIN region_map ON measurement.region = region_map.region
WHERE measurement.quarter = $quarter
  AND measurement.service = $service
  AND measurement.counts
  AND (len($technologies) = 0 OR list_contains($technologies, measurement.technology))
  AND NOT list_has_any(measurement.flags, $excluding_flags)
