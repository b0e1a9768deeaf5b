-- How long did each offer take over a month: the median, the ninetieth and the ninety-ninth percentile of its latency?
-- There is a row of measurements only where a value changed, so each value is weighted by how long it is known to have
-- held while its route was known to be live (status_known): never across a gap between readings. Measurements in
-- staging or error do not count. A value from before the previous month is not carried into this one.
-- A percentile is the lowest value that the latency did not exceed for at least that share of the known time.
-- Grain: one row a route and metric with a value that is known to have held for some time of the month.
-- Parameters:
--   $month: the month (UTC), such as 2026-02.
-- Example: latency_percentiles(month := '2026-02')
-- Columns:
--   model_id, provider, task: as in measurements
--   month: the month.
--   metric: ttft_ms (time to first token, of chat) or request_latency_ms.
--   known_hours [hours]: time of the month for which its value is known.
--   p50, p90, p99 [ms]: the value that it did not exceed for 50, 90 and 99 % of that time.
WITH measured AS (
    SELECT
        model_id,
        provider,
        task,
        observed_at,
        status,
        ttft_ms,
        request_latency_ms,
        lead(observed_at) OVER (PARTITION BY model_id, provider, task ORDER BY observed_at) AS replaced_at
    FROM measurements
    WHERE measurements.month IN ($month, strftime(CAST($month || '-01' AS DATE) - INTERVAL 1 MONTH, '%Y-%m'))
),

asked AS (
    SELECT
        CAST($month || '-01 00:00:00+00:00' AS TIMESTAMPTZ) AS begins_at,
        CAST(
            strftime(CAST($month || '-01' AS DATE) + INTERVAL 1 MONTH, '%Y-%m') || '-01 00:00:00+00:00' AS TIMESTAMPTZ
        ) AS ends_at
),

held AS (
    SELECT
        m.model_id,
        m.provider,
        m.task,
        m.ttft_ms,
        m.request_latency_ms,
        date_diff(
            'second',
            greatest(m.observed_at, k.known_from, a.begins_at),
            least(m.replaced_at, k.known_to, a.ends_at)
        ) AS seconds
    FROM measured AS m
    CROSS JOIN asked AS a
    INNER JOIN status_known AS k
        ON
            k.model_id = m.model_id
            AND k.provider = m.provider
            AND k.task = m.task
            AND k.known_to > m.observed_at
            AND (m.replaced_at IS NULL OR k.known_from < m.replaced_at)
    WHERE k.status = 'live' AND coalesce(m.status, 'live') = 'live'
),

by_metric AS (
    SELECT model_id, provider, task, 'ttft_ms' AS metric, ttft_ms AS latency_ms, seconds
    FROM held
    UNION ALL
    SELECT model_id, provider, task, 'request_latency_ms' AS metric, request_latency_ms AS latency_ms, seconds
    FROM held
),

ordered AS (
    SELECT
        by_metric.*,
        sum(seconds) OVER (
            PARTITION BY model_id, provider, task, metric
            ORDER BY latency_ms RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS seconds_up_to,
        sum(seconds) OVER (PARTITION BY model_id, provider, task, metric) AS seconds_in_all
    FROM by_metric
    WHERE latency_ms IS NOT NULL AND seconds > 0
)

SELECT
    model_id,
    provider,
    task,
    $month AS month,
    metric,
    CAST(max(seconds_in_all) AS DOUBLE) / 3600 AS known_hours,
    min(CASE WHEN 100 * seconds_up_to >= 50 * seconds_in_all THEN latency_ms END) AS p50,
    min(CASE WHEN 100 * seconds_up_to >= 90 * seconds_in_all THEN latency_ms END) AS p90,
    min(CASE WHEN 100 * seconds_up_to >= 99 * seconds_in_all THEN latency_ms END) AS p99
FROM ordered
GROUP BY model_id, provider, task, metric
ORDER BY model_id, provider, task, metric
