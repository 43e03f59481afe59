-- Which lines of `landing` bring nothing new, compared with `landed` (the parts of the same source).
-- repeated_row: cells whose key occurs elsewhere.   new_line: lines with a cell that is new or revised.
-- key, content: texts that are equal where the key, or the key and the figures, are equal.
-- `landed_line` (line, key): the lines behind every cell of `landing`.
CREATE OR REPLACE TEMP TABLE landed_cell AS
SELECT DISTINCT {key} AS key, {content} AS content FROM landed;

CREATE OR REPLACE TEMP TABLE compared AS
SELECT
    line,
    key,
    count(*) OVER (PARTITION BY key) > 1 OR key IN (SELECT key FROM landed_cell) AS repeated,
    row_number() OVER (PARTITION BY content ORDER BY line) > 1
        OR content IN (SELECT content FROM landed_cell) AS duplicate
FROM (SELECT line, {key} AS key, {content} AS content FROM landing);

CREATE OR REPLACE TEMP TABLE repeated_row AS SELECT line FROM compared WHERE repeated;

CREATE OR REPLACE TEMP TABLE new_line AS
SELECT DISTINCT landed_line.line
FROM landed_line JOIN compared ON landed_line.key = compared.key
WHERE NOT compared.duplicate AND ({combined} OR landed_line.line = compared.line)
