-- Measurements whose id occurs more than once in its source and quarter. Same id and content: once, from
-- the smallest delivery. Same id, other content: all are kept and flagged, the smallest content hash counts.
-- content: a hash of what makes two rows the same measurement; keyless: of what does not depend on the
-- workspace's key, so that every workspace settles alike.   conflict: the flag's bit.
CREATE TEMP TABLE settled_measurement AS
WITH repeated AS (
    SELECT *, {content} AS content_hash, {keyless} AS keyless_hash
    FROM part_measurement SEMI JOIN repeated_id USING (source, quarter, measurement_id)
),
once AS (
    FROM repeated
    QUALIFY row_number() OVER (
        PARTITION BY source, quarter, measurement_id, content_hash ORDER BY delivery, flags
    ) = 1
),
ordered AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY source, quarter, measurement_id) AS versions,
        row_number() OVER (PARTITION BY source, quarter, measurement_id ORDER BY keyless_hash, subject) AS place
    FROM once
)
SELECT
    * EXCLUDE (versions, place, content_hash, keyless_hash)
      REPLACE (CASE WHEN versions > 1 THEN coalesce(flags, 0) | {conflict} ELSE flags END AS flags),
    place = 1 AS counts
FROM ordered
