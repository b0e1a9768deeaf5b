-- What is the last known status of each route, and when was it seen?
-- Grain: one row a route ever seen.
-- Columns:
--   provider, model_id, task: as in status_history
--   last_status: the last known status.
--   last_observed_at, valid_to: as in status_history
SELECT
    provider,
    model_id,
    task,
    status AS last_status,
    last_observed_at,
    valid_to
FROM (
    SELECT
        status_history.*,
        row_number() OVER (PARTITION BY model_id, provider, task ORDER BY valid_from DESC) AS place
    FROM status_history
) AS latest
WHERE place = 1
ORDER BY provider, model_id, task
