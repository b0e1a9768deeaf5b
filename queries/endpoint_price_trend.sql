-- What has each dedicated instance cost over time, and how far is that from its first known price?
-- One row an interval in which price and deprecation did not change. Names of instances changed in the documentation:
-- a renamed instance ends under one name and begins under the other.
-- Grain: one row an interval of endpoint_price_history that did not end before the moment asked for.
-- Parameters:
--   $instance_type: the instance type, such as nvidia-t4.
--   $since: a moment, such as 2024-01-01; intervals that ended before it are left out.
-- Example: endpoint_price_trend(instance_type := 'nvidia-t4', since := '2024-01-01')
-- Columns:
--   cloud, instance_type, size, kind, usd_per_hour, deprecated: as in endpoint_price_history
--   valid_from, valid_to, last_observed_at, source: as in endpoint_price_history
--   percent_since_first [percent]: change of the price since the instance's first one.
SELECT
    h.cloud,
    h.instance_type,
    h.size,
    h.kind,
    h.usd_per_hour,
    h.deprecated,
    h.valid_from,
    h.valid_to,
    h.last_observed_at,
    h.source,
    100 * CAST(h.usd_per_hour - h.first_usd_per_hour AS DOUBLE) / CAST(h.first_usd_per_hour AS DOUBLE)
        AS percent_since_first
FROM (
    SELECT
        p.*,
        first_value(p.usd_per_hour) OVER (
            PARTITION BY p.cloud, p.instance_type, p.size ORDER BY p.valid_from
        ) AS first_usd_per_hour
    FROM endpoint_price_history AS p
    WHERE p.instance_type = $instance_type
) AS h
CROSS JOIN (
    -- A moment without an offset is UTC, whatever the session's zone.
    SELECT
        coalesce(
            TRY_CAST(CAST($since AS VARCHAR) || ' 00:00:00+00:00' AS TIMESTAMPTZ),
            TRY_CAST(CAST($since AS VARCHAR) || '+00:00' AS TIMESTAMPTZ),
            CAST($since AS TIMESTAMPTZ)
        ) AS since_at
) AS asked
WHERE coalesce(h.valid_to, h.last_observed_at) >= asked.since_at
ORDER BY h.cloud, h.size, h.valid_from
