"""Describe what a model keeps of the tokens it has read, in one form for every family of attention.

A layer keeps some values of each token, and it keeps them of the whole context ("all"), of the last tokens only
("last 128", a window) or of groups of tokens ("one in 4", compressed). Summed over the layers that is enough to count
bytes at any context.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from hf_providers.errors import UnknownError
from hf_providers.hosting.config import Config

ALL = "all"

FULL = frozenset({"full_attention", "attention", "global_attention"})
SLIDING = frozenset({"sliding_attention", "local_attention", "sliding_window_attention"})
CHUNKED = frozenset({"chunked_attention"})
LINEAR = frozenset({"linear_attention", "mamba", "conv", "short_conv"})


class Cache(NamedTuple):
    """What one sequence keeps."""

    full: int
    """Layers that keep something of the whole context."""
    sliding: int
    """Layers that keep at most a window."""
    linear: int
    """Layers that keep a state of fixed size."""
    window: int | None
    """Tokens of the window, where layers have one."""
    kv_values: dict[str, int]
    """Values of keys and values that a token adds, summed over the layers, by which tokens are kept."""
    index_bytes: dict[str, int]
    """Bytes of index keys (sparse attention) that a token adds, as the reference implementation keeps them."""
    index_bytes_upper: dict[str, int]
    """The same in 16 bits, and in every layer that an engine may give an indexer."""
    state_bytes: int
    """Bytes of recurrent state, the same at any context."""


def cache(
    *,
    full: int = 0,
    sliding: int = 0,
    linear: int = 0,
    window: int | None = None,
    values: int = 0,
    sliding_values: int | None = None,
    state_bytes: int = 0,
) -> Cache:
    """Return the cache of layers that keep everything, a window, or a state.

    Args:
        full: Layers that keep the whole context.
        sliding: Layers that keep a window.
        linear: Layers with a state.
        window: Tokens of the window.
        values: Values of keys and values of one token in one full layer.
        sliding_values: The same of a layer with a window; None is as many.
        state_bytes: Bytes of all states.

    Raises:
        UnknownError: no layer has attention, or some have a window whose size is not stated.
    """
    if not full and not sliding:
        raise UnknownError("no layer is said to have attention")
    if sliding and not window:
        raise UnknownError("layers have a window, but its size is not stated")
    kept = {}
    if full:
        kept[ALL] = full * values
    if sliding:
        kept[f"last {window}"] = sliding * (values if sliding_values is None else sliding_values)
    return Cache(full, sliding, linear, window if sliding else None, kept, {}, {}, state_bytes)


def kinds(names: list[str], *allowed: frozenset[str]) -> Counter[frozenset[str]]:
    """Return how many layers are of each allowed kind.

    Raises:
        UnknownError: a layer is of another kind.
    """
    counted: Counter[frozenset[str]] = Counter()
    for name in names:
        kind = next((kind for kind in allowed if name in kind), None)
        if kind is None:
            raise UnknownError(f"layer type {name!r} is not known here")
        counted[kind] += 1
    return counted


KV_HEADS_ARE_HEADS = frozenset({"llama", "phi3", "cohere", "olmo", "olmo2", "olmo3", "granite"})
"""Types of which an absent `num_key_value_heads` means one KV head a head; the others' classes have a number for it."""
HEAD_DIM_DIVIDES = KV_HEADS_ARE_HEADS | {
    "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text",
    "starcoder2", "cohere2", "granitemoe", "granitemoehybrid", "jamba", "bamba", "lfm2", "lfm2_moe", "smollm3",
    "stablelm", "nemotron-nas", "apertus", "exaone4", "ernie4_5_moe", "olmoe", "phimoe", "granitemoeshared",
}  # fmt: skip
"""Types of which an absent `head_dim` means hidden size / heads; the others' classes have a number for it."""


def kv_values(config: Config) -> int:
    """Return the values of keys and values of one token in one layer: KV heads x (size of a key + of a value).

    Raises:
        UnknownError: the number or the size of KV heads is not stated.
    """
    size = head_dim(config)
    return kv_heads(config) * (size + (config.maybe("v_head_dim") or size))


def kv_heads(config: Config) -> int:
    """Return the number of KV heads of a layer.

    Raises:
        UnknownError: it is not stated, or more than there are heads.
    """
    heads = config.maybe("num_key_value_heads", "num_attention_groups")
    if heads is None and config.model_type in KV_HEADS_ARE_HEADS:
        heads = config.maybe("num_attention_heads")
    if not heads:
        raise UnknownError("the number of KV heads is not stated")
    if heads > (config.maybe("num_attention_heads") or heads):
        raise UnknownError(f"{heads} KV heads are more than there are heads")
    return heads


def head_dim(config: Config) -> int:
    """Return the size of a head: as stated, or hidden size / heads for types of which an absent one means that.

    Raises:
        UnknownError: it can't be determined.
    """
    stated = config.maybe("head_dim", "attention_head_dim")
    if stated:
        return stated
    hidden, heads = config.maybe("hidden_size"), config.maybe("num_attention_heads")
    if config.model_type not in HEAD_DIM_DIVIDES or not hidden or not heads or hidden % heads:
        raise UnknownError("the size of KV heads is not stated")
    return hidden // heads


def state_width(config: Config, *keys: str) -> int:
    """Return bytes of a value of the recurrent state: as config.json states, or else 4.

    32 bits are what llama.cpp keeps ("R (f32), S (f32)" in its logs) and what most files that say it state.

    Raises:
        UnknownError: the stated type is not known here.
    """
    stated = next((config.text[key] for key in keys if config.text.get(key)), "float32")
    widths = {"float32": 4, "bfloat16": 2, "float16": 2}
    if not isinstance(stated, str) or stated not in widths:
        raise UnknownError(f"{keys[0]} is of no known type")
    return widths[stated]
