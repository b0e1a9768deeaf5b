-- Offers whose readiness contradicts their status.
SELECT model_id, provider, status, readiness
FROM offers
WHERE (status = 'live') = (readiness = 'unavailable')
