-- What has each provider charged for a model over time, and how far is that from its first known price?
-- Grain: one row a route of the model and interval in which its stated price did not change.
-- Parameters:
--   $model_id: the model's id.
--   $since: a moment (UTC); intervals that ended before it are left out.
-- Example: price_trend(model_id := 'deepseek-ai/DeepSeek-R1', since := '2025-01-01')
-- Columns:
--   model_id, provider, task, valid_from, valid_to, last_observed_at: as in price_history
--   input_usd_per_mtok, output_usd_per_mtok: as in price_history
--   percent_since_first [percent]: change of the blended price (three input tokens for one output token) from the first
--     known one of the route. NULL where that is 0.
--   source: as in price_history
SELECT
    h.model_id,
    h.provider,
    h.task,
    h.valid_from,
    h.valid_to,
    h.last_observed_at,
    h.input_usd_per_mtok,
    h.output_usd_per_mtok,
    100 * CAST(h.blended - h.first_blended AS DOUBLE) / CAST(nullif(h.first_blended, 0) AS DOUBLE)
        AS percent_since_first,
    h.source
FROM (
    SELECT
        p.*,
        3 * p.input_usd_per_mtok + p.output_usd_per_mtok AS blended,
        first_value(3 * p.input_usd_per_mtok + p.output_usd_per_mtok) OVER (
            PARTITION BY p.model_id, p.provider, p.task ORDER BY p.valid_from
        ) AS first_blended
    FROM price_history AS p
    WHERE p.model_id = $model_id AND p.input_usd_per_mtok IS NOT NULL AND p.output_usd_per_mtok IS NOT NULL
) AS h
CROSS JOIN (
    -- A moment without an offset is UTC, whatever the session's zone.
    SELECT
        coalesce(
            TRY_CAST(CAST($since AS VARCHAR) || ' 00:00:00+00:00' AS TIMESTAMPTZ),
            TRY_CAST(CAST($since AS VARCHAR) || '+00:00' AS TIMESTAMPTZ),
            CAST($since AS TIMESTAMPTZ)
        ) AS since_at
) AS asked
WHERE coalesce(h.valid_to, h.last_observed_at) >= asked.since_at
ORDER BY h.provider, h.task, h.valid_from
