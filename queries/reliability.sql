-- How reliable was each route and each provider, and on how many known hours is that based?
-- As `uptime`, with a percentage only where the status is known for at least 24 hours of the window.
-- Grain: one row a route whose status is known for some time of the window.
-- Parameters:
--   $since: start of the window (UTC), inclusive.
--   $until: end of the window (UTC), exclusive.
-- Example: reliability(since := '2026-02-01', until := '2026-03-01')
-- Columns:
--   model_id, provider, task: as in status_history
--   known_hours, live_hours [hours]: time for which its status is known, and time of it that it was live.
--   live_percent [percent]: live_hours of known_hours. NULL below 24 known hours.
--   provider_known_hours, provider_live_hours [hours]: the same of all routes of its provider, added up.
--   provider_live_percent [percent]: NULL below 24 known hours of all its routes together.
SELECT
    u.model_id,
    u.provider,
    u.task,
    u.known_hours,
    u.live_hours,
    CASE WHEN u.known_hours >= 24 THEN 100 * u.live_share END AS live_percent,
    sum(u.known_hours) OVER (PARTITION BY u.provider) AS provider_known_hours,
    sum(u.live_hours) OVER (PARTITION BY u.provider) AS provider_live_hours,
    CASE
        WHEN sum(u.known_hours) OVER (PARTITION BY u.provider) >= 24
            THEN 100 * sum(u.live_hours) OVER (PARTITION BY u.provider)
                / sum(u.known_hours) OVER (PARTITION BY u.provider)
    END AS provider_live_percent
FROM uptime($since, $until) AS u
ORDER BY u.model_id, u.provider, u.task
