-- Measurements of a snapshot. Grain: one measurement, exact duplicates once.
-- rows: those of the listed files, or of one subject bucket. settled: empty, or the rows whose id occurs
-- more than once, taken out and put in again as they were settled.
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
    {settled}
) AS row
