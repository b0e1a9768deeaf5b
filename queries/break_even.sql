-- From how much use on does a dedicated endpoint cost no more than the cheapest live serverless offer of a model?
-- One replica that always runs, at three input tokens for one output token. Lists GPU instances, not deprecated, where
-- 90 % of the memory less 1 GB a GPU holds the weights: neither the cache of keys and values is counted, nor whether
-- the instance can serve so many tokens. An estimate; `hfp need` also counts the cache.
-- Grain: one row a GPU instance that holds the weights, for a model with known parameters and a priced live offer.
-- Parameters:
--   $model: the model's id on the Hub.
--   $bits_per_weight: bits each parameter takes, such as 16, or 4.8944 for Q4_K_M.
-- Example: break_even(model := 'deepseek-ai/DeepSeek-R1', bits_per_weight := 4.8944)
-- Columns:
--   model_id, parameters: as in models
--   cloud, instance_type, size, usd_per_hour, units, memory_bytes, observed_at: as in endpoint_instances
--   weights_bytes [bytes]: parameters at these bits.
--   provider: as in offers
--   blended_usd_per_mtok [USD per million tokens]: that offer's mean price of a token at that mix, exact.
--   tokens_per_hour [tokens per hour]: input and output tokens at which both cost the same, rounded up.
SELECT
    c.model_id,
    m.parameters,
    i.cloud,
    i.instance_type,
    i.size,
    i.usd_per_hour,
    i.units,
    i.memory_bytes,
    i.observed_at,
    CAST(ceil(m.parameters * CAST($bits_per_weight AS DOUBLE) / 8) AS BIGINT) AS weights_bytes,
    c.provider,
    c.blended_usd_per_mtok,
    CAST(
        (CAST(CAST(i.usd_per_hour AS DECIMAL(38, 9)) * 1000000000 AS HUGEINT) * 4000000 - 1)
        // CAST(CAST(c.blended_usd_per_mtok AS DECIMAL(38, 11)) * 4000000000 AS HUGEINT) + 1
        AS BIGINT
    ) AS tokens_per_hour
FROM (
    SELECT b.*
    FROM cheapest AS b
    WHERE b.model_id = $model AND b.task = 'conversational' AND b.blended_usd_per_mtok > 0
) AS c
INNER JOIN models AS m ON c.model_id = m.model_id
INNER JOIN endpoint_instances AS i
    ON
        i.kind = 'gpu'
        AND NOT i.deprecated
        AND m.parameters * CAST($bits_per_weight AS DOUBLE) / 8
        <= i.memory_bytes * 0.9 - coalesce(i.units, 1) * 1000000000
ORDER BY i.usd_per_hour, i.memory_bytes DESC, i.cloud, i.instance_type, i.size
