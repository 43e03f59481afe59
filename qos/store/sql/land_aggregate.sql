-- Cells of one delivery as they are stored: codes resolved, periods as days.
-- Grain: accepted cell.   Parameters: source, delivery.
-- `arriving_cell`: the accepted cells with every column. `cell_period`, `cell_operator`, `cell_region`:
-- distinct values and what they stand for. What stands for nothing was rejected or left unused before.
SELECT
    cell.line,
    $source AS source,
    $delivery AS delivery,
    cell_period.quarter,
    cell.publisher,
    cell_period.period_start,
    cell_period.period_end,
    cell.service,
    cell.technology,
    cell_operator.operator_code AS operator,
    cell_region.region_code AS region,
    cell.metric,
    cell.statistic,
    cell.value,
    cell.n_measurements,
    cell.n_subjects,
    cell.std_error,
    cell.scale,
    cell.citation,
    list_sort(list_distinct(coalesce(cell.flags, []))) AS flags
FROM arriving_cell AS cell
JOIN cell_period ON cell.period = cell_period.period AND cell_period.fault IS NULL
JOIN cell_operator
  ON cell.operator IS NOT DISTINCT FROM cell_operator.operator
 AND cell.operator_name IS NOT DISTINCT FROM cell_operator.operator_name
 AND cell.asn IS NOT DISTINCT FROM cell_operator.asn
 AND cell.service = cell_operator.service
 AND cell.period = cell_operator.period
 AND cell_operator.fault IS NULL
JOIN cell_region
  ON cell.region IS NOT DISTINCT FROM cell_region.region
 AND cell.region_name IS NOT DISTINCT FROM cell_region.region_name
 AND cell.longitude IS NOT DISTINCT FROM cell_region.longitude
 AND cell.latitude IS NOT DISTINCT FROM cell_region.latitude
 AND cell.period = cell_region.period
 AND cell_region.fault IS NULL
