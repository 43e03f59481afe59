-- Rows in which two snapshots differ, one of each side beside the other.   Grain: row of either side.
-- `lost`, `gained`: rows of the files that only the older, only the newer snapshot consists of. Rows that
-- merely lie in another file cancel out by their hash. id: what makes a row the same row. flags: as bits.
CREATE OR REPLACE TEMP TABLE row_change AS
WITH hashed AS (
    SELECT hash({columns}) AS content, -1 AS side FROM lost
    UNION ALL
    SELECT hash({columns}) AS content, 1 AS side FROM gained
),
surplus AS (
    SELECT content, sum(side) AS surplus FROM hashed GROUP BY content HAVING sum(side) <> 0
),
gone AS (
    SELECT source, operator, region, {flags} AS flags, {id} AS id, content
    FROM (SELECT *, hash({columns}) AS content FROM lost)
    JOIN surplus USING (content)
    WHERE surplus < 0
    QUALIFY row_number() OVER (PARTITION BY content) <= -surplus
),
come AS (
    SELECT source, operator, region, {flags} AS flags, {id} AS id, content
    FROM (SELECT *, hash({columns}) AS content FROM gained)
    JOIN surplus USING (content)
    WHERE surplus > 0
    QUALIFY row_number() OVER (PARTITION BY content) <= surplus
)
SELECT
    coalesce(new.source, old.source) AS source,
    old.id IS NULL AS added,
    new.id IS NULL AS removed,
    old.operator AS old_operator,
    new.operator AS new_operator,
    old.region AS old_region,
    new.region AS new_region,
    coalesce(old.flags, 0) AS old_flags,
    coalesce(new.flags, 0) AS new_flags
FROM (SELECT *, row_number() OVER (PARTITION BY source, id ORDER BY content) AS place FROM gone) AS old
FULL JOIN (SELECT *, row_number() OVER (PARTITION BY source, id ORDER BY content) AS place FROM come) AS new
  ON old.source = new.source AND old.id = new.id AND old.place = new.place
