-- Providers whose counts differ from their offers.
SELECT p.provider, p.models, p.live_offers
FROM providers AS p
LEFT JOIN (
    SELECT
        provider,
        count(DISTINCT model_id) AS models,
        count(CASE WHEN status = 'live' AND (since IS NULL OR observed_at >= since) THEN 1 END) AS live_offers
    FROM offers
    CROSS JOIN (SELECT max(observed_at) - INTERVAL '45' DAY AS since FROM offers) AS newest
    GROUP BY provider
) AS o ON o.provider = p.provider
WHERE p.models <> coalesce(o.models, 0) OR p.live_offers <> coalesce(o.live_offers, 0)
