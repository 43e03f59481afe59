-- Lines of a delivery of cells that stand for nothing here, moved to what was rejected or left unused.
-- A line holds one period, operator and region, so all its cells go together; the first fault counts.
CREATE OR REPLACE TEMP TABLE cell_fault AS
SELECT
    cell.line,
    CASE WHEN cell_period.fault IS NOT NULL THEN cell_period.fault
         ELSE coalesce(cell_region.fault, cell_operator.fault) END AS reason,
    CASE WHEN cell_period.fault IS NOT NULL THEN 'period'
         WHEN cell_region.fault IS NOT NULL THEN CASE WHEN cell.region IS NULL THEN 'region_name' ELSE 'region' END
         ELSE CASE WHEN cell.operator IS NULL THEN 'operator_name' ELSE 'operator' END END AS "column",
    CASE WHEN cell_period.fault IS NOT NULL THEN cell.period
         WHEN cell_region.fault IS NOT NULL THEN coalesce(cell.region, cell.region_name)
         ELSE coalesce(cell.operator, cell.operator_name) END AS value
FROM arriving_cell AS cell
LEFT JOIN cell_period ON cell.period = cell_period.period
LEFT JOIN cell_operator
  ON cell.operator IS NOT DISTINCT FROM cell_operator.operator
 AND cell.operator_name IS NOT DISTINCT FROM cell_operator.operator_name
 AND cell.service = cell_operator.service
 AND cell.period = cell_operator.period
LEFT JOIN cell_region
  ON cell.region IS NOT DISTINCT FROM cell_region.region
 AND cell.region_name IS NOT DISTINCT FROM cell_region.region_name
 AND cell.period = cell_region.period
WHERE cell_period.fault IS NOT NULL OR cell_operator.fault IS NOT NULL OR cell_region.fault IS NOT NULL
GROUP BY ALL;

INSERT INTO {unused} (line, reason)
SELECT line, reason FROM cell_fault WHERE reason = 'another country or unknown region';

INSERT INTO {rejected} (line, "column", value, reason, row_count)
SELECT line, "column", left(value, 200), reason, 1 FROM cell_fault
WHERE reason <> 'another country or unknown region';
