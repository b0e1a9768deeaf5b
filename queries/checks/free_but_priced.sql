-- Offers called free whose listed price is not zero.
SELECT model_id, provider, input_usd_per_mtok, output_usd_per_mtok
FROM offers
WHERE is_free AND (input_usd_per_mtok > 0 OR output_usd_per_mtok > 0)
