-- What did each request of a usage table cost, at the price in force at its time?
-- This reads a table of your own, `usage`: request_id, requested_at (TIMESTAMP WITH TIME ZONE), model_id and provider
-- (the Hub's own ids), task (NULL: conversational), input_tokens (cached ones included), cached_tokens, output_tokens.
-- It is `hfp bill --group-by row` for any number of rows: the same costs, to the nano-USD, in DuckDB and in Spark.
-- Each cost is rounded up to a whole nano-USD once. A request without an observed price costs NULL, never 0, and so
-- does one with cached tokens: no source states their price. So does one whose counts are below 0 or above 10^15.
-- Grain: one row a row of `usage`.
-- Columns:
--   request_id: as in the usage table.
--   requested_at: when the request was made.
--   model_id, provider, task: as in price_history
--   input_tokens, cached_tokens, output_tokens: as in the usage table.
--   input_usd_per_mtok, output_usd_per_mtok: as in price_history
--   cost_nano_usd [nano-USD]: the cost of the request; NULL where it is unknown.
--   observed: whether this price was still observed at or after the time of the request.
WITH joined AS (
    SELECT
        u.request_id,
        u.requested_at,
        u.model_id,
        u.provider,
        coalesce(u.task, 'conversational') AS task,
        u.input_tokens,
        u.cached_tokens,
        u.output_tokens,
        h.input_usd_per_mtok,
        h.output_usd_per_mtok,
        h.last_observed_at,
        h.last_observed_at IS NOT NULL
            AND coalesce(u.cached_tokens, 0) = 0
            AND u.input_tokens BETWEEN 0 AND 1000000000000000
            AND u.output_tokens BETWEEN 0 AND 1000000000000000
            AND (h.input_usd_per_mtok IS NOT NULL OR u.input_tokens = 0)
            AND (h.output_usd_per_mtok IS NOT NULL OR u.output_tokens = 0) AS is_priced,
        -- Every cast is written out: engines differ in the precision that they give to products of decimals.
        CAST(
            CAST(coalesce(h.input_usd_per_mtok, CAST(0 AS DECIMAL(18, 9))) AS DECIMAL(22, 9))
            * CAST(1000 AS DECIMAL(4, 0)) AS DECIMAL(21, 6)
        ) AS input_nano_usd_per_token,
        CAST(
            CAST(coalesce(h.output_usd_per_mtok, CAST(0 AS DECIMAL(18, 9))) AS DECIMAL(22, 9))
            * CAST(1000 AS DECIMAL(4, 0)) AS DECIMAL(21, 6)
        ) AS output_nano_usd_per_token
    FROM usage AS u
    LEFT JOIN price_history AS h
        ON h.model_id = u.model_id
        AND h.provider = u.provider
        AND h.task = coalesce(u.task, 'conversational')
        AND h.valid_from <= u.requested_at
        AND (h.valid_to IS NULL OR h.valid_to > u.requested_at)
)
SELECT
    j.request_id,
    j.requested_at,
    j.model_id,
    j.provider,
    j.task,
    j.input_tokens,
    j.cached_tokens,
    j.output_tokens,
    j.input_usd_per_mtok,
    j.output_usd_per_mtok,
    CASE
        WHEN j.is_priced
            THEN CAST(ceil(
                j.input_nano_usd_per_token * CAST(j.input_tokens AS DECIMAL(16, 0))
                + j.output_nano_usd_per_token * CAST(j.output_tokens AS DECIMAL(16, 0))
            ) AS DECIMAL(38, 0))
    END AS cost_nano_usd,
    j.requested_at <= j.last_observed_at AS observed
FROM joined AS j
