-- Which offers of `pareto` does no offer of any model beat in both price and throughput?
-- Models differ in quality: this only shows the speed for a price. An offer listed at 0 is never on the frontier.
-- Grain: one row an offer of `pareto`.
-- Columns:
--   model_id, provider: as in offers
--   blended_usd_per_mtok [USD per million tokens]: mean price of three input tokens and one output token, exact.
--   throughput_tps: as in offers
--   frontier: whether no offer of any model is both cheaper and faster.
SELECT
    model_id,
    provider,
    blended_usd_per_mtok,
    throughput_tps,
    blended_usd_per_mtok > 0
    AND throughput_tps = fastest_to_price
    AND blended_usd_per_mtok = cheapest_at_speed AS frontier
FROM (
    SELECT
        p.model_id,
        p.provider,
        p.blended_usd_per_mtok,
        p.throughput_tps,
        max(CASE WHEN p.blended_usd_per_mtok > 0 THEN p.throughput_tps END) OVER (
            ORDER BY p.blended_usd_per_mtok RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS fastest_to_price,
        min(CASE WHEN p.blended_usd_per_mtok > 0 THEN p.blended_usd_per_mtok END) OVER (
            PARTITION BY p.throughput_tps
        ) AS cheapest_at_speed
    FROM pareto AS p
) AS compared
ORDER BY blended_usd_per_mtok, throughput_tps, model_id, provider
