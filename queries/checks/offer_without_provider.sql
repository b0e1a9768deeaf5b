-- Offers whose provider has no row.
SELECT o.model_id, o.provider
FROM offers AS o
LEFT JOIN providers AS p ON p.provider = o.provider
WHERE p.provider IS NULL
