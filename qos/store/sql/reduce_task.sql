-- The measurements of one market in one quarter, as they enter the reduction.
-- Grain: one finished or failed measurement task of one subject bucket.
-- Parameters: quarter, service, technologies (empty list: every one).
-- rows: the measurements of the bucket.   place: a column that orders those of one moment.   operator: the code that is ranked.   weight: 1, or that of the
-- survey.   excluded: bits of the flags that exclude.   `region_map` (region, ranking_region).
-- An unresolved operator or region is null here and the empty text in all that is made of it: it counts in
-- what is summed over operators or regions, nowhere else. A subject that is null stands for itself alone.
SELECT
    measurement.source,
    {operator} AS operator,
    region_map.ranking_region AS region,
    measurement.subject,
    measurement.{place} AS place,
    measurement.measured_at,
    measurement.method,
    measurement.delivery,
    {weight} AS a,
    {metrics}
FROM {rows} AS measurement
LEFT JOIN region_map ON measurement.region = region_map.region
{joins}
WHERE measurement.quarter = $quarter
  AND measurement.service = $service
  AND measurement.counts
  AND (len($technologies) = 0 OR list_contains($technologies, measurement.technology))
  AND measurement.flag_bits & {excluded} = 0
