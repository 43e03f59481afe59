-- Measurements of one delivery as they are stored: codes resolved, subjects pseudonymous, flagged.
-- Grain: accepted row.   Parameters: source, delivery, received_at.
-- `arriving`: the accepted rows with every column, local quarter and epoch (a span of days in which
-- names keep their meaning). `operator_meant`, `region_meant`, `pseudonym`: distinct values and what
-- they stand for. A measurement_id made of the subject's own name carries its pseudonym instead.
-- context: columns taken over as they are. content: the row as delivered, without what identifies.
WITH joined AS (
    SELECT
        arriving.*,
        operator_meant.operator_code,
        region_meant.region_code,
        pseudonym.pseudonym,
        CASE WHEN length(arriving.subject) >= 4 AND contains(arriving.measurement_id, arriving.subject)
             THEN replace(arriving.measurement_id, arriving.subject, '~' || printf('%016x', pseudonym.pseudonym))
             ELSE arriving.measurement_id END AS stored_id
    FROM arriving
    LEFT JOIN operator_meant
      ON arriving.operator IS NOT DISTINCT FROM operator_meant.operator
     AND arriving.operator_name IS NOT DISTINCT FROM operator_meant.operator_name
     AND arriving.mcc_mnc IS NOT DISTINCT FROM operator_meant.mcc_mnc
     AND arriving.asn IS NOT DISTINCT FROM operator_meant.asn
     AND arriving.service = operator_meant.service
     AND arriving.epoch = operator_meant.epoch
    LEFT JOIN region_meant
      ON arriving.region IS NOT DISTINCT FROM region_meant.region
     AND arriving.region_name IS NOT DISTINCT FROM region_meant.region_name
     AND arriving.epoch = region_meant.epoch
    LEFT JOIN pseudonym
      ON arriving.quarter = pseudonym.quarter AND arriving.subject = pseudonym.subject
)
SELECT
    line,
    $source AS source,
    $delivery AS delivery,
    quarter,
    stored_id AS measurement_id,
    measured_at,
    pseudonym AS subject,
    operator_code AS operator,
    region_code AS region,
    service,
    {context},
    CASE WHEN flags IS NULL AND operator_code IS NOT NULL AND region_code IS NOT NULL
              AND measured_at <= CAST($received_at AS TIMESTAMP)
         THEN []  -- the common case, and lists are dear
         ELSE list_sort(list_distinct(coalesce(flags, []) || list_where(
        [
            'operator-unresolved', 'operator-by-address-not-supported', 'operator-not-given', 'region-unresolved',
            'region-by-position-not-supported', 'region-not-given', 'measured-in-future'
        ],
        [
            operator_code IS NULL AND coalesce(operator, operator_name, mcc_mnc, CAST(asn AS VARCHAR)) IS NOT NULL,
            coalesce(operator, operator_name, mcc_mnc, CAST(asn AS VARCHAR)) IS NULL AND ip IS NOT NULL,
            coalesce(operator, operator_name, mcc_mnc, CAST(asn AS VARCHAR)) IS NULL AND ip IS NULL,
            region_code IS NULL AND coalesce(region, region_name) IS NOT NULL,
            coalesce(region, region_name) IS NULL AND latitude IS NOT NULL AND longitude IS NOT NULL,
            coalesce(region, region_name) IS NULL AND (latitude IS NULL OR longitude IS NULL),
            measured_at > CAST($received_at AS TIMESTAMP)
        ]
    ))) END AS flags,
    CAST(md5_number_lower(concat_ws(chr(31),
        CASE WHEN stored_id = measurement_id THEN measurement_id END,
        {content}
    )) >> 1 AS BIGINT) AS content_hash
FROM joined
