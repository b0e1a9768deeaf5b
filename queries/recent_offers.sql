-- Which offers are live, by recent observations?
-- An observation is recent within 45 days (1,080 hours: a day of a session's zone may be longer) before the newest
-- observation of an offer. Older offers may be gone: they are not ranked. A price and a speed have their own dates.
-- Where no offer is dated, as in datasets before 0.2, all count.
-- Grain: one row an offer that was live when it was seen, and was seen recently.
-- Columns:
--   model_id, provider, task, provider_model_id, status, readiness, type: as in offers
--   input_usd_per_mtok, output_usd_per_mtok, is_free, price_source: as in offers
--   context_length, supports_tools, supports_structured_output: as in offers
--   throughput_tps, ttft_ms, request_latency_ms, stale: as in offers
--   observed_at, price_observed_at, measured_at: as in offers
--   price_is_recent: whether the price was stated recently, too.
--   speed_is_recent: whether the measurements were stated recently, too.
SELECT
    o.model_id,
    o.provider,
    o.task,
    o.provider_model_id,
    o.status,
    o.readiness,
    o.type,
    o.input_usd_per_mtok,
    o.output_usd_per_mtok,
    o.is_free,
    o.price_source,
    o.context_length,
    o.supports_tools,
    o.supports_structured_output,
    o.throughput_tps,
    o.ttft_ms,
    o.request_latency_ms,
    o.stale,
    o.observed_at,
    o.price_observed_at,
    o.measured_at,
    newest.since IS NULL OR coalesce(o.price_observed_at >= newest.since, FALSE) AS price_is_recent,
    newest.since IS NULL OR coalesce(o.measured_at >= newest.since, FALSE) AS speed_is_recent
FROM offers AS o
CROSS JOIN (SELECT max(observed_at) - INTERVAL 1080 HOUR AS since FROM offers) AS newest
WHERE o.status = 'live' AND (newest.since IS NULL OR o.observed_at >= newest.since)
ORDER BY o.model_id, o.provider, o.task, o.provider_model_id
