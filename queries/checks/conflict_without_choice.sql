-- Price conflicts with a single side, or with not exactly one chosen.
SELECT model_id, provider, task, count(*) AS sides
FROM price_conflicts
GROUP BY model_id, provider, task
HAVING count(*) < 2 OR sum(CASE WHEN chosen THEN 1 ELSE 0 END) <> 1
