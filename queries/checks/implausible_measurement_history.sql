-- Implausible measured speeds.
SELECT model_id, provider, task, observed_at, throughput_tps, ttft_ms, request_latency_ms
FROM measurements
WHERE throughput_tps < 0
   OR ttft_ms < 0
   OR request_latency_ms < 0
