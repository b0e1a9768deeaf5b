"""Compare dedicated endpoints: which instance holds a model, what it costs, and above which use it is cheaper.

Instances are rows of `endpoint_instances` with `usd_per_hour` as decimal text. Money is nano-USD in whole numbers. On
the way to every answer: this imports nothing but its own package.
"""

from __future__ import annotations

from hf_providers.hosting.memory import fits
from hf_providers.rules.money import MTOK, blended, ceil_div, to_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from hf_providers.catalog.row_types import InstanceRow
    from hf_providers.hosting.estimate_types import FittingInstance, UseLevel

MINUTES_PER_MONTH = 730 * 60
"""The month of the documentation's examples."""
IDLE_MINUTES = 60
"""How long an endpoint waits without requests before it scales to zero, by default."""


def fitting(
    instances: Iterable[InstanceRow], weights: int | None, kv_cache: int | None, *, kinds: Collection[str] = ("gpu",)
) -> list[FittingInstance]:
    """Return the instances on which weights and KV cache (bytes) fit: the cheapest first, deprecated ones last.

    Each has its own columns and the result of `memory.fits`. Empty if that is unknown.

    Args:
        instances: Rows of `endpoint_instances`.
        weights: Bytes of the weights.
        kv_cache: Bytes of the KV cache.
        kinds: Which kinds count. A CPU holds what it can't serve at speed, and Inferentia runs compiled models only.
    """
    holding: list[FittingInstance] = []
    for row in instances:
        if row["kind"] in kinds and row["memory_bytes"] is not None:
            verdict = fits(weights, kv_cache, row["memory_bytes"], devices=row["units"] or 1)
            if verdict["fits"]:
                holding.append({**row, **verdict})
    return sorted(holding, key=_cheap_and_current_first)


def _cheap_and_current_first(row: FittingInstance) -> tuple[bool, int, int, str, str, str]:
    rate = to_nano(row["usd_per_hour"])
    return row["deprecated"], rate, -(row["memory_bytes"] or 0), row["cloud"], row["instance_type"], row["size"]


def recommended(candidates: Iterable[FittingInstance]) -> FittingInstance | None:
    """Return the first instance of `fitting` that is not deprecated; None if there is none."""
    return next((row for row in candidates if not row["deprecated"]), None)


def cost_nano(
    usd_per_hour: str,
    minutes: int = MINUTES_PER_MONTH,
    *,
    min_replicas: int = 1,
    scale_up_minutes: int = 0,
    extra_replicas: int = 0,
) -> int:
    """Return what an endpoint costs in nano-USD, billed by the minute, rounded up.

    rate x (hours x min replicas + scale-up hours x extra replicas), as in the documentation.

    Args:
        usd_per_hour: The instance's price, as decimal text.
        minutes: How long it runs; by default a month of 730 hours.
        min_replicas: Replicas that run all the time.
        scale_up_minutes: How long the extra ones run.
        extra_replicas: Replicas on top while scaled up.

    Raises:
        ValueError: a number is negative.
    """
    if min(minutes, min_replicas, scale_up_minutes, extra_replicas) < 0:
        raise ValueError("minutes and replicas must not be negative")
    replica_minutes = minutes * min_replicas + scale_up_minutes * extra_replicas
    return ceil_div(to_nano(usd_per_hour) * replica_minutes, 60)


def billed_minutes(
    busy_minutes: int, bursts: int, *, minutes: int = MINUTES_PER_MONTH, idle_minutes: int = IDLE_MINUTES
) -> int:
    """Return the minutes that an endpoint is billed for when it scales to zero.

    After each burst it idles before it stops, so many short bursts cost as much as running all the time.

    Args:
        busy_minutes: Minutes with requests, all bursts together.
        bursts: Times that use begins after the endpoint stopped.
        minutes: The whole time; no more is billed.
        idle_minutes: How long it waits before it stops.

    Raises:
        ValueError: a number is negative, or there is use in no burst.
    """
    if min(busy_minutes, bursts, minutes, idle_minutes) < 0 or (busy_minutes and not bursts):
        raise ValueError("minutes and bursts must not be negative, and busy minutes need at least one burst")
    return min(minutes, busy_minutes + bursts * idle_minutes)


def break_even(
    usd_per_hour: str,
    input_price: str | None,
    output_price: str | None,
    mix: tuple[int, int],
    *,
    tokens_per_request: int | None = None,
    capacity_tps: int | None = None,
) -> UseLevel | None:
    """Return the use above which the endpoint costs no more than paying by token; None if never, or unknown.

    For one replica that runs all the time. Paying by token at a price of 0 never costs more.

    Args:
        usd_per_hour: The instance's price, as decimal text.
        input_price: Serverless USD per million input tokens.
        output_price: Serverless USD per million output tokens.
        mix: Input to output tokens.
        tokens_per_request: Input and output tokens of a request.
        capacity_tps: Output tokens a second that the instance was measured to sustain.

    Returns:
        `tokens_per_hour` (input and output), `requests_per_hour`, `output_tps` (the output tokens a second that this
        is, rounded up) and `utilisation` (the share of the capacity: above 1 it can't be reached), with the inputs.
    """
    serverless = blended(input_price, output_price, mix)
    if not serverless:
        return None
    tokens = ceil_div(to_nano(usd_per_hour) * MTOK * sum(mix), serverless)
    return {
        "tokens_per_hour": tokens,
        "requests_per_hour": ceil_div(tokens, tokens_per_request) if tokens_per_request else None,
        "output_tps": ceil_div(tokens * mix[1], sum(mix) * 3600),
        "utilisation": tokens * mix[1] / (sum(mix) * 3600 * capacity_tps) if capacity_tps else None,
        "usd_per_hour": usd_per_hour,
        "input_usd_per_mtok": input_price,
        "output_usd_per_mtok": output_price,
        "mix": f"{mix[0]}:{mix[1]}",
        "capacity_tps": capacity_tps,
        "tokens_per_request": tokens_per_request,
    }
