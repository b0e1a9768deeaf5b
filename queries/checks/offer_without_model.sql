-- Offers whose model has no row.
SELECT o.model_id, o.provider
FROM offers AS o
LEFT JOIN models AS m ON m.model_id = o.model_id
WHERE m.model_id IS NULL
