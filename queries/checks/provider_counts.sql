-- Providers whose counts differ from their offers.
SELECT p.provider, p.models, p.live_offers
FROM providers AS p
LEFT JOIN (
    SELECT
        provider,
        count(DISTINCT model_id) AS models,
        sum(CASE WHEN status = 'live' THEN 1 ELSE 0 END) AS live_offers
    FROM offers
    GROUP BY provider
) AS o ON o.provider = p.provider
WHERE p.models <> coalesce(o.models, 0) OR p.live_offers <> coalesce(o.live_offers, 0)
