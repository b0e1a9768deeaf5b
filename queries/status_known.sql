-- When is it known which status a route had?
-- A status counts from one look at the list of its provider to the next, where they are at most a day apart; of the
-- time between looks further apart nothing is known. `looks` says what a look is.
-- Grain: one row an interval of status_history and stretch of looks, where they overlap for longer than a moment.
-- Columns:
--   model_id, provider, task, status: as in status_history
--   known_from: the look from which on it is known.
--   known_to: the look until which it is known.
WITH spaced AS (
    SELECT
        provider,
        looked_at,
        lag(looked_at) OVER (PARTITION BY provider ORDER BY looked_at) AS looked_before
    FROM looks
), numbered AS (
    SELECT
        provider,
        looked_at,
        sum(CASE WHEN looked_at <= looked_before + INTERVAL 24 HOUR THEN 0 ELSE 1 END)
            OVER (PARTITION BY provider ORDER BY looked_at) AS stretch
    FROM spaced
), stretches AS (
    SELECT provider, min(looked_at) AS begins_at, max(looked_at) AS ends_at
    FROM numbered
    GROUP BY provider, stretch
    HAVING count(*) > 1
), held AS (
    SELECT
        model_id,
        provider,
        task,
        status,
        valid_from,
        CASE WHEN valid_to <= last_observed_at + INTERVAL 24 HOUR THEN valid_to ELSE last_observed_at END AS held_until
    FROM status_history
)
SELECT
    h.model_id,
    h.provider,
    h.task,
    h.status,
    greatest(h.valid_from, s.begins_at) AS known_from,
    least(h.held_until, s.ends_at) AS known_to
FROM held AS h
JOIN stretches AS s ON s.provider = h.provider AND s.begins_at < h.held_until AND s.ends_at > h.valid_from
ORDER BY h.model_id, h.provider, h.task, known_from
