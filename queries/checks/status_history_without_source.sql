-- Status intervals that nobody is said to have stated.
SELECT model_id, provider, task, valid_from
FROM status_history
WHERE source IS NULL OR source = ''
