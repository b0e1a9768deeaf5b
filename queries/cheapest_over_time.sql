-- Which provider was the cheapest for each model over time, at three input tokens for one output token?
-- A price counts from its first observation until another, or absence, was seen, but no longer than 45 days (1,080
-- hours) after its last one: after that it is unknown. An offer counts while it is not known to be in staging or error.
-- Ties go to the lower input price, then the name.
-- hfp sql "FROM cheapest_over_time WHERE model_id = 'deepseek-ai/DeepSeek-R1'"
-- Grain: one row a model, task and time in which the cheapest offer and its price stayed the same.
-- Columns:
--   model_id, task: as in price_history
--   from_at [UTC]: since when it was the cheapest.
--   to_at [UTC]: until when. NULL where that is later than the last observation.
--   provider, input_usd_per_mtok, output_usd_per_mtok: as in price_history
--   blended_usd_per_mtok [USD per million tokens]: its mean price of a token at that mix, exact.
--   priced_offers [offers]: routes with a known price among which it was the cheapest, at the beginning.
WITH held AS (
    SELECT
        model_id,
        task,
        provider,
        valid_from AS begins_at,
        least(valid_to, last_observed_at + INTERVAL 1080 HOUR) AS ends_at,
        input_usd_per_mtok,
        output_usd_per_mtok,
        3 * input_usd_per_mtok + output_usd_per_mtok AS blended
    FROM price_history
    WHERE input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
),

down AS (
    SELECT
        s.model_id,
        s.task,
        s.provider,
        s.valid_from AS begins_at,
        least(s.valid_to, s.last_observed_at + INTERVAL 1080 HOUR) AS ends_at
    FROM status_history AS s
    INNER JOIN (SELECT DISTINCT model_id, task, provider FROM held) AS h
        ON h.model_id = s.model_id AND h.task = s.task AND h.provider = s.provider
    WHERE s.status <> 'live'
),

moments AS (
    SELECT model_id, task, begins_at AS moment FROM held
    UNION
    SELECT model_id, task, ends_at FROM held
    UNION
    SELECT model_id, task, begins_at FROM down
    UNION
    SELECT model_id, task, ends_at FROM down
),

offered AS (
    SELECT m.model_id, m.task, m.moment, h.provider, h.input_usd_per_mtok, h.output_usd_per_mtok, h.blended
    FROM moments AS m
    INNER JOIN held AS h
        ON h.model_id = m.model_id AND h.task = m.task AND h.begins_at <= m.moment AND h.ends_at > m.moment
    LEFT JOIN down AS d
        ON
            d.model_id = h.model_id
            AND d.task = h.task
            AND d.provider = h.provider
            AND d.begins_at <= m.moment
            AND d.ends_at > m.moment
    WHERE d.provider IS NULL
),

ranked AS (
    SELECT
        offered.*,
        count(*) OVER (PARTITION BY model_id, task, moment) AS priced_offers,
        row_number() OVER (PARTITION BY model_id, task, moment ORDER BY blended, input_usd_per_mtok, provider) AS place
    FROM offered
),

stood AS (
    SELECT
        m.model_id,
        m.task,
        m.moment,
        r.provider,
        r.input_usd_per_mtok,
        r.output_usd_per_mtok,
        r.blended,
        r.priced_offers,
        lag(r.provider) OVER (PARTITION BY m.model_id, m.task ORDER BY m.moment) AS provider_before,
        lag(r.input_usd_per_mtok) OVER (PARTITION BY m.model_id, m.task ORDER BY m.moment) AS input_before,
        lag(r.output_usd_per_mtok) OVER (PARTITION BY m.model_id, m.task ORDER BY m.moment) AS output_before
    FROM moments AS m
    LEFT JOIN ranked AS r ON r.model_id = m.model_id AND r.task = m.task AND r.moment = m.moment AND r.place = 1
),

changed AS (
    SELECT stood.*, lead(moment) OVER (PARTITION BY model_id, task ORDER BY moment) AS next_at
    FROM stood
    WHERE
        provider IS DISTINCT FROM provider_before
        OR input_usd_per_mtok IS DISTINCT FROM input_before
        OR output_usd_per_mtok IS DISTINCT FROM output_before
)

SELECT
    c.model_id,
    c.task,
    c.moment AS from_at,
    CASE WHEN c.next_at <= newest.moment THEN c.next_at END AS to_at,
    c.provider,
    c.input_usd_per_mtok,
    c.output_usd_per_mtok,
    c.blended * 0.25 AS blended_usd_per_mtok,
    c.priced_offers
FROM changed AS c
CROSS JOIN (
    SELECT max(seen) AS moment
    FROM (
        SELECT max(last_observed_at) AS seen FROM price_history
        UNION ALL
        SELECT max(last_observed_at) FROM status_history
    ) AS both_histories
) AS newest
WHERE c.provider IS NOT NULL AND c.moment <= newest.moment
ORDER BY c.model_id, c.task, c.moment
