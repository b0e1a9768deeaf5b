-- Prices that nobody stated, and sources of a price that is not there.
SELECT model_id, provider, price_source
FROM offers
WHERE (input_usd_per_mtok IS NULL) <> (price_source IS NULL)
