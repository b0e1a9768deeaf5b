-- Status intervals that end before they begin, or were last observed outside the interval.
SELECT model_id, provider, task, valid_from, valid_to, last_observed_at
FROM status_history
WHERE valid_to <= valid_from OR last_observed_at < valid_from OR last_observed_at >= valid_to
