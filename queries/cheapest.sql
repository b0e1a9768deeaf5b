-- Which recent live offer of each model and task is the cheapest, at three input tokens for one output token?
-- Offers and prices that were not seen lately are left out (recent_offers says which).
-- An offer without both prices can't be compared and is left out: unknown is not 0. Ties go to the lower input price,
-- the faster offer, then the name. `cheapest_at` answers for any other mix.
-- Grain: one row a model and task with a recent live offer whose prices are both known.
-- Columns:
--   model_id, task, provider, provider_model_id: as in offers
--   blended_usd_per_mtok [USD per million tokens]: mean price of a token at that mix, exact.
--   input_usd_per_mtok, output_usd_per_mtok, is_free, price_source: as in offers
--   priced_offers [offers]: live offers with both prices known among which it is the cheapest.
--   readiness, context_length, supports_tools, supports_structured_output: as in offers
--   throughput_tps, ttft_ms, request_latency_ms, stale: as in offers
SELECT
    model_id,
    task,
    provider,
    provider_model_id,
    (3 * input_usd_per_mtok + output_usd_per_mtok) * 0.25 AS blended_usd_per_mtok,
    input_usd_per_mtok,
    output_usd_per_mtok,
    is_free,
    price_source,
    priced_offers,
    readiness,
    context_length,
    supports_tools,
    supports_structured_output,
    throughput_tps,
    ttft_ms,
    request_latency_ms,
    stale
FROM (
    SELECT
        recent_offers.*,
        count(*) OVER (PARTITION BY model_id, task) AS priced_offers,
        row_number() OVER (
            PARTITION BY model_id, task
            ORDER BY
                3 * input_usd_per_mtok + output_usd_per_mtok,
                input_usd_per_mtok,
                CASE WHEN task = 'conversational' THEN -throughput_tps ELSE request_latency_ms END NULLS LAST,
                provider,
                provider_model_id
        ) AS place
    FROM recent_offers
    WHERE price_is_recent AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
) AS priced
WHERE place = 1
ORDER BY model_id, task
