-- Medians of one metric in `compared`, within 0.05 %: from counts by steps of a thousandth of a logarithm,
-- so that memory does not grow with the rows.   Grain: source, operator.   metric: a column.
WITH stepped AS (
    SELECT
        source,
        coalesce(operator, '') AS operator,
        CAST(sign({metric}) * CASE WHEN {metric} = 0 THEN 0 ELSE floor(1000 * (ln(abs({metric})) + 30)) END
             AS BIGINT) AS step,
        count(*) AS n
    FROM compared
    WHERE {metric} IS NOT NULL
    GROUP BY ALL
),
counted AS (
    SELECT
        *,
        sum(n) OVER (PARTITION BY source, operator ORDER BY step) AS so_far,
        sum(n) OVER (PARTITION BY source, operator) AS total
    FROM stepped
)
SELECT
    source,
    operator,
    CAST(any_value(total) AS BIGINT) AS n,
    min(step) FILTER (2 * so_far >= total) AS middle,
    CASE WHEN middle = 0 THEN 0 ELSE sign(middle) * exp((abs(middle) + 0.5) / 1000 - 30) END AS median
FROM counted
GROUP BY source, operator
