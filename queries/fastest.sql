-- Which recent live offer of each model and task is the fastest, as Hugging Face measured?
-- Offers and measurements that were not seen lately are left out (recent_offers says which).
-- Chat is judged by throughput, every other task by the latency of a request; what was not measured is left out. Its
-- price may be unknown. Ties go to the earlier first token, then the name.
-- Grain: one row a model and task with a recent live offer that was measured.
-- Columns:
--   model_id, task, provider, provider_model_id, throughput_tps, ttft_ms, request_latency_ms: as in offers
--   measured_offers [offers]: measured live offers among which it is the fastest.
--   readiness, input_usd_per_mtok, output_usd_per_mtok, is_free, price_source: as in offers
--   context_length, supports_tools, supports_structured_output, stale: as in offers
SELECT
    model_id,
    task,
    provider,
    provider_model_id,
    throughput_tps,
    ttft_ms,
    request_latency_ms,
    measured_offers,
    readiness,
    input_usd_per_mtok,
    output_usd_per_mtok,
    is_free,
    price_source,
    context_length,
    supports_tools,
    supports_structured_output,
    stale
FROM (
    SELECT
        judged.*,
        count(*) OVER (PARTITION BY model_id, task) AS measured_offers,
        row_number() OVER (
            PARTITION BY model_id, task
            ORDER BY slowness, ttft_ms NULLS LAST, provider, provider_model_id
        ) AS place
    FROM (
        SELECT
            recent_offers.*,
            CASE WHEN task = 'conversational' THEN -throughput_tps ELSE request_latency_ms END AS slowness
        FROM recent_offers
        WHERE speed_is_recent
    ) AS judged
    WHERE slowness IS NOT NULL
) AS measured
WHERE place = 1
ORDER BY model_id, task
