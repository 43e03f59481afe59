-- Which deliveries, operators and regions occur among the measurements that enter, as they were landed.
-- Grain: source, delivery, operator, region of one bucket.
SELECT DISTINCT source, delivery, operator, region
FROM entering
