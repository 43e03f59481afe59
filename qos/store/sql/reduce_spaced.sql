-- The tasks with what came too soon left out: a value that follows another of the same metric, method and
-- subject within min_seconds is null; two tools on one line at one time are no retries. Grain: task..
-- `close_subject`: the only subjects in whom that can happen.
SELECT source, operator, region, subject, a, {metrics}
FROM task
WHERE NOT EXISTS (
    SELECT 1 FROM close_subject
    WHERE close_subject.source = task.source AND close_subject.subject = task.subject
)
UNION ALL
SELECT source, operator, region, subject, a, {spaced}
FROM task
WHERE EXISTS (
    SELECT 1 FROM close_subject
    WHERE close_subject.source = task.source AND close_subject.subject = task.subject
)
WINDOW before AS (
    PARTITION BY source, operator, region, subject, method ORDER BY measured_at, measurement_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
)
