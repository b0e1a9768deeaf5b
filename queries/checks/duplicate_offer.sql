-- Offers with more than one row for one key.
SELECT model_id, provider, task, provider_model_id, count(*) AS times
FROM offers
GROUP BY model_id, provider, task, provider_model_id
HAVING count(*) > 1
