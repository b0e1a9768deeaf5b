-- Which offered models were made from which others, as their own pages declare?
-- Declared relations only; nothing is guessed from a name. The base need not be offered by anybody.
-- Grain: one row a model, base model and relation.
-- Columns:
--   model_id: as in models
--   base_model_id: the model that it declares to be made from.
--   relation: finetune, adapter, quantized, merge, or base where the page names none.
--   live_offers [offers]: live offers of the model itself that were seen recently (`recent_offers`).
--   base_live_offers [offers]: the same of the base model; 0 where it has none or nobody lists it.
--   base_listed: whether the base model is in this dataset.
SELECT
    declared.model_id,
    declared.base_model_id,
    declared.relation,
    coalesce(own.live_offers, 0) AS live_offers,
    coalesce(of_base.live_offers, 0) AS base_live_offers,
    base.model_id IS NOT NULL AS base_listed
FROM (
    SELECT DISTINCT
        m.model_id,
        made_from.base.model_id AS base_model_id,
        made_from.base.relation AS relation
    FROM models AS m
    CROSS JOIN unnest(m.base_models) AS made_from (base)
) AS declared
LEFT JOIN (
    SELECT model_id, count(*) AS live_offers
    FROM recent_offers
    GROUP BY model_id
) AS own ON own.model_id = declared.model_id
LEFT JOIN (
    SELECT model_id, count(*) AS live_offers
    FROM recent_offers
    GROUP BY model_id
) AS of_base ON of_base.model_id = declared.base_model_id
LEFT JOIN (SELECT DISTINCT model_id FROM offers) AS base ON base.model_id = declared.base_model_id
ORDER BY declared.model_id, declared.base_model_id, declared.relation
