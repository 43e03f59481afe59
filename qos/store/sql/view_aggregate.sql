-- Cells of a snapshot. Grain: one figure as delivered; equal figures of one key once.
-- `part_aggregate`: all rows of the listed files; `delivery`: the landed deliveries.
-- key: the key of a cell; content: the key and the figures; figure: what is published about what,
-- under whatever source name.
-- A figure given again with another value is a revision: the one received last counts (of several
-- received at once the larger file hash), the others are flagged `revised`. Two values of one key in
-- one delivery conflict; the smallest counts.
CREATE TEMP TABLE aggregate AS
WITH cell AS (
    SELECT
        * REPLACE (coalesce(operator, 'all') AS operator, coalesce(region, 'nation') AS region),
        {key} AS cell_key,
        {content} AS cell_content,
        {figure} AS figure
    FROM part_aggregate
    JOIN (SELECT delivery, received_at || sha256 AS given FROM delivery) USING (delivery)
),
once AS (
    SELECT *, max(given) OVER (PARTITION BY cell_content) AS last_given
    FROM cell
    QUALIFY row_number() OVER (PARTITION BY cell_content ORDER BY delivery, citation, flags) = 1
),
ordered AS (
    SELECT
        *,
        max(last_given) OVER (PARTITION BY cell_key) AS newest,
        count(*) OVER (PARTITION BY cell_key, last_given) AS at_once,
        row_number() OVER (
            PARTITION BY cell_key ORDER BY last_given DESC, value, n_measurements, n_subjects, cell_content
        ) AS place
    FROM once
),
published AS (
    SELECT
        *,
        CASE WHEN publisher IS NOT NULL AND place = 1
             THEN min(CASE WHEN place = 1 THEN source END) OVER (PARTITION BY figure) END AS first_source
    FROM ordered
)
SELECT
    {columns},
    list_sort(list_distinct(flags || list_where(
        ['revised', 'id-conflict', 'same-figure'],
        [last_given < newest, at_once > 1, coalesce(source <> first_source, false)]
    ))) AS flags,
    place = 1 AND coalesce(source = first_source, true) AS counts
FROM published
