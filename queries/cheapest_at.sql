-- Which live offer of each model and task is the cheapest for a job with these input and output tokens?
-- As `cheapest`, for any mix.
-- Grain: one row a model and task with a live offer whose prices are both known.
-- Parameters:
--   $input_mtok: millions of input tokens, at most 6 decimals.
--   $output_mtok: millions of output tokens, at most 6 decimals.
-- Example: cheapest_at(input_mtok := 10, output_mtok := 1)
-- Columns:
--   model_id, task, provider, provider_model_id: as in offers
--   cost_usd [USD]: the cost of these tokens, exact.
--   input_usd_per_mtok, output_usd_per_mtok, is_free, price_source: as in offers
--   priced_offers [offers]: live offers with both prices known among which it is the cheapest.
--   readiness, context_length, throughput_tps, stale: as in offers
SELECT
    model_id,
    task,
    provider,
    provider_model_id,
    cost_usd,
    input_usd_per_mtok,
    output_usd_per_mtok,
    is_free,
    price_source,
    priced_offers,
    readiness,
    context_length,
    throughput_tps,
    stale
FROM (
    SELECT
        costed.*,
        count(*) OVER (PARTITION BY model_id, task) AS priced_offers,
        row_number() OVER (
            PARTITION BY model_id, task
            ORDER BY
                cost_usd,
                input_usd_per_mtok,
                output_usd_per_mtok,
                CASE WHEN task = 'conversational' THEN -throughput_tps ELSE request_latency_ms END NULLS LAST,
                provider,
                provider_model_id
        ) AS place
    FROM (
        SELECT
            recent_offers.*,
            CAST($input_mtok AS DECIMAL(15, 6)) * input_usd_per_mtok
            + CAST($output_mtok AS DECIMAL(15, 6)) * output_usd_per_mtok AS cost_usd
        FROM recent_offers
        WHERE price_is_recent AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
    ) AS costed
) AS ranked
WHERE place = 1
ORDER BY model_id, task
