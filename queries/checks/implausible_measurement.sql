-- Implausible speeds and context lengths.
SELECT model_id, provider, throughput_tps, ttft_ms, request_latency_ms, context_length
FROM offers
WHERE throughput_tps < 0
   OR ttft_ms < 0
   OR request_latency_ms < 0
   OR context_length <= 0
