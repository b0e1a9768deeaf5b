-- How did the prices of the same routes move from month to month, by provider?
-- A route (a model on a provider, for a task) counts from the month after its first observed price to the month of its
-- last one. Its price of a month is the last one observed up to the month's end: a change counts in the month in which
-- it was first seen, however long the gap before. Prices are blended: three input tokens for one output token.
-- A change after a gap counts like any other: leaving out routes that were not observed in the month before would drop
-- those that moved in the gap, and keep those that did not.
-- Prices listed at 0 have no ratio and are left out. Where two sources disagree on a price, that counts as a move, too.
-- Grain: one row a provider and month (UTC) from its first to its last observed price.
-- Columns:
--   provider: as in price_history
--   month_number: months since the year 0, for arithmetic.
--   observed [routes]: routes with a price that was observed in the month.
--   routes [routes]: the compared routes, with a price both before the month and in it or later.
--   cheaper, dearer [routes]: of these, the ones that cost less, or more, at the month's end than at its beginning.
--   log_ratio: sum over these routes of the natural logarithm of price at the month's end / price at its beginning.
WITH stated AS (
    SELECT
        model_id,
        provider,
        task,
        valid_from,
        year(valid_from AT TIME ZONE 'UTC') * 12 + month(valid_from AT TIME ZONE 'UTC') - 1 AS begun,
        year(last_observed_at AT TIME ZONE 'UTC') * 12 + month(last_observed_at AT TIME ZONE 'UTC') - 1
            AS seen,
        3 * input_usd_per_mtok + output_usd_per_mtok AS blended
    FROM price_history
    WHERE 3 * input_usd_per_mtok + output_usd_per_mtok > 0
),

closing AS (
    SELECT
        provider,
        begun AS month_number,
        blended,
        lag(blended) OVER (PARTITION BY model_id, provider, task ORDER BY begun) AS blended_before
    FROM (
        SELECT
            stated.*,
            row_number() OVER (PARTITION BY model_id, provider, task, begun ORDER BY valid_from DESC) AS place
        FROM stated
    ) AS ranked
    WHERE place = 1
),

moved AS (
    SELECT
        provider,
        month_number,
        count(CASE WHEN blended < blended_before THEN 1 END) AS cheaper,
        count(CASE WHEN blended > blended_before THEN 1 END) AS dearer,
        -- Rounded, so that the order of the sum makes no difference.
        round(sum(ln(CAST(blended AS DOUBLE) / CAST(blended_before AS DOUBLE))), 12) AS log_ratio
    FROM closing
    WHERE blended_before IS NOT NULL
    GROUP BY provider, month_number
),

compared AS (
    SELECT s.provider, m.month_number, count(CASE WHEN m.month_number > s.begun THEN 1 END) AS routes
    FROM (
        SELECT model_id, provider, task, min(begun) AS begun, max(seen) AS seen
        FROM stated
        GROUP BY model_id, provider, task
    ) AS s
    CROSS JOIN unnest(generate_series(s.begun, s.seen)) AS m (month_number)
    GROUP BY s.provider, m.month_number
),

looked AS (
    SELECT s.provider, m.month_number, count(DISTINCT (s.model_id, s.task)) AS observed
    FROM stated AS s
    CROSS JOIN unnest(generate_series(s.begun, s.seen)) AS m (month_number)
    GROUP BY s.provider, m.month_number
)

SELECT
    c.provider,
    c.month_number,
    coalesce(l.observed, 0) AS observed,
    c.routes,
    coalesce(m.cheaper, 0) AS cheaper,
    coalesce(m.dearer, 0) AS dearer,
    coalesce(m.log_ratio, 0) AS log_ratio
FROM compared AS c
LEFT JOIN looked AS l ON l.provider = c.provider AND l.month_number = c.month_number
LEFT JOIN moved AS m ON m.provider = c.provider AND m.month_number = c.month_number
ORDER BY c.provider, c.month_number
