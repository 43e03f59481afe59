-- Which rows of `landing` bring nothing new, compared with `landed` (the parts of the same source).
-- repeated_row: lines whose measurement_id occurs elsewhere.   new_line: lines that bring something.
CREATE OR REPLACE TEMP TABLE repeated_row AS
SELECT line, measurement_id, content_hash, subject
FROM landing
WHERE measurement_id IN (SELECT measurement_id FROM landing GROUP BY measurement_id HAVING count(*) > 1)
   OR measurement_id IN (SELECT measurement_id FROM landed);

CREATE OR REPLACE TEMP TABLE new_line AS
SELECT line FROM landing
WHERE line NOT IN (
    SELECT line FROM (
        SELECT
            repeated_row.line,
            row_number() OVER (PARTITION BY measurement_id, content_hash, subject ORDER BY line) AS copy,
            EXISTS (
                FROM landed
                WHERE landed.measurement_id = repeated_row.measurement_id
                  AND landed.content_hash = repeated_row.content_hash
                  AND landed.subject IS NOT DISTINCT FROM repeated_row.subject
            ) AS there
        FROM repeated_row
    )
    WHERE copy > 1 OR there
);
