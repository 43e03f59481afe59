-- The measurements of `entering` as the reduction takes them.
-- Grain: one finished or failed measurement task of one subject bucket.
-- place: a column that orders those of one moment.   operator, region: the code that is ranked.   joins: the
-- tables that know it, where it is another than that of some row.   weight: 1, or that of the survey.
-- An unresolved operator or region is null here and the empty text in all that is made of it: it counts in
-- what is summed over operators or regions, nowhere else. A subject that is null stands for itself alone.
SELECT
    measurement.source,
    {operator} AS operator,
    {region} AS region,
    measurement.subject,
    measurement.{place} AS place,
    measurement.measured_at,
    measurement.method,
    {weight} AS a,
    {metrics}
FROM entering AS measurement
{joins}
