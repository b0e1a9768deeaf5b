-- How did each provider's prices move, month by month?
-- As price_index, of one provider's routes alone.
-- Grain: one row a provider and month (UTC) in which some route of it has a price.
-- Columns:
--   provider: as in price_history
--   month: such as 2026-02.
--   observed, routes, cheaper, dearer: as price_moves has them.
--   price_index: 100 in the base month. NULL where nobody observed a price of the provider in the month.
--   base_month: the month in which it is 100.
WITH chains AS (
    SELECT
        price_moves.*,
        lpad(CAST(month_number // 12 AS VARCHAR), 4, '0') || '-'
        || lpad(CAST(month_number % 12 + 1 AS VARCHAR), 2, '0') AS month,
        sum(CASE WHEN routes = 0 THEN 1 ELSE 0 END) OVER (PARTITION BY provider ORDER BY month_number) AS chain
    FROM price_moves
)

SELECT
    provider,
    month,
    observed,
    routes,
    cheaper,
    dearer,
    CASE
        WHEN observed > 0
            THEN round(
                100 * exp(
                    sum(coalesce(log_ratio / nullif(routes, 0), 0))
                        OVER (PARTITION BY provider, chain ORDER BY month_number)
                ),
                6
            )
    END AS price_index,
    first_value(month) OVER (PARTITION BY provider, chain ORDER BY month_number) AS base_month
FROM chains
ORDER BY provider, month
