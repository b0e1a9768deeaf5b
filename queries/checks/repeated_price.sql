-- Price intervals with the same values as the one that they end: nothing changed between them.
SELECT model_id, provider, task, valid_from, input_usd_per_mtok, output_usd_per_mtok
FROM (
    SELECT
        model_id,
        provider,
        task,
        valid_from,
        input_usd_per_mtok,
        output_usd_per_mtok,
        is_free,
        lag(valid_to) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS ended,
        lag(input_usd_per_mtok) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS input_before,
        lag(output_usd_per_mtok) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS output_before,
        lag(is_free) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS free_before
    FROM price_history
) AS placed
WHERE
    ended = valid_from
    AND input_usd_per_mtok IS NOT DISTINCT FROM input_before
    AND output_usd_per_mtok IS NOT DISTINCT FROM output_before
    AND is_free IS NOT DISTINCT FROM free_before
