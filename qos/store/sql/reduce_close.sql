-- Subjects of whom two measurements of any kind lie closer together than min_seconds: the few in whom
-- retries have to be looked for. Grain: source, subject.   Parameters: min_seconds.
-- tied: two of them are of the same moment.
-- rows: the measurements of the bucket; before: the window that looks one back. Rows that lie sorted by
-- source, subject and time need no window of their own.
SELECT source, subject, bool_or(measured_at = measured_before) AS tied
FROM (
    SELECT
        source,
        subject,
        measured_at,
        lag(source) OVER {before} AS source_before,
        lag(subject) OVER {before} AS subject_before,
        lag(measured_at) OVER {before} AS measured_before
    FROM {rows}
) AS neighbours
WHERE source = source_before
  AND subject = subject_before
  AND date_diff('second', measured_before, measured_at) < $min_seconds
GROUP BY source, subject
