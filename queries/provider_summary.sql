-- What does each provider serve, how much of it is ready, priced and measured, and where is it the best choice?
-- Grain: one row a provider ever seen.
-- Columns:
--   provider, name, kind, active, stale, models: as in providers
--   offers [offers]: its offers of any status.
--   live_offers, hot_offers, warm_offers, cold_offers [offers]: its live offers that were seen recently
--     (`recent_offers`), in all and by readiness.
--   unavailable_offers [offers]: its offers in staging or error.
--   tasks [tasks]: tasks of its live offers.
--   priced_live_offers [offers]: live offers with both prices known.
--   tool_offers [offers]: live offers whose tool calls passed Hugging Face's test.
--   structured_output_offers [offers]: live offers whose structured output passed Hugging Face's test.
--   cheapest_of [routes]: models and tasks of which it has the cheapest offer (`cheapest`).
--   fastest_of [routes]: models and tasks of which it has the fastest offer (`fastest`).
SELECT
    p.provider,
    p.name,
    p.kind,
    p.active,
    p.stale,
    p.models,
    coalesce(o.offers, 0) AS offers,
    coalesce(live.offers, 0) AS live_offers,
    coalesce(live.hot_offers, 0) AS hot_offers,
    coalesce(live.warm_offers, 0) AS warm_offers,
    coalesce(live.cold_offers, 0) AS cold_offers,
    coalesce(o.unavailable_offers, 0) AS unavailable_offers,
    coalesce(live.tasks, 0) AS tasks,
    coalesce(live.priced_offers, 0) AS priced_live_offers,
    coalesce(live.tool_offers, 0) AS tool_offers,
    coalesce(live.structured_output_offers, 0) AS structured_output_offers,
    coalesce(c.routes, 0) AS cheapest_of,
    coalesce(f.routes, 0) AS fastest_of
FROM providers AS p
LEFT JOIN (
    SELECT
        provider,
        count(*) AS offers,
        count(CASE WHEN readiness = 'unavailable' THEN 1 END) AS unavailable_offers
    FROM offers
    GROUP BY provider
) AS o ON o.provider = p.provider
LEFT JOIN (
    SELECT
        provider,
        count(*) AS offers,
        count(CASE WHEN readiness = 'hot' THEN 1 END) AS hot_offers,
        count(CASE WHEN readiness = 'warm' THEN 1 END) AS warm_offers,
        count(CASE WHEN readiness = 'cold' THEN 1 END) AS cold_offers,
        count(DISTINCT task) AS tasks,
        count(
            CASE WHEN input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL THEN 1 END
        ) AS priced_offers,
        count(CASE WHEN supports_tools THEN 1 END) AS tool_offers,
        count(CASE WHEN supports_structured_output THEN 1 END) AS structured_output_offers
    FROM recent_offers
    GROUP BY provider
) AS live ON live.provider = p.provider
LEFT JOIN (SELECT provider, count(*) AS routes FROM cheapest GROUP BY provider) AS c ON c.provider = p.provider
LEFT JOIN (SELECT provider, count(*) AS routes FROM fastest GROUP BY provider) AS f ON f.provider = p.provider
ORDER BY p.provider
