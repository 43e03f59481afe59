-- For the variance of quantiles with subjects as clusters (Woodruff 1952): the squared distance of each
-- subject's share of measurements at or below a quantile from the quantile's probability.
-- Grain: source x operator x region; per quantile one sum at that of the cell itself (own_), one at that of
-- all operators together (all_), to be added over operators.
-- `quantile_own` (source, operator, region, q…) and `quantile_all` (source, region, q…): the quantiles.
-- shares, shares_of_row: per subject, per row without one.   sums: the squares added up.
SELECT source, operator, region, {sums}
FROM (
    SELECT spaced.source, spaced.operator, spaced.region, CAST(max(spaced.a) AS DOUBLE) AS a, {shares}
    FROM spaced
    LEFT JOIN quantile_own
      ON spaced.source = quantile_own.source
     AND spaced.operator = quantile_own.operator
     AND spaced.region = quantile_own.region
    LEFT JOIN quantile_all
      ON spaced.source = quantile_all.source AND spaced.region = quantile_all.region
    WHERE spaced.subject IS NOT NULL
    GROUP BY spaced.source, spaced.operator, spaced.region, spaced.subject
    UNION ALL
    SELECT spaced.source, spaced.operator, spaced.region, CAST(spaced.a AS DOUBLE) AS a, {shares_of_row}
    FROM spaced
    LEFT JOIN quantile_own
      ON spaced.source = quantile_own.source
     AND spaced.operator = quantile_own.operator
     AND spaced.region = quantile_own.region
    LEFT JOIN quantile_all
      ON spaced.source = quantile_all.source AND spaced.region = quantile_all.region
    WHERE spaced.subject IS NULL
) AS share
GROUP BY source, operator, region
