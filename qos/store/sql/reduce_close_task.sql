-- The tasks of the subjects in `close_subject`, the only ones in whom it can happen, with what came too soon
-- left out: a value that follows another of the same metric, method and subject within min_seconds is null;
-- two tools on one line at one time are no retries. Grain: task.   Parameters: min_seconds.
-- Of two of the same moment the one with the smaller id comes first.
SELECT source, coalesce(operator, '') AS operator, coalesce(region, '') AS region, subject, a, {spaced}
FROM task
WHERE EXISTS (SELECT 1 FROM close_subject WHERE close_subject.subject = task.subject)
WINDOW before AS (
    PARTITION BY source, operator, region, subject, method ORDER BY measured_at, place
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)
