-- Status intervals without a source.
SELECT model_id, provider, task, valid_from
FROM status_history
WHERE source IS NULL OR source = ''
