-- How many routes did each provider list, and how many of them live, at the last reading of each day?
-- `looks` says when the list was read. A reading without any route of a provider is left out: it may have failed.
-- Grain: one row a provider and day (UTC) on which its list was read.
-- Columns:
--   provider: as in status_history
--   looked_at: the last reading of the day.
--   listed, live [routes]: routes that were listed then, and how many of them were live.
SELECT
    l.provider,
    l.looked_at,
    count(*) AS listed,
    count(CASE WHEN h.status = 'live' THEN 1 END) AS live
FROM (
    SELECT
        looks.provider,
        looks.looked_at,
        row_number() OVER (
            PARTITION BY provider, CAST(looked_at AT TIME ZONE 'UTC' AS DATE) ORDER BY looked_at DESC
        ) AS place
    FROM looks
) AS l
INNER JOIN status_history AS h
    ON h.provider = l.provider AND h.valid_from <= l.looked_at AND h.last_observed_at >= l.looked_at
WHERE l.place = 1
GROUP BY l.provider, l.looked_at
ORDER BY l.provider, l.looked_at
