"""Running a model oneself: what it needs, which endpoints and machines hold it, and from how much use on it pays.

All of it is an estimate, made of what the snapshot states, and carries its inputs. What the cache of keys and values
takes is known only with the model's architecture: without, the weights alone are judged. On the way to every answer.
"""

from __future__ import annotations

from hf_providers.hosting import endpoints, hardware
from hf_providers.hosting.memory import BITS_PER_WEIGHT, GIB, OVERHEAD_BYTES, USABLE_SHARE_PCT, need
from hf_providers.rules.money import usd
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from hf_providers.catalog.database import Catalog

    Row = dict[str, Any]

DEFAULT_CONTEXT = 8192
"""Tokens, where neither a provider nor the architecture says more."""
FALLBACK_FORMAT = "Q4_K_M"
"""What is estimated where the published weights have no known size: the format most local files come in."""
MARGIN = f"{USABLE_SHARE_PCT} % of memory usable, {OVERHEAD_BYTES / 10**9:g} GB a GPU left free"


def needed(
    catalog: Catalog,
    model: Row,
    *,
    context: int | None = None,
    weight_format: str | None = None,
    batch: int = 1,
    kv_bytes_per_value: int = 2,
) -> Row | None:
    """Return what the model needs, as `memory.need` has it, with its format; None where not even weights are known.

    Args:
        catalog: The snapshot.
        model: The model's row.
        context: Tokens; by default the largest context that it is served with, or was made for.
        weight_format: A key of BITS_PER_WEIGHT; by default as published, or FALLBACK_FORMAT where that is unknown.
        batch: Sequences at a time.
        kv_bytes_per_value: 2 for a 16-bit cache, 1 for an 8-bit one.

    Raises:
        ValueError: there is no such format, or a number is not positive.
    """
    architecture = next(iter(catalog.rows("architectures", model_id=model["model_id"])), None)
    longest = model["context_length"] or (architecture or {}).get("max_positions")
    sizes = {"batch": batch, "kv_bytes_per_value": kv_bytes_per_value}
    tokens = context or longest or DEFAULT_CONTEXT
    for tried in dict.fromkeys([weight_format, weight_format or FALLBACK_FORMAT]):
        found = need(model, architecture, tokens, weight_format=tried, **sizes)
        if found["weights_bytes"] is not None:
            why = None if architecture is None else architecture["reason"]
            return found | {
                "weight_format": tried and tried.upper(),
                "assumed_format": tried != weight_format,
                "parameters": model["parameters"],
                "kv_cache_unknown": None if found["kv_cache_bytes"] is not None else why or "config.json was not read",
            }
    return None


def dedicated(catalog: Catalog, needs: Row, cheapest: Row | None, mix: tuple[int, int]) -> Row | None:
    """Return the endpoints that hold it, the cheapest, and from how much use on it pays; None where none are known.

    Args:
        catalog: The snapshot.
        needs: What `needed` gives.
        cheapest: The cheapest live serverless offer, or None.
        mix: Input to output tokens.
    """
    instances = catalog.rows("endpoint_instances")
    if not instances:
        return None
    found = endpoints.fitting(instances, needs["weights_bytes"], needs["kv_cache_bytes"] or 0)
    best = endpoints.recommended(found)
    return {
        "estimate": True,
        "needs": needs,
        "judged_by": judged_by(needs),
        "cheapest": best and {**best, "usd_per_month": usd(endpoints.cost_nano(best["usd_per_hour"]))},
        "instances": found,
        "break_even": against(best, cheapest, mix) if best and cheapest else None,
    }


def against(
    instance: Mapping[str, Any],
    offer: Row,
    mix: tuple[int, int],
    *,
    tokens_per_request: int | None = None,
    tps: int | None = None,
) -> Row | None:
    """Return from how much use on an instance is no dearer than an offer, with the offer's provider."""
    even = endpoints.break_even(
        instance["usd_per_hour"],
        offer["input_usd_per_mtok"],
        offer["output_usd_per_mtok"],
        mix,
        tokens_per_request=tokens_per_request,
        capacity_tps=tps,
    )
    return even and {**even, "provider": offer["provider"]}


def judged_by(needs: Row) -> str:
    """Return what was compared with the memory."""
    return "weights alone" if needs["kv_cache_bytes"] is None else "weights and KV cache"


def local(needs: Row) -> Row:
    """Return the single machines that hold it, the least memory first."""
    machines = hardware.fitting(needs["weights_bytes"], needs["kv_cache_bytes"] or 0)
    return {
        "estimate": True,
        "needs": needs,
        "judged_by": judged_by(needs),
        "machines": machines,
        "source": hardware.SOURCE,
    }


def blocks(catalog: Catalog, model: Row, task: str | None, cheapest: Row | None, mix: tuple[int, int]) -> Row:
    """Return `dedicated` and `local` of an answer, None for what is not known, or not about a chat model."""
    needs = needed(catalog, model) if task == CHAT_TASK else None
    if needs is None:
        return {"dedicated": None, "local": None}
    return {"dedicated": dedicated(catalog, needs, cheapest, mix), "local": local(needs)}


def size(byte_count: int) -> str:
    """Return bytes as weights are told, in GB of 10^9."""
    return f"{byte_count / 10**9:,.1f} GB" if byte_count < 10**11 else f"{byte_count / 10**9:,.0f} GB"


def instance_name(row: Row) -> str:
    """Return an instance as people say it: 8 × NVIDIA H200 (aws)."""
    what = row["architecture"] or row["instance_type"]
    return clean(f"{row['units'] or '?'} × {what} ({row['cloud']})")


def weights_text(needs: Row) -> str:
    """Return the size of the weights and what it is of."""
    stated = needs["weight_format"]
    bits = "" if stated is None else f", {short(needs['parameters'])} at {BITS_PER_WEIGHT[stated]:.2f} bits"
    return f"{size(needs['weights_bytes'])} of weights ({stated or 'as published'}{bits})"


def cache_text(needs: Row) -> str:
    """Return the size of the KV cache, or that it is unknown."""
    if needs["kv_cache_bytes"] is None:
        return "KV cache unknown"
    return f"KV cache {needs['kv_cache_bytes'] / GIB:,.2f} GiB at {needs['context_length']:,} tokens"


def billing(found: Row) -> str:
    """Return how endpoints are billed, and from when the prices are."""
    read = max((row["observed_at"][:10] for row in found["instances"]), default=None)
    return "by the minute" + (f" at prices of {read}" if read else "")


def machines_text(machines: Sequence[Row], shown: int) -> str:
    """Return the first machines, or that no single one is enough."""
    if not machines:
        return "more than any single machine of the list holds"
    names = [f"{row['name']} {row['memory_bytes'] // 10**9} GB" for row in machines[:shown]]
    return "fits on " + ", ".join(names) + (f" and {len(machines) - shown} larger" if len(machines) > shown else "")
