-- Lines of a delivery of cells that stand for nothing here, moved to what was rejected or left unused.
-- A line holds one country, period, operator and region, so all its cells go together; the first fault
-- counts.   combine: a cell that is a part of another one has to say how much of it.
CREATE OR REPLACE TEMP TABLE cell_fault AS
SELECT line, min(fault) AS fault
FROM (
    SELECT
        cell.line,
        CASE
            WHEN cell.abroad THEN {'n': 0, 'reason': $abroad, 'column': 'country', 'value': cell.country}
            WHEN cell_period.fault IS NOT NULL
            THEN {'n': 1, 'reason': cell_period.fault, 'column': 'period', 'value': cell.period}
            WHEN cell_region.fault IS NOT NULL
            THEN {'n': 2, 'reason': cell_region.fault,
                  'column': CASE WHEN cell.region IS NOT NULL THEN 'region'
                                 WHEN cell.region_name IS NOT NULL THEN 'region_name' ELSE 'latitude' END,
                  'value': coalesce(cell.region, cell.region_name, '')}
            WHEN cell_operator.fault IS NOT NULL
            THEN {'n': 3, 'reason': cell_operator.fault,
                  'column': CASE WHEN cell.operator IS NOT NULL THEN 'operator'
                                 WHEN cell.operator_name IS NOT NULL THEN 'operator_name' ELSE 'asn' END,
                  'value': coalesce(cell.operator, cell.operator_name, CAST(cell.asn AS VARCHAR))}
            WHEN $combine AND coalesce(cell.n_measurements, 0) <= 0
            THEN {'n': 4, 'reason': CASE WHEN cell.n_measurements IS NULL THEN 'missing value' ELSE 'no measurements' END,
                  'column': 'n_measurements', 'value': CAST(cell.n_measurements AS VARCHAR)}
        END AS fault
    FROM arriving_cell AS cell
    LEFT JOIN cell_period ON cell.period = cell_period.period
    LEFT JOIN cell_operator
      ON cell.operator IS NOT DISTINCT FROM cell_operator.operator
     AND cell.operator_name IS NOT DISTINCT FROM cell_operator.operator_name
     AND cell.asn IS NOT DISTINCT FROM cell_operator.asn
     AND cell.service = cell_operator.service
     AND cell.period = cell_operator.period
    LEFT JOIN cell_region
      ON cell.region IS NOT DISTINCT FROM cell_region.region
     AND cell.region_name IS NOT DISTINCT FROM cell_region.region_name
     AND cell.longitude IS NOT DISTINCT FROM cell_region.longitude
     AND cell.latitude IS NOT DISTINCT FROM cell_region.latitude
     AND cell.period = cell_region.period
) AS judged
WHERE fault IS NOT NULL
GROUP BY line;

INSERT INTO {unused} (line, reason)
SELECT line, fault.reason FROM cell_fault WHERE fault.reason IN ($abroad, 'no measurements');

INSERT INTO {rejected} (line, "column", value, reason, row_count)
SELECT line, fault."column", left(fault.value, 200), fault.reason, 1 FROM cell_fault
WHERE fault.reason NOT IN ($abroad, 'no measurements');
