-- Measurements of a snapshot. Grain: one measurement, exact duplicates once.
-- `part_measurement`: all rows of the listed files. `repeated_id` (source, measurement_id): ids that
-- occur more than once, settled in `settled_measurement`; few, so that everything else is a plain scan.
CREATE TEMP VIEW measurement AS
SELECT {columns}, true AS counts
FROM part_measurement
ANTI JOIN repeated_id USING (source, measurement_id)
UNION ALL
SELECT {columns}, counts FROM settled_measurement
