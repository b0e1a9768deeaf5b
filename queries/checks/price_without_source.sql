-- Prices without a source, and sources without a price.
SELECT model_id, provider, price_source
FROM offers
WHERE (input_usd_per_mtok IS NULL) <> (price_source IS NULL)
