-- Models that nobody offers: they have no place in the dataset.
SELECT m.model_id
FROM models AS m
LEFT JOIN offers AS o ON o.model_id = m.model_id
WHERE o.model_id IS NULL
