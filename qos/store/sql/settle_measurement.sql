-- Measurements whose id occurs more than once. Same id and content: once, from the smallest delivery.
-- Same id, other content: all are kept and flagged, and the smallest content hash counts.
CREATE TEMP TABLE settled_measurement AS
WITH repeated AS (
    FROM part_measurement SEMI JOIN repeated_id USING (source, measurement_id)
),
once AS (
    FROM repeated
    QUALIFY row_number() OVER (
        PARTITION BY source, measurement_id, content_hash, subject ORDER BY delivery, flags
    ) = 1
),
ordered AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY source, measurement_id) AS versions,
        row_number() OVER (PARTITION BY source, measurement_id ORDER BY content_hash, subject) AS place
    FROM once
)
SELECT
    * EXCLUDE (versions, place)
      REPLACE (CASE WHEN versions > 1 THEN list_sort(list_append(flags, 'id-conflict')) ELSE flags END AS flags),
    place = 1 AS counts
FROM ordered
