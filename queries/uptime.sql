-- For what share of the time that it was listed was each route live?
-- A status holds until another one, or absence, was observed; an interval without an end counts to its last
-- observation. Times at which the route was not listed count for neither side.
-- Grain: one row a route that was listed for some time of the window.
-- Parameters:
--   $since: start of the window (UTC), inclusive.
--   $until: end of the window (UTC), exclusive.
-- Columns:
--   model_id, provider, task: as in status_history
--   listed_hours [hours]: time in the window at which it was listed.
--   live_hours [hours]: time in the window at which it was live.
--   live_share: live_hours by listed_hours, from 0 to 1.
SELECT
    model_id,
    provider,
    task,
    sum(seconds) / 3600.0 AS listed_hours,
    sum(CASE WHEN status = 'live' THEN seconds ELSE 0 END) / 3600.0 AS live_hours,
    CAST(sum(CASE WHEN status = 'live' THEN seconds ELSE 0 END) AS DOUBLE) / CAST(sum(seconds) AS DOUBLE) AS live_share
FROM (
    SELECT
        s.model_id,
        s.provider,
        s.task,
        s.status,
        date_diff(
            'second',
            greatest(s.valid_from, CAST($since AS TIMESTAMPTZ)),
            least(coalesce(s.valid_to, s.last_observed_at), CAST($until AS TIMESTAMPTZ))
        ) AS seconds
    FROM status_history AS s
) AS listed
WHERE seconds > 0
GROUP BY model_id, provider, task
ORDER BY model_id, provider, task
