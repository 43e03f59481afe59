-- Which rows of `landing` bring nothing new, compared with `landed` (the parts of the same source).
-- repeated_row: lines whose measurement_id occurs elsewhere.   new_line: lines that bring something.
-- `landed` may be a thousand times larger than `landing`: it is only ever streamed past small tables.
CREATE OR REPLACE TEMP TABLE landed_again AS
SELECT DISTINCT measurement_id, content_hash, subject
FROM landed SEMI JOIN landing USING (measurement_id);

CREATE OR REPLACE TEMP TABLE repeated_row AS
SELECT line, measurement_id, content_hash, subject
FROM landing
SEMI JOIN (
    SELECT measurement_id FROM landing GROUP BY measurement_id HAVING count(*) > 1
    UNION
    SELECT measurement_id FROM landed_again
) USING (measurement_id);

CREATE OR REPLACE TEMP TABLE new_line AS
SELECT line
FROM landing
ANTI JOIN (
    SELECT line
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY measurement_id, content_hash, subject ORDER BY line) AS copy
        FROM repeated_row
    ) AS repeated
    WHERE copy > 1
       OR EXISTS (
            FROM landed_again
            WHERE landed_again.measurement_id = repeated.measurement_id
              AND landed_again.content_hash = repeated.content_hash
              AND landed_again.subject IS NOT DISTINCT FROM repeated.subject
       )
) USING (line);
