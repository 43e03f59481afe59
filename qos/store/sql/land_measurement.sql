-- Measurements of a delivery as they are stored: codes resolved, subjects pseudonymous, flagged.
-- Grain: accepted row.
-- `arriving`: the accepted rows of the country, with `span`, a number for the days around one in which
-- names keep their meaning. joins: `span` (quarter) and what distinct values stand for.
-- operator, region, subject: what was found. id: as delivered, but for one made of the subject's own name.
-- context: columns taken over as they are. flags: the bits that hold, over what was found as well.
WITH resolved AS (
    SELECT
        arriving.*,
        span.quarter,
        {operator} AS operator_code,
        {operator_bits} AS operator_bits,
        {region} AS region_code,
        {region_bits} AS region_bits,
        {subject} AS pseudonym
    FROM arriving
    {joins}
)
SELECT
    {source} AS source,
    {delivery} AS delivery,
    quarter,
    {id} AS measurement_id,
    measured_at,
    pseudonym AS subject,
    operator_code AS operator,
    region_code AS region,
    service,
    {context}{flags} AS flags
FROM resolved
