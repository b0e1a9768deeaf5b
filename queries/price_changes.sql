-- Which prices changed, when, from what to what, and on whose word?
-- Compares each stated price of a route with the stated price before it; times at which nobody stated one are passed
-- over. Where the two sides come from different sources, it may be that the sources disagree, not that the price moved.
-- Grain: one row a route and moment at which its price became another.
-- Columns:
--   changed_at [UTC]: first moment the new price was observed; it changed at some time after `last_seen_before`.
--   model_id, provider, task: as in price_history
--   last_seen_before [UTC]: last moment the old price was observed.
--   old_input_usd_per_mtok, old_output_usd_per_mtok [USD per million tokens]: prices before.
--   input_usd_per_mtok, output_usd_per_mtok [USD per million tokens]: prices since.
--   input_percent, output_percent [percent]: change of each price. NULL where the old one is 0.
--   blended_percent [percent]: change of the mean price of three input tokens and one output token. NULL from 0.
--   source_before: what stated the old price.
--   source: what stated the new price.
--   sources_differ: whether they are different sources; two editions of one source are not.
SELECT
    changed_at,
    model_id,
    provider,
    task,
    last_seen_before,
    old_input_usd_per_mtok,
    old_output_usd_per_mtok,
    input_usd_per_mtok,
    output_usd_per_mtok,
    100 * CAST(input_usd_per_mtok - old_input_usd_per_mtok AS DOUBLE)
    / CAST(nullif(old_input_usd_per_mtok, 0) AS DOUBLE) AS input_percent,
    100 * CAST(output_usd_per_mtok - old_output_usd_per_mtok AS DOUBLE)
    / CAST(nullif(old_output_usd_per_mtok, 0) AS DOUBLE) AS output_percent,
    100 * CAST(
        3 * (input_usd_per_mtok - old_input_usd_per_mtok) + output_usd_per_mtok - old_output_usd_per_mtok AS DOUBLE
    ) / CAST(nullif(3 * old_input_usd_per_mtok + old_output_usd_per_mtok, 0) AS DOUBLE) AS blended_percent,
    source_before,
    source,
    split_part(source_before, '@', 1) <> split_part(source, '@', 1) AS sources_differ
FROM (
    SELECT
        valid_from AS changed_at,
        model_id,
        provider,
        task,
        input_usd_per_mtok,
        output_usd_per_mtok,
        source,
        lag(last_observed_at) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS last_seen_before,
        lag(input_usd_per_mtok) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from)
            AS old_input_usd_per_mtok,
        lag(output_usd_per_mtok) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from)
            AS old_output_usd_per_mtok,
        lag(source) OVER (PARTITION BY model_id, provider, task ORDER BY valid_from) AS source_before
    FROM price_history
    WHERE input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
) AS stated
WHERE
    input_usd_per_mtok <> old_input_usd_per_mtok
    OR output_usd_per_mtok <> old_output_usd_per_mtok
ORDER BY changed_at, model_id, provider, task
