-- Offers that changed before they were first seen.
SELECT model_id, provider, first_seen_at, changed_at
FROM offers
WHERE changed_at < first_seen_at
