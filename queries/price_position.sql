-- How does each provider's price for a model compare with the lowest one?
-- Uses recent live offers whose price is known and recent, too (see recent_offers), at three input tokens for one
-- output token. Models that only one provider prices, and those listed at 0 by some provider, are left out.
-- Grain: one row a provider, model and task that at least two providers price.
-- Columns:
--   provider, model_id, task: as in offers
--   providers [providers]: providers that price it.
--   cheapest_provider: the provider with the lowest price; of several, the first by name.
--   blended_usd_per_mtok [USD per million tokens]: the provider's price, exact.
--   cheapest_usd_per_mtok [USD per million tokens]: the lowest price, exact.
--   ratio: the provider's price / the lowest price.
WITH priced AS (
    SELECT model_id, task, provider, min(3 * input_usd_per_mtok + output_usd_per_mtok) AS blended
    FROM recent_offers
    WHERE price_is_recent AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
    GROUP BY model_id, task, provider
)

SELECT
    provider,
    model_id,
    task,
    providers,
    cheapest_provider,
    blended * 0.25 AS blended_usd_per_mtok,
    cheapest * 0.25 AS cheapest_usd_per_mtok,
    CAST(blended AS DOUBLE) / CAST(cheapest AS DOUBLE) AS ratio
FROM (
    SELECT
        priced.*,
        min(blended) OVER (PARTITION BY model_id, task) AS cheapest,
        first_value(provider) OVER (PARTITION BY model_id, task ORDER BY blended, provider) AS cheapest_provider,
        count(*) OVER (PARTITION BY model_id, task) AS providers
    FROM priced
) AS compared
WHERE providers > 1 AND cheapest > 0
ORDER BY provider, model_id, task
