-- What did each route cost on a day, and how is that known?
-- The last price stated up to the day's end (UTC), unless the route or its price was seen to be gone before the day.
-- `price_as_of` answers for a moment.
-- Grain: one row a route whose price is known for that day.
-- Parameters:
--   $day: the day (UTC), such as 2026-02-26.
-- Example: price_on(day := '2026-02-26')
-- Columns:
--   model_id, provider, task, input_usd_per_mtok, output_usd_per_mtok, is_free: as in price_history
--   blended_usd_per_mtok [USD per million tokens]: mean price of three input tokens and one output token, exact.
--   known: observed that day; observed before and after; or last observed before, and perhaps changed by then.
--   days_since_observed [days]: whole days from its last observation to the day's beginning. NULL unless it was last
--     observed before the day.
--   valid_from, last_observed_at, valid_to, source: as in price_history
SELECT
    model_id,
    provider,
    task,
    input_usd_per_mtok,
    output_usd_per_mtok,
    is_free,
    (3 * input_usd_per_mtok + output_usd_per_mtok) * 0.25 AS blended_usd_per_mtok,
    CASE
        WHEN valid_from >= begins_at OR (last_observed_at >= begins_at AND last_observed_at < ends_at)
            THEN 'observed that day'
        WHEN last_observed_at >= ends_at THEN 'observed before and after'
        ELSE 'last observed before'
    END AS known,
    CASE
        WHEN last_observed_at < begins_at THEN date_diff('second', last_observed_at, begins_at) // 86400
    END AS days_since_observed,
    valid_from,
    last_observed_at,
    valid_to,
    source
FROM (
    SELECT
        h.*,
        asked.begins_at,
        asked.begins_at + INTERVAL 24 HOUR AS ends_at,
        row_number() OVER (PARTITION BY h.model_id, h.provider, h.task ORDER BY h.valid_from DESC) AS place
    FROM price_history AS h
    CROSS JOIN (SELECT CAST(CAST($day AS VARCHAR) || ' 00:00:00+00:00' AS TIMESTAMPTZ) AS begins_at) AS asked
    WHERE
        h.valid_from < asked.begins_at + INTERVAL 24 HOUR
        AND (h.valid_to IS NULL OR h.valid_to > asked.begins_at)
        AND h.input_usd_per_mtok IS NOT NULL
        AND h.output_usd_per_mtok IS NOT NULL
) AS known_then
WHERE place = 1
ORDER BY model_id, provider, task
