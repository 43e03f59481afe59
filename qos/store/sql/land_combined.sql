-- Cells that are parts of one and the same cell, put together: their mean, weighted by measurements.
-- Grain: one cell.   `part_of_cell`: the cells of `land_aggregate`, several lines to a key.
-- A geometric mean is averaged as a logarithm. Quantiles of parts that differ give that of the whole only
-- nearly, and their mean is flagged. An error is known where that of every part is. Sums run
-- in an order of their own, so that the order of the lines changes nothing.
SELECT
    min(line) AS line,
    {key},
    any_value(delivery) AS delivery,
    any_value(quarter) AS quarter,
    CASE WHEN count(*) = 1 THEN any_value(value)
         WHEN statistic = 'geomean' AND min(value) > 0
         THEN exp(sum(n_measurements * ln(value) ORDER BY value, n_measurements) / sum(n_measurements ORDER BY n_measurements))
         ELSE sum(n_measurements * value ORDER BY value, n_measurements) / sum(n_measurements ORDER BY n_measurements)
    END AS value,
    sum(n_measurements ORDER BY n_measurements) AS n_measurements,
    CASE WHEN count(n_subjects) = count(*) THEN sum(n_subjects ORDER BY n_subjects) END AS n_subjects,
    CASE WHEN count(*) = 1 THEN any_value(std_error)
         WHEN count(std_error) = count(*) AND count(DISTINCT coalesce(scale, 'natural')) = 1
         THEN sqrt(sum(pow(n_measurements * std_error, 2) ORDER BY n_measurements, std_error))
              / sum(n_measurements ORDER BY n_measurements) END AS std_error,
    min(scale) AS scale,
    min(citation) AS citation,
    list_sort(list_distinct(flatten(list(flags)) ||
        CASE WHEN min(value) < max(value) AND regexp_full_match(statistic, 'median|p[0-9]+')
             THEN ['approximate-quantile'] ELSE [] END)) AS flags
FROM part_of_cell
GROUP BY {key}
