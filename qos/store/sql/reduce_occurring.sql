-- Which deliveries, operators and regions occur among the measurements that enter, as they were landed, and how
-- many of their rows carry a survey weight.   Grain: source, delivery, operator, region of one bucket.
SELECT source, delivery, operator, region, count(weight) AS weights
FROM entering
GROUP BY source, delivery, operator, region
