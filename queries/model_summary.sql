-- What are the options for each model, in one line: how many offers, the cheapest, the fastest?
-- The task that speaks for a model is chat where it is offered, else the one with most live offers; cheapest and
-- fastest are of that task.
-- Grain: one row a model.
-- Columns:
--   model_id, pipeline_tag, modality, parameters, context_length: as in models
--   task: the task that speaks for the model.
--   offers, live_offers, hot_offers [offers]: its offers of all tasks: of any status, live and seen recently
--     (`recent_offers`), and hot.
--   live_providers [providers]: providers with a recent live offer of it.
--   priced_live_offers [offers]: recent live offers with both prices known.
--   any_tools: whether tool calls of any of these passed Hugging Face's test. NULL is unknown.
--   any_structured_output: whether structured output of any of these passed the test. NULL is unknown.
--   cheapest_provider: the provider of the cheapest offer at three input tokens for one output token.
--   input_usd_per_mtok, output_usd_per_mtok [USD per million tokens]: the prices of that offer.
--   blended_usd_per_mtok [USD per million tokens]: its mean price of a token at that mix.
--   fastest_provider: the provider of the fastest offer that was measured.
--   throughput_tps [tokens per second]: output speed of that offer.
--   request_latency_ms [ms]: time of one whole request to that offer.
SELECT
    m.model_id,
    m.pipeline_tag,
    m.modality,
    m.parameters,
    m.context_length,
    main.task,
    o.offers,
    coalesce(live.offers, 0) AS live_offers,
    coalesce(live.hot_offers, 0) AS hot_offers,
    coalesce(live.providers, 0) AS live_providers,
    coalesce(live.priced_offers, 0) AS priced_live_offers,
    live.any_tools,
    live.any_structured_output,
    c.provider AS cheapest_provider,
    c.input_usd_per_mtok,
    c.output_usd_per_mtok,
    c.blended_usd_per_mtok,
    f.provider AS fastest_provider,
    f.throughput_tps,
    f.request_latency_ms
FROM models AS m
INNER JOIN (
    SELECT model_id, count(*) AS offers
    FROM offers
    GROUP BY model_id
) AS o ON o.model_id = m.model_id
LEFT JOIN (
    SELECT
        model_id,
        count(*) AS offers,
        count(CASE WHEN readiness = 'hot' THEN 1 END) AS hot_offers,
        count(DISTINCT provider) AS providers,
        count(
            CASE WHEN input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL THEN 1 END
        ) AS priced_offers,
        bool_or(supports_tools) AS any_tools,
        bool_or(supports_structured_output) AS any_structured_output
    FROM recent_offers
    GROUP BY model_id
) AS live ON live.model_id = m.model_id
INNER JOIN (
    SELECT
        model_id,
        task,
        row_number() OVER (
            PARTITION BY model_id
            ORDER BY
                CASE WHEN task = 'conversational' THEN 0 ELSE 1 END,
                count(CASE WHEN status = 'live' THEN 1 END) DESC,
                count(*) DESC,
                task
        ) AS place
    FROM offers
    GROUP BY model_id, task
) AS main ON main.model_id = m.model_id AND main.place = 1
LEFT JOIN cheapest AS c ON c.model_id = m.model_id AND c.task = main.task
LEFT JOIN fastest AS f ON f.model_id = m.model_id AND f.task = main.task
ORDER BY m.model_id
