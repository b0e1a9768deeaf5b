"""Is an offer ready? One rule, used everywhere.

- *unavailable*: the mapping is staging, in error, or absent.
- Otherwise it is live and judged by what Hugging Face measures for its task: throughput and time to first token for
  chat, request latency for every other task. *hot*: all of it is known. *warm*: some measurement, but not all.
  *cold*: none (an adapter mapped by a tag filter is usually not measured).
  People read *unmeasured* for cold where nothing was ever measured, and cold where a measurement is too old to count.
- A model-level `inference` that is present and not `warm` caps the offer at warm; an absent one changes nothing.
"""

from __future__ import annotations

from hf_providers.rules.tasks import CHAT_TASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import AnyRow, Readiness

MEASUREMENTS = ("throughput_tps", "ttft_ms", "request_latency_ms")
"""The columns of an offer that say how it was measured."""


def readiness(
    status: str | None,
    task: str,
    throughput_tps: float | None,
    ttft_ms: float | None,
    request_latency_ms: float | None,
    inference: str | None = None,
) -> Readiness:
    """Return hot, warm, cold or unavailable.

    Args:
        status: The Hub's word for the mapping; anything but `live` is unavailable.
        task: The offer's task.
        throughput_tps: Tokens per second, or None if not measured.
        ttft_ms: Milliseconds to the first token, or None.
        request_latency_ms: Milliseconds of one whole request, or None.
        inference: The Hub's model-level inference state, or None where it says nothing.
    """
    if status != "live":
        return "unavailable"
    measured = (throughput_tps, ttft_ms, request_latency_ms)
    if all(value is None for value in measured):
        return "cold"
    wanted = (throughput_tps, ttft_ms) if task == CHAT_TASK else (request_latency_ms,)
    capped = inference is not None and inference != "warm"
    return "warm" if capped or any(value is None for value in wanted) else "hot"


def spoken(offer: AnyRow) -> str:
    """Return an offer's readiness as people read it: cold is *unmeasured* where nothing of it was ever measured."""
    unmeasured = offer["readiness"] == "cold" and all(offer[name] is None for name in MEASUREMENTS)
    return "unmeasured" if unmeasured else str(offer["readiness"])


def reason(
    status: str | None,
    task: str,
    throughput_tps: float | None,
    ttft_ms: float | None,
    request_latency_ms: float | None,
    inference: str | None = None,
) -> str:
    """Return in a few words why `readiness` says what it says of the same arguments."""
    verdict = readiness(status, task, throughput_tps, ttft_ms, request_latency_ms, inference)
    if verdict == "unavailable":
        return f"status {status}" if status else "not listed"
    if verdict == "cold":
        return "live, not measured"
    if verdict == "hot":
        return "live, throughput and first token measured" if task == CHAT_TASK else "live, latency measured"
    if inference is not None and inference != "warm":
        return f"live and measured, but the Hub calls the model's inference {inference}"
    return "live, only partly measured"
