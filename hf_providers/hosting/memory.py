"""Estimate what fits: bytes of the KV cache, of everything together, and of a machine, with all inputs.

Bytes are whole numbers. GB is 10^9 and GiB is 2^30 bytes, and every output says which. Every answer imports this:
standard library only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import ArchitectureRow
    from hf_providers.hosting.estimate_types import Fit

GB = 10**9
GIB = 2**30

USABLE_SHARE_PCT = 90
"""The share of an accelerator's memory that a server uses: vLLM's default `gpu_memory_utilization`, 0.9."""
OVERHEAD_BYTES = GB
"""Left for activations and buffers, on each accelerator: a margin of this project, not a measurement."""


class Cache:
    """The memory of some sequences' context: `lower`, `upper` and `state` in bytes."""

    def __init__(self, lower: int, upper: int, state: int) -> None:
        """Keep the numbers.

        Args:
            lower: Keys and values, where layers with a window keep a window.
            upper: The same, where an engine reserves the whole context for them.
            state: Recurrent state, the same at any context.
        """
        self.lower, self.upper, self.state = lower, upper, state


def cache(
    architecture: ArchitectureRow, context_length: int, *, batch: int = 1, bytes_per_value: int = 2
) -> Cache | None:
    """Return the memory of `batch` sequences; None if the architecture is not known well enough.

    Args:
        architecture: A row of `architectures`.
        context_length: Tokens of one sequence.
        batch: Sequences held at a time.
        bytes_per_value: 2 for a 16-bit cache, 1 for an 8-bit one.

    Raises:
        ValueError: a number is not positive.
    """
    if min(context_length, batch, bytes_per_value) < 1:
        raise ValueError("context, batch and bytes per value must be at least 1")
    values = architecture.get("kv_values")
    if not values:
        return None
    index, index_upper = architecture.get("index_bytes") or {}, architecture.get("index_bytes_upper") or {}
    lower = sum(kept(rule, context_length) * count for rule, count in values.items()) * bytes_per_value
    upper = sum(kept(rule, context_length, windows=False) * count for rule, count in values.items()) * bytes_per_value
    lower += sum(kept(rule, context_length) * count for rule, count in index.items())
    upper += sum(kept(rule, context_length) * count for rule, count in index_upper.items())
    return Cache(lower * batch, max(lower, upper) * batch, (architecture.get("state_bytes") or 0) * batch)


def kept(rule: str, context_length: int, *, windows: bool = True) -> int:
    """Return the number of tokens of which something is kept.

    Args:
        rule: "all", "last N" (a window) or "one in N" (groups), as `architectures.kv_values` has them.
        context_length: Tokens of the sequence.
        windows: Whether a window keeps its tokens only, or is reserved whole.
    """
    if rule == "all":
        return context_length
    what, _, number = rule.rpartition(" ")
    if what == "last":
        return min(context_length, int(number)) if windows else context_length
    return context_length // int(number)


def fits(
    weights: int | None,
    kv_cache: int | None,
    memory_bytes: int,
    *,
    devices: int = 1,
    usable_share_pct: int = USABLE_SHARE_PCT,
    overhead_bytes: int = OVERHEAD_BYTES,
) -> Fit:
    """Return whether weights and KV cache fit, as `fits`, with every number used.

    `fits` is None if unknown: the weights are unknown, or they fit and the KV cache is unknown.

    Args:
        weights: Bytes of the weights.
        kv_cache: Bytes of the KV cache and the state.
        memory_bytes: Memory of all devices together.
        devices: How many devices share the model.
        usable_share_pct: Percent of the memory that may be used.
        overhead_bytes: Left free for the rest, on each device.
    """
    usable = memory_bytes * usable_share_pct // 100
    least = (weights or 0) + (kv_cache or 0) + devices * overhead_bytes
    verdict = None if weights is None or kv_cache is None else least <= usable
    return {
        "fits": False if least > usable else verdict,
        "needed_bytes": None if weights is None or kv_cache is None else least,
        "usable_bytes": usable,
        "memory_bytes": memory_bytes,
        "usable_share_pct": usable_share_pct,
        "overhead_bytes": devices * overhead_bytes,
    }
