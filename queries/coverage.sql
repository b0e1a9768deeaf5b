-- What is served for each task: how many models, by how many providers, how much of it ready and priced?
-- Grain: one row a task.
-- Columns:
--   task: as in offers
--   models [models]: models with an offer of any status.
--   live_models [models]: models with a live offer that was seen recently (`recent_offers`).
--   providers [providers]: providers with such an offer.
--   offers, live_offers, hot_offers [offers]: offers of any status, recent live ones, and hot ones.
--   priced_live_offers [offers]: recent live offers with both prices known.
--   measured_live_offers [offers]: recent live offers with some measurement.
SELECT
    o.task,
    o.models,
    coalesce(live.models, 0) AS live_models,
    coalesce(live.providers, 0) AS providers,
    o.offers,
    coalesce(live.offers, 0) AS live_offers,
    coalesce(live.hot_offers, 0) AS hot_offers,
    coalesce(live.priced_offers, 0) AS priced_live_offers,
    coalesce(live.measured_offers, 0) AS measured_live_offers
FROM (
    SELECT task, count(DISTINCT model_id) AS models, count(*) AS offers
    FROM offers
    GROUP BY task
) AS o
LEFT JOIN (
    SELECT
        task,
        count(DISTINCT model_id) AS models,
        count(DISTINCT provider) AS providers,
        count(*) AS offers,
        count(CASE WHEN readiness = 'hot' THEN 1 END) AS hot_offers,
        count(
            CASE WHEN input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL THEN 1 END
        ) AS priced_offers,
        count(
            CASE WHEN throughput_tps IS NOT NULL OR ttft_ms IS NOT NULL OR request_latency_ms IS NOT NULL THEN 1 END
        ) AS measured_offers
    FROM recent_offers
    GROUP BY task
) AS live ON live.task = o.task
ORDER BY o.task
