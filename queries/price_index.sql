-- How did prices move on the whole, month by month?
-- An index of matched routes: each month's is the one before times the geometric mean of how the prices of the same
-- routes moved (price_moves says which count, and when). It begins at 100, and anew after a month that no route links
-- to the one before.
-- Grain: one row a month (UTC) in which some route has a price.
-- Columns:
--   month: such as 2026-02.
--   observed, routes, cheaper, dearer: as price_moves has them, of all providers.
--   price_index: 100 in the base month. NULL where nobody observed a price in the month.
--   base_month: the month in which it is 100.
WITH monthly AS (
    SELECT
        month_number,
        sum(observed) AS observed,
        sum(routes) AS routes,
        sum(cheaper) AS cheaper,
        sum(dearer) AS dearer,
        sum(log_ratio) AS log_ratio
    FROM price_moves
    GROUP BY month_number
),

chains AS (
    SELECT
        monthly.*,
        lpad(CAST(month_number // 12 AS VARCHAR), 4, '0') || '-'
        || lpad(CAST(month_number % 12 + 1 AS VARCHAR), 2, '0') AS month,
        sum(CASE WHEN routes = 0 THEN 1 ELSE 0 END) OVER (ORDER BY month_number) AS chain
    FROM monthly
)

SELECT
    month,
    CAST(observed AS BIGINT) AS observed,
    CAST(routes AS BIGINT) AS routes,
    CAST(cheaper AS BIGINT) AS cheaper,
    CAST(dearer AS BIGINT) AS dearer,
    CASE
        WHEN observed > 0
            THEN round(
                100 * exp(sum(coalesce(log_ratio / nullif(routes, 0), 0)) OVER (PARTITION BY chain ORDER BY month_number)), 6
            )
    END AS price_index,
    first_value(month) OVER (PARTITION BY chain ORDER BY month_number) AS base_month
FROM chains
ORDER BY month
