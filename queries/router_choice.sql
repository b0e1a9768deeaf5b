-- Which offer does the router's policy pick, why, and is it the cheapest one for a job?
-- No suffix means `fastest`: the highest throughput. `cheapest` is the lowest output price, which need not be the
-- cheapest for a mix of input and output tokens. Judged by what Hugging Face lists and measured lately (recent_offers
-- says which), live chat offers only.
-- Grain: one row a model with a recent live chat offer, and policy.
-- Columns:
--   model_id: as in offers
--   policy: fastest or cheapest.
--   provider, provider_model_id, input_usd_per_mtok, output_usd_per_mtok, throughput_tps, ttft_ms, stale: as in offers
--   reason: by what rule it was picked, or why none could be.
--   cheapest_provider_3_1: the provider that is cheapest at three input tokens for one output token.
--   differs_3_1: whether the policy's offer is another one than that. NULL where one of them is unknown.
--   cheapest_provider_10_1: the provider that is cheapest at ten input tokens for one output token.
--   differs_10_1: whether the policy's offer is another one than that. NULL where one of them is unknown.
WITH live AS (
    SELECT
        recent_offers.*,
        CASE
            WHEN price_is_recent AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL THEN 0 ELSE 1
        END AS unpriced,
        CASE WHEN speed_is_recent THEN throughput_tps END AS measured_tps
    FROM recent_offers
    WHERE task = 'conversational'
),

ranked AS (
    SELECT
        live.*,
        count(measured_tps) OVER (PARTITION BY model_id) AS measured_offers,
        sum(1 - unpriced) OVER (PARTITION BY model_id) AS priced_offers,
        row_number() OVER (
            PARTITION BY model_id
            ORDER BY measured_tps DESC NULLS LAST, ttft_ms NULLS LAST, provider, provider_model_id
        ) AS place_by_speed,
        row_number() OVER (
            PARTITION BY model_id
            ORDER BY
                unpriced, output_usd_per_mtok, input_usd_per_mtok,
                throughput_tps DESC NULLS LAST, provider, provider_model_id
        ) AS place_by_output,
        row_number() OVER (
            PARTITION BY model_id
            ORDER BY
                unpriced, 3 * input_usd_per_mtok + output_usd_per_mtok, input_usd_per_mtok,
                throughput_tps DESC NULLS LAST, provider, provider_model_id
        ) AS place_at_3_1,
        row_number() OVER (
            PARTITION BY model_id
            ORDER BY
                unpriced, 10 * input_usd_per_mtok + output_usd_per_mtok, input_usd_per_mtok,
                throughput_tps DESC NULLS LAST, provider, provider_model_id
        ) AS place_at_10_1
    FROM live
),

picked AS (
    SELECT
        ranked.*,
        'fastest' AS policy,
        measured_tps IS NOT NULL AS found,
        CASE
            WHEN measured_tps IS NULL THEN 'no live chat offer has a measured throughput'
            ELSE 'highest throughput of ' || CAST(measured_offers AS VARCHAR) || ' measured live'
        END AS reason
    FROM ranked
    WHERE place_by_speed = 1
    UNION ALL
    SELECT
        ranked.*,
        'cheapest' AS policy,
        unpriced = 0 AS found,
        CASE
            WHEN unpriced = 1 THEN 'no live chat offer has a known price'
            ELSE 'lowest output price of ' || CAST(priced_offers AS VARCHAR) || ' priced live'
        END AS reason
    FROM ranked
    WHERE place_by_output = 1
)

SELECT
    p.model_id,
    p.policy,
    CASE WHEN p.found THEN p.provider END AS provider,
    CASE WHEN p.found THEN p.provider_model_id END AS provider_model_id,
    CASE WHEN p.found THEN p.input_usd_per_mtok END AS input_usd_per_mtok,
    CASE WHEN p.found THEN p.output_usd_per_mtok END AS output_usd_per_mtok,
    CASE WHEN p.found THEN p.throughput_tps END AS throughput_tps,
    CASE WHEN p.found THEN p.ttft_ms END AS ttft_ms,
    CASE WHEN p.found THEN p.stale END AS stale,
    p.reason,
    a.provider AS cheapest_provider_3_1,
    CASE WHEN p.found THEN a.provider <> p.provider OR a.provider_model_id <> p.provider_model_id END AS differs_3_1,
    b.provider AS cheapest_provider_10_1,
    CASE WHEN p.found THEN b.provider <> p.provider OR b.provider_model_id <> p.provider_model_id END AS differs_10_1
FROM picked AS p
LEFT JOIN ranked AS a ON a.model_id = p.model_id AND a.place_at_3_1 = 1 AND a.unpriced = 0
LEFT JOIN ranked AS b ON b.model_id = p.model_id AND b.place_at_10_1 = 1 AND b.unpriced = 0
ORDER BY p.model_id, p.policy
