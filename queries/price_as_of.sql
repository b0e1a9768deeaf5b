-- What did each route cost at a moment, as far as it was observed?
-- A price holds until another one, or absence, was observed. Between its last observation and that, it may already
-- have changed: `observed` says whether the moment is between two observations.
-- Grain: one row a route whose price is known for that moment.
-- Parameters:
--   $as_of: the moment (UTC), such as 2026-02-26 or 2026-02-26T11:27:29Z.
-- Example: price_as_of(as_of := '2026-02-26T11:27:29Z')
-- Columns:
--   model_id, provider, task, input_usd_per_mtok, output_usd_per_mtok, is_free: as in price_history
--   valid_from, valid_to, last_observed_at, source: as in price_history
--   observed: whether this price was observed both at or before the moment and at or after it.
--   days_since_observed [days]: otherwise, how many whole days before the moment it was last observed. NULL where it
--     was observed on both sides.
SELECT
    h.model_id,
    h.provider,
    h.task,
    h.input_usd_per_mtok,
    h.output_usd_per_mtok,
    h.is_free,
    h.valid_from,
    h.valid_to,
    h.last_observed_at,
    h.source,
    h.last_observed_at >= asked.as_of_at AS observed,
    CASE
        WHEN h.last_observed_at < asked.as_of_at
            THEN date_diff('second', h.last_observed_at, asked.as_of_at) // 86400
    END AS days_since_observed
FROM price_history AS h
CROSS JOIN (
    -- A moment without an offset is UTC, whatever the session's zone.
    SELECT
        coalesce(
            TRY_CAST(CAST($as_of AS VARCHAR) || ' 00:00:00+00:00' AS TIMESTAMPTZ),
            TRY_CAST(CAST($as_of AS VARCHAR) || '+00:00' AS TIMESTAMPTZ),
            CAST($as_of AS TIMESTAMPTZ)
        ) AS as_of_at
) AS asked
WHERE
    h.valid_from <= asked.as_of_at
    AND (h.valid_to IS NULL OR h.valid_to > asked.as_of_at)
    AND h.input_usd_per_mtok IS NOT NULL
    AND h.output_usd_per_mtok IS NOT NULL
ORDER BY h.model_id, h.provider, h.task
