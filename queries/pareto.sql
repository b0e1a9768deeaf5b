-- Which recent live chat offers of a model are worth a look: no other is both cheaper and faster?
-- Price is the mean of three input tokens and one output token, speed the throughput; offers of which one of them is
-- unknown can't be compared and are left out. An offer stays unless another is at least as good in both and better in
-- one.
-- Grain: one row an offer on the frontier of its model.
-- Columns:
--   model_id, provider, provider_model_id: as in offers
--   blended_usd_per_mtok [USD per million tokens]: mean price of a token at that mix, exact.
--   throughput_tps, input_usd_per_mtok, output_usd_per_mtok, ttft_ms, readiness, stale: as in offers
--   compared_offers [offers]: live chat offers of the model of which both are known.
WITH compared AS (
    SELECT
        recent_offers.*,
        (3 * input_usd_per_mtok + output_usd_per_mtok) * 0.25 AS blended_usd_per_mtok,
        count(*) OVER (PARTITION BY model_id) AS compared_offers
    FROM recent_offers
    WHERE
        price_is_recent
        AND speed_is_recent
        AND task = 'conversational'
        AND input_usd_per_mtok IS NOT NULL
        AND output_usd_per_mtok IS NOT NULL
        AND throughput_tps IS NOT NULL
)

SELECT
    a.model_id,
    a.provider,
    a.provider_model_id,
    a.blended_usd_per_mtok,
    a.throughput_tps,
    a.input_usd_per_mtok,
    a.output_usd_per_mtok,
    a.ttft_ms,
    a.readiness,
    a.stale,
    a.compared_offers
FROM compared AS a
WHERE NOT EXISTS (
    SELECT 1
    FROM compared AS b
    WHERE
        b.model_id = a.model_id
        AND b.blended_usd_per_mtok <= a.blended_usd_per_mtok
        AND b.throughput_tps >= a.throughput_tps
        AND (b.blended_usd_per_mtok < a.blended_usd_per_mtok OR b.throughput_tps > a.throughput_tps)
)
ORDER BY a.model_id, a.blended_usd_per_mtok, a.throughput_tps, a.provider, a.provider_model_id
