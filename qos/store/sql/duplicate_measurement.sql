-- Ids of one delivery that occur more than once, in it or in what its source brought before.
-- Grain: quarter, id, content.   `landing`: its rows; `landed`: the listed rows of its source and quarters.
-- `suspected` (id_hash): hashes of ids that may occur again: few, so that all else is only streamed past.
-- content: equal for the same measurement.   occurrences: rows of the id, here and before.
-- copies: rows that say the same here.   known: it was there before.   flags: of the copy that is new.
CREATE OR REPLACE TEMP TABLE repeated_row AS
WITH arrived AS (
    SELECT quarter, measurement_id, {content} AS content, flags
    FROM landing WHERE hash(measurement_id) IN (FROM suspected)
),
before AS (
    SELECT DISTINCT quarter, measurement_id, {content} AS content
    FROM landed WHERE hash(measurement_id) IN (FROM suspected)
),
counted AS (
    SELECT quarter, measurement_id, content, count(*) AS copies, list_sort(list(flags)) AS flags
    FROM arrived GROUP BY ALL
)
SELECT
    counted.*,
    before.content IS NOT NULL AS known,
    sum(copies) OVER (PARTITION BY counted.quarter, counted.measurement_id) + coalesce(others.n, 0) AS occurrences
FROM counted
LEFT JOIN before USING (quarter, measurement_id, content)
LEFT JOIN (SELECT quarter, measurement_id, count(*) AS n FROM before GROUP BY ALL) AS others
    USING (quarter, measurement_id)
