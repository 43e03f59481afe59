-- The measurements of one subject bucket that may enter one market in one quarter.
-- Grain: one finished or failed measurement task.
-- rows: the measurements of the bucket.   technologies: an empty list is every one.   excluded: bits of the
-- flags that exclude.   named: the condition on rows that the rules of the quarter exclude.
SELECT *
FROM {rows} AS measurement
WHERE measurement.quarter = {quarter}
  AND measurement.service = {service}
  AND measurement.counts
  AND (len({technologies}) = 0 OR list_contains({technologies}, measurement.technology))
  AND measurement.flag_bits & {excluded} = 0
  {named}
