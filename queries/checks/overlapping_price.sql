-- Price intervals of a route that overlap: two prices at one moment.
SELECT model_id, provider, task, valid_from
FROM (
    SELECT
        model_id,
        provider,
        task,
        valid_from,
        row_number() OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS place,
        lag(valid_to) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS ended
    FROM price_history
) AS placed
WHERE place > 1 AND (ended IS NULL OR ended > valid_from)
