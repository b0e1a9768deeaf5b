-- For what share of the time for which its status is known was each route live?
-- A status counts from one look at the list of its provider to the next, where they are at most a day apart; of the
-- time between looks further apart nothing is known, and it counts for neither side. Nor does time without the route on
-- the list. status_known has the stretches that are added up here. It is published of all time.
-- Grain: one row a route whose status is known for some time of the window.
-- Parameters:
--   $since: start of the window (UTC), inclusive. NULL: all that is known before its end.
--   $until: end of the window (UTC), exclusive. NULL: all that is known after its start.
-- Example: uptime(since := '2026-02-01', until := '2026-03-01')
-- Columns:
--   model_id, provider, task: as in status_history
--   known_hours [hours]: time in the window for which its status is known.
--   live_hours [hours]: of that, the time at which it was live.
--   live_share: live_hours by known_hours, from 0 to 1.
SELECT
    model_id,
    provider,
    task,
    CAST(sum(seconds) AS DOUBLE) / 3600 AS known_hours,
    CAST(sum(CASE WHEN status = 'live' THEN seconds ELSE 0 END) AS DOUBLE) / 3600 AS live_hours,
    CAST(sum(CASE WHEN status = 'live' THEN seconds ELSE 0 END) AS DOUBLE) / CAST(sum(seconds) AS DOUBLE) AS live_share
FROM (
    SELECT
        k.model_id,
        k.provider,
        k.task,
        k.status,
        date_diff(
            'second',
            greatest(k.known_from, asked.since_at),
            least(k.known_to, asked.until_at)
        ) AS seconds
    FROM status_known AS k
    CROSS JOIN (
        -- A moment without an offset is UTC, whatever the session's zone.
        SELECT
            coalesce(
                TRY_CAST(CAST($since AS VARCHAR) || ' 00:00:00+00:00' AS TIMESTAMPTZ),
                TRY_CAST(CAST($since AS VARCHAR) || '+00:00' AS TIMESTAMPTZ),
                CAST($since AS TIMESTAMPTZ)
            ) AS since_at,
            coalesce(
                TRY_CAST(CAST($until AS VARCHAR) || ' 00:00:00+00:00' AS TIMESTAMPTZ),
                TRY_CAST(CAST($until AS VARCHAR) || '+00:00' AS TIMESTAMPTZ),
                CAST($until AS TIMESTAMPTZ)
            ) AS until_at
    ) AS asked
) AS known
WHERE seconds > 0
GROUP BY model_id, provider, task
ORDER BY model_id, provider, task
