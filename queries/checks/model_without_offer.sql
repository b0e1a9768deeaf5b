-- Models without an offer that were never seen to be served: they do not belong in the dataset.
SELECT m.model_id
FROM models AS m
LEFT JOIN offers AS o ON o.model_id = m.model_id
WHERE o.model_id IS NULL AND m.last_seen_at IS NULL
