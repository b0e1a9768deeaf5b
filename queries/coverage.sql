-- What is served for each task: how many models, by how many providers, how much of it ready and priced?
-- Grain: one row a task.
-- Columns:
--   task: as in offers
--   models [models]: models with an offer of any status.
--   live_models [models]: models with a live offer.
--   providers [providers]: providers with a live offer.
--   offers, live_offers, hot_offers [offers]: offers of any status, live ones, and hot ones.
--   priced_live_offers [offers]: live offers with both prices known.
--   measured_live_offers [offers]: live offers with some measurement.
SELECT
    task,
    count(DISTINCT model_id) AS models,
    count(DISTINCT CASE WHEN status = 'live' THEN model_id END) AS live_models,
    count(DISTINCT CASE WHEN status = 'live' THEN provider END) AS providers,
    count(*) AS offers,
    count(CASE WHEN status = 'live' THEN 1 END) AS live_offers,
    count(CASE WHEN readiness = 'hot' THEN 1 END) AS hot_offers,
    count(
        CASE WHEN status = 'live' AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL THEN 1 END
    ) AS priced_live_offers,
    count(
        CASE
            WHEN
                status = 'live'
                AND (throughput_tps IS NOT NULL OR ttft_ms IS NOT NULL OR request_latency_ms IS NOT NULL)
                THEN 1
        END
    ) AS measured_live_offers
FROM offers
GROUP BY task
ORDER BY task
