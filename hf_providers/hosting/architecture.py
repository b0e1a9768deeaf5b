"""Read a model's `config.json` into a row of `architectures`: its layers, and what follows for its memory.

Stated values are kept as they are. The cache and the number of parameters are computed by the rules of this package;
where no rule is known they are None, with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hf_providers.errors import UnknownError
from hf_providers.hosting import attention, config_size, quantization
from hf_providers.hosting.config import Config, kept, read
from hf_providers.text import clean

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import ArchitectureRow

_STATED: Final[dict[str, tuple[str, ...]]] = {
    "layers": ("num_hidden_layers",),
    "hidden_size": ("hidden_size",),
    "attention_heads": ("num_attention_heads",),
    "kv_heads": ("num_key_value_heads",),
    "head_dim": ("head_dim", "attention_head_dim"),
    "experts": ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"),
    "active_experts": ("num_experts_per_tok", "num_experts_per_token", "experts_per_token", "top_k_experts", "moe_k"),
    "kv_lora_rank": ("kv_lora_rank",),
    "qk_rope_head_dim": ("qk_rope_head_dim",),
    "max_positions": ("max_position_embeddings",),
}
"""Our columns, and the keys of config.json that state them; the first one present counts."""

_EMPTY: Final[Any] = dict.fromkeys(
    (
        "model_type", *_STATED, "full_attention_layers", "sliding_attention_layers", "linear_attention_layers",
        "sliding_window", "dtype", "quantization", "quantization_bits", "quantization_group_size", "kv_values",
        "index_bytes", "index_bytes_upper", "state_bytes", "config_parameters", "config_active_parameters",
        "embedding_parameters", "expert_parameters", "left_out", "config", "reason",
    )
)  # fmt: skip

MAX_REASON: Final = 200


def absent() -> ArchitectureRow:
    """Return the row of a model without a config.json."""
    return {**_empty(), "reason": "there is no config.json"}


def parse(body: bytes) -> ArchitectureRow:
    """Return what a config.json says.

    If the cache is unknown, `reason` says why and its columns are None; those of a broken or implausible file
    are all None.
    """
    try:
        config = read(body)
    except UnknownError as unknown:
        return {**_empty(), "reason": clean(str(unknown))[:MAX_REASON]}
    facts: ArchitectureRow = {**_empty(), **_stated(config), **_size(config)}
    try:
        return {**facts, **_cache(config)}
    except UnknownError as unknown:
        return {**facts, "reason": clean(str(unknown))[:MAX_REASON]}


def _empty() -> ArchitectureRow:
    empty: ArchitectureRow = _EMPTY  # by name, each None
    return empty


def _stated(config: Config) -> ArchitectureRow:
    """Return the columns that the file states."""
    how = quantization.stated(config)
    by_name: Any = {column: config.maybe(*keys) for column, keys in _STATED.items()}
    numbers: ArchitectureRow = by_name
    return {
        "model_type": config.model_type or None,
        **numbers,
        "dtype": _dtype(config),
        "quantization": how.method,
        "quantization_bits": how.bits,
        "quantization_group_size": how.group_size,
        "config": kept(config, quantization.words(how)),
    }


def _dtype(config: Config) -> str | None:
    """Return the data type of the weights, the language model's own first."""
    values = (part.get(key) for part in (config.text, config.whole) for key in ("dtype", "torch_dtype"))
    return next((clean(value)[:100] for value in values if isinstance(value, str) and value), None)


def _size(config: Config) -> ArchitectureRow:
    """Return the parameters by arithmetic; None if they can't be computed."""
    try:
        size = config_size.count(config)
    except UnknownError:
        return {}
    return {
        "config_parameters": size.total,
        "config_active_parameters": size.active,
        "embedding_parameters": size.embedding,
        "expert_parameters": size.experts,
        "left_out": size.left_out,
    }


def _cache(config: Config) -> ArchitectureRow:
    """Return the columns that say what the KV cache holds."""
    held = attention.cache(config)
    return {
        "full_attention_layers": held.full,
        "sliding_attention_layers": held.sliding,
        "linear_attention_layers": held.linear,
        "sliding_window": held.window,
        "kv_values": held.kv_values,
        "index_bytes": held.index_bytes or None,
        "index_bytes_upper": held.index_bytes_upper or None,
        "state_bytes": held.state_bytes,
    }
