-- Measurements of a snapshot. Grain: one measurement, exact duplicates once.
-- rows: those of the listed files, or of one subject bucket. `repeated_id` (source, quarter,
-- measurement_id): ids that occur more than once, settled in `settled_measurement`; few, so that
-- everything else is a plain scan. own: which of the settled rows belong to these rows.
-- `flag_bits`: flags as they are stored; `flags`: their names, sorted.
CREATE OR REPLACE TEMP VIEW {view} AS
SELECT
    {columns},
    CASE WHEN flag_bits = 0 THEN [] ELSE list_filter([{names}], lambda name: name IS NOT NULL) END AS flags,
    flag_bits,
    counts
FROM (
    SELECT *, coalesce(flags, 0) AS flag_bits, true AS counts
    FROM {rows}
    ANTI JOIN repeated_id USING (source, quarter, measurement_id)
    UNION ALL BY NAME
    SELECT *, coalesce(flags, 0) AS flag_bits FROM settled_measurement WHERE {own}
) AS row
