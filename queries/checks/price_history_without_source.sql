-- Price intervals without a source.
SELECT model_id, provider, task, valid_from
FROM price_history
WHERE source IS NULL OR source = ''
