-- When was the list of a provider read?
-- A look is a run that read the list, or a moment at which the list began a row of status_history or lacked its route;
-- other readings left no trace.
-- Grain: one row a provider and reading of its list.
-- Columns:
--   provider: as in status_history
--   looked_at: when its list was read.
SELECT provider, looked_at
FROM (
    SELECT provider, run_at AS looked_at
    FROM runs
    WHERE source IN ('hub-list', 'models-page') AND result = 'ok'
    UNION
    SELECT provider, valid_from
    FROM status_history
    WHERE source IN ('hub-list', 'models-page')
    UNION
    SELECT provider, valid_to
    FROM (
        SELECT
            status_history.*,
            lead(valid_from) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS follows_from
        FROM status_history
    ) AS intervals
    WHERE valid_to < follows_from OR follows_from IS NULL
) AS seen
WHERE looked_at IS NOT NULL
ORDER BY provider, looked_at
