-- What one subject says of every metric: how often (m_), the sums of its values and of their logarithms,
-- its median. Grain: source, operator, region, subject. One subject in two operators or regions is two
-- subjects; a row without a subject is one of its own.
-- Sums are of whole numbers (10^-12 of the unit), so that they do not depend on the order of rows; a value
-- of zero has no logarithm and is left out of the logarithms' sum and count (p_).
-- weight: of the rows of a subject, the largest.
-- The rows are those of `spaced`; the subjects of `close_task` are taken out when there are fewer of them.
SELECT source, coalesce(operator, '') AS operator, coalesce(region, '') AS region, subject, a, {said}
FROM (
    SELECT source, operator, region, subject, {weight} AS a, {of_subject}
    FROM task
    WHERE subject IS NOT NULL
    GROUP BY source, operator, region, subject
) AS every
WHERE NOT EXISTS (SELECT 1 FROM close_subject WHERE close_subject.subject = every.subject)
UNION ALL
SELECT source, operator, region, subject, {weight} AS a, {of_subject}
FROM close_task
GROUP BY source, operator, region, subject
UNION ALL
SELECT source, coalesce(operator, ''), coalesce(region, ''), subject, a, {of_row}
FROM task
WHERE subject IS NULL
