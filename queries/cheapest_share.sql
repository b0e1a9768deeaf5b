-- For how many models that several providers price is each provider the cheapest?
-- Counts recent live offers whose price is known and recent, too (see recent_offers), by model and task.
-- Ties are broken as in `cheapest`.
-- Grain: one row a provider that prices such a model.
-- Columns:
--   provider: as in offers
--   priced [routes]: such models and tasks that it prices.
--   cheapest_of [routes]: those of which it has the cheapest offer at three input tokens for one output token.
--   contested [routes]: models and tasks that at least two providers price.
WITH priced AS (
    SELECT DISTINCT model_id, task, provider
    FROM recent_offers
    WHERE price_is_recent AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
),

contested AS (
    SELECT model_id, task
    FROM priced
    GROUP BY model_id, task
    HAVING count(*) >= 2
)

SELECT
    p.provider,
    count(*) AS priced,
    count(c.provider) AS cheapest_of,
    max(n.contested) AS contested
FROM priced AS p
INNER JOIN contested AS t ON t.model_id = p.model_id AND t.task = p.task
CROSS JOIN (SELECT count(*) AS contested FROM contested) AS n
LEFT JOIN cheapest AS c ON c.model_id = p.model_id AND c.task = p.task AND c.provider = p.provider
GROUP BY p.provider
ORDER BY cheapest_of DESC, priced DESC, p.provider
