-- Historic prices that are negative, above 10,000 USD per million tokens, or stated on one side only.
SELECT model_id, provider, task, valid_from, input_usd_per_mtok, output_usd_per_mtok
FROM price_history
WHERE input_usd_per_mtok < 0
   OR output_usd_per_mtok < 0
   OR input_usd_per_mtok > 10000
   OR output_usd_per_mtok > 10000
   OR (input_usd_per_mtok IS NULL) <> (output_usd_per_mtok IS NULL)
