-- Subjects of whom two measurements of any kind lie closer together than min_seconds: the few in whom
-- retries have to be looked for; one too many does no harm, such as one of the same name in another source.
-- Grain: subject.
-- Parameters: min_seconds.
-- rows: the measurements of the bucket; before: the window that looks one back. Rows that lie sorted by
-- source, subject and time need no window of their own.
SELECT DISTINCT subject
FROM (
    SELECT
        subject,
        measured_at,
        lag(subject) OVER {before} AS subject_before,
        lag(measured_at) OVER {before} AS measured_before
    FROM {rows}
) AS neighbours
WHERE subject = subject_before
  AND date_diff('second', measured_before, measured_at) < $min_seconds
