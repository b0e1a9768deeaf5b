-- Models with more than one row.
SELECT model_id, count(*) AS times
FROM models
GROUP BY model_id
HAVING count(*) > 1
