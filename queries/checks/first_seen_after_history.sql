-- Offers whose `first_seen_at` is after the beginning of their route's history.
SELECT offered.model_id, offered.provider, offered.first_seen_at, seen.valid_from
FROM (
    SELECT model_id, provider, task, min(first_seen_at) AS first_seen_at
    FROM offers
    GROUP BY model_id, provider, task
) AS offered
INNER JOIN (
    SELECT model_id, provider, task, valid_from FROM status_history
    UNION ALL
    SELECT model_id, provider, task, valid_from FROM price_history
) AS seen
    ON offered.model_id = seen.model_id AND offered.provider = seen.provider AND offered.task = seen.task
WHERE seen.valid_from < offered.first_seen_at
