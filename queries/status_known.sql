-- When is it known which status a route had?
-- A status counts from one look at the list of its provider to the next, where they are at most a day apart; of the
-- time between looks further apart nothing is known. A look is a run that read the list, or a moment at which the list
-- was seen to begin a row of status_history or to lack its route; other looks left no trace.
-- Grain: one row an interval of status_history and stretch of looks, where they overlap for longer than a moment.
-- Columns:
--   model_id, provider, task, status: as in status_history
--   known_from: the look from which on it is known.
--   known_to: the look until which it is known.
WITH intervals AS (
    SELECT
        *,
        lead(valid_from) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS follows_from
    FROM status_history
), looks AS (
    SELECT provider, run_at AS looked_at FROM runs WHERE source = 'hub-list' AND result = 'ok'
    UNION
    SELECT provider, valid_from FROM intervals WHERE source IN ('hub-list', 'models-page')
    UNION
    SELECT provider, valid_to FROM intervals WHERE valid_to < follows_from OR follows_from IS NULL
), spaced AS (
    SELECT
        provider,
        looked_at,
        lag(looked_at) OVER (PARTITION BY provider ORDER BY looked_at) AS looked_before
    FROM looks
    WHERE looked_at IS NOT NULL
), numbered AS (
    SELECT
        provider,
        looked_at,
        sum(CASE WHEN looked_at <= looked_before + INTERVAL 1 DAY THEN 0 ELSE 1 END)
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
        CASE WHEN valid_to <= last_observed_at + INTERVAL 1 DAY THEN valid_to ELSE last_observed_at END AS held_until
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
