-- When did the cheapest provider of a model change, from which to which, and at what price?
-- `cheapest_over_time` says which offers count. hfp sql "FROM switches WHERE model_id = 'deepseek-ai/DeepSeek-R1'"
-- Grain: one row a model, task and moment from which another provider than before was the cheapest.
-- Columns:
--   switched_at [UTC]: since when the new one was the cheapest.
--   model_id, task: as in price_history
--   from_provider, to_provider: the cheapest before, and since.
--   from_until [UTC]: until when the previous one was known to be the cheapest; earlier than `switched_at` where no
--     price was known in between.
--   from_blended_usd_per_mtok, to_blended_usd_per_mtok [USD per million tokens]: the prices of both, three input tokens
--     for one output token.
--   percent [percent]: change of the lowest price. NULL from 0.
SELECT
    from_at AS switched_at,
    model_id,
    task,
    from_provider,
    provider AS to_provider,
    from_until,
    from_blended_usd_per_mtok,
    blended_usd_per_mtok AS to_blended_usd_per_mtok,
    100 * CAST(blended_usd_per_mtok - from_blended_usd_per_mtok AS DOUBLE)
    / CAST(nullif(from_blended_usd_per_mtok, 0) AS DOUBLE) AS percent
FROM (
    SELECT
        c.*,
        lag(c.provider) OVER (PARTITION BY c.model_id, c.task ORDER BY c.from_at) AS from_provider,
        lag(c.to_at) OVER (PARTITION BY c.model_id, c.task ORDER BY c.from_at) AS from_until,
        lag(c.blended_usd_per_mtok) OVER (PARTITION BY c.model_id, c.task ORDER BY c.from_at)
            AS from_blended_usd_per_mtok
    FROM cheapest_over_time AS c
) AS followed
WHERE from_provider <> provider
ORDER BY switched_at, model_id, task
