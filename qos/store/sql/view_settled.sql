-- Of the rows before this: those whose id occurs more than once, as they were settled.
-- `repeated_id` (source, quarter, measurement_id): few. own: which of `settled_measurement` belong to the rows.
ANTI JOIN repeated_id USING (source, quarter, measurement_id)
UNION ALL BY NAME
SELECT *, coalesce(flags, 0) AS flag_bits FROM settled_measurement WHERE {own}
