"""Architectures: what a model's `config.json` says of layers, heads, experts and windows.

`GET /{id}/resolve/main/config.json`. What the file states is kept as it is. How many layers hold keys and values, and
which, is told only for model types whose cache is known here; of any other one it stays NULL with a reason. What a file
leaves out is filled in only where the type's configuration class in transformers documents what its absence means.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from hf_providers.hub import Hub, Tally
from hf_providers.hub.text import clean

NAME = "architectures"

Row = dict[str, Any]
Config = Mapping[str, Any]

_STATED: Final[dict[str, tuple[str, ...]]] = {
    "layers": ("num_hidden_layers",),
    "hidden_size": ("hidden_size",),
    "attention_heads": ("num_attention_heads",),
    "kv_heads": ("num_key_value_heads",),
    "head_dim": ("head_dim", "attention_head_dim"),
    "experts": ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"),
    "active_experts": ("num_experts_per_tok", "experts_per_token", "moe_k"),
    "kv_lora_rank": ("kv_lora_rank",),
    "qk_rope_head_dim": ("qk_rope_head_dim",),
    "max_positions": ("max_position_embeddings",),
}
"""Our columns, and the keys of config.json that state them, the first one found counting."""

_NESTED: Final = ("text_config", "llm_config", "language_config")
"""Where a model of several modalities keeps its language model."""

_GEMMA3: Final = {
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "max_position_embeddings": 131_072,
}
_DEFAULTS: Final[dict[str, Config]] = {"gemma3_text": _GEMMA3}
"""What the class says of a key that a published file leaves out (transformers, `Gemma3TextConfig`)."""

_KV_HEADS_ARE_HEADS: Final = frozenset({"llama", "phi3", "cohere", "olmo2", "granite"})
"""Types of which a missing `num_key_value_heads` means one KV head a head."""
_HEAD_DIM_DIVIDES: Final = _KV_HEADS_ARE_HEADS | {
    "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text",
    "starcoder2", "cohere2", "granitemoe", "granitemoehybrid", "jamba", "bamba", "lfm2", "lfm2_moe",
}  # fmt: skip
"""Types of which a missing `head_dim` means hidden size / heads."""

_NOT_MODELLED: Final = (
    "num_kv_shared_layers", "use_cla", "index_head_dim", "global_head_dim", "num_global_key_value_heads",
    "cross_attention_layers",
)  # fmt: skip
"""Keys that change what the cache holds in ways that the columns can't tell."""

_LAYER_KINDS: Final = {
    "full_attention": "full",
    "attention": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "sliding",
    "linear_attention": "linear",
    "mamba": "linear",
    "conv": "linear",
}


class _UnknownCacheError(Exception):
    """Why it can't be told what the cache holds."""


class _Layers(NamedTuple):
    full: int
    sliding: int = 0
    linear: int = 0


Rule = Callable[[Config, int], _Layers]


def fetch(hub: Hub, model_id: str, tally: Tally) -> Row:
    """Return what a model's config.json says, as `parse` gives it.

    Raises:
        HubError: there is no such file, the model is gated, or the file could not be had.
    """
    return hub.fetch(f"/{model_id}/resolve/main/config.json", None, parse, tally=tally)


def absent() -> Row:
    """Return what is known of a model without a config.json."""
    return _facts({}, {}) | {"reason": "there is no config.json"}


def row(model_id: str, sha: str | None, facts: Row, observed_at: datetime) -> Row:
    """Return the row of `architectures` of a model: `facts` are from `parse`, `sha` is the commit they were read at."""
    return {"model_id": model_id, "sha": sha, **facts, "observed_at": observed_at}


def parse(body: bytes) -> Row:
    """Return what a config.json says; where the cache can't be told, `reason` says why and its columns are None."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        whole = None
    if not isinstance(whole, dict):
        return _facts({}, {}) | {"reason": "config.json is not a JSON object"}
    nested = next((whole[key] for key in _NESTED if isinstance(whole.get(key), dict)), whole)
    model_type = _text(nested.get("model_type"))
    config = {**_DEFAULTS.get(model_type or "", {}), **nested}
    facts = _facts(whole, config)
    try:
        return facts | _cache(config, facts)
    except _UnknownCacheError as unknown:
        return facts | {"reason": clean(str(unknown), 200)}


def _facts(whole: Config, config: Config) -> Row:
    """Return the columns that the file states, those about the cache still None."""
    quantization = _first_of("quantization_config", config, whole)
    method = quantization.get("quant_method") if isinstance(quantization, dict) else None
    dtype = _text(config.get("dtype")) or _text(config.get("torch_dtype"))
    return {
        "model_type": _text(config.get("model_type")),
        **{column: _number(config, keys) for column, keys in _STATED.items()},
        "full_attention_layers": None,
        "sliding_attention_layers": None,
        "linear_attention_layers": None,
        "sliding_window": None,
        "dtype": dtype or _text(whole.get("dtype")) or _text(whole.get("torch_dtype")),
        "quantization": _text(method),
        "reason": None,
    }


def _first_of(key: str, *configs: Config) -> Any:
    return next((config[key] for config in configs if config.get(key) is not None), None)


def _text(value: Any) -> str | None:
    return clean(value, 100) or None if isinstance(value, str) else None


def _number(config: Config, keys: tuple[str, ...]) -> int | None:
    """Return the first of the keys that holds a count; 0 experts are a count, other zeros say nothing."""
    for key in keys:
        value = config.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9:
            return value if value or "experts" in key else None
    return None


def _cache(config: Config, facts: Row) -> Row:
    """Return the columns that say what the KV cache holds."""
    model_type, layers = facts["model_type"], facts["layers"]
    rule = _RULES.get(model_type or "")
    if rule is None:
        raise _UnknownCacheError(f"the cache of model type {model_type or '(none stated)'} is not known here")
    if layers is None:
        raise _UnknownCacheError("num_hidden_layers is not stated")
    if odd := next((key for key in _NOT_MODELLED if config.get(key)), None):
        raise _UnknownCacheError(f"{odd} changes what the cache holds, which is not modelled")
    counted = _counted(config["layer_types"], layers) if config.get("layer_types") else rule(config, layers)
    window = _number(config, ("attention_chunk_size" if model_type == "llama4_text" else "sliding_window",))
    if counted.sliding and window is None:
        raise _UnknownCacheError("layers have a window, but its size is not stated")
    return {
        "full_attention_layers": counted.full,
        "sliding_attention_layers": counted.sliding,
        "linear_attention_layers": counted.linear,
        "sliding_window": window if counted.sliding else None,
        **_heads(model_type, facts),
    }


def _heads(model_type: str, facts: Row) -> Row:
    """Return KV heads and their size, or nothing new where a compressed vector stands for all heads."""
    if _RULES[model_type] is _latent:
        if facts["kv_lora_rank"] is None or facts["qk_rope_head_dim"] is None:
            raise _UnknownCacheError("kv_lora_rank and qk_rope_head_dim are not stated")
        return {}
    heads, kv_heads, head_dim = facts["attention_heads"], facts["kv_heads"], facts["head_dim"]
    if kv_heads is None and model_type in _KV_HEADS_ARE_HEADS:
        kv_heads = heads
    if head_dim is None and model_type in _HEAD_DIM_DIVIDES and facts["hidden_size"] and heads:
        head_dim, rest = divmod(facts["hidden_size"], heads)
        head_dim = None if rest else head_dim
    if kv_heads is None or head_dim is None:
        raise _UnknownCacheError("the number or the size of KV heads is not stated")
    return {"kv_heads": kv_heads, "head_dim": head_dim}


def _counted(names: Any, layers: int) -> _Layers:
    """Return the layers of a list with a name for each."""
    if not isinstance(names, list) or len(names) != layers:
        raise _UnknownCacheError(f"the list of layer types does not name {layers} layers")
    if odd := next((name for name in names if not isinstance(name, str) or name not in _LAYER_KINDS), None):
        raise _UnknownCacheError(f"layer type {odd!r} is not known here")
    counts = Counter(_LAYER_KINDS[name] for name in names)
    return _Layers(counts["full"], counts["sliding"], counts["linear"])


def _full(_config: Config, layers: int) -> _Layers:
    return _Layers(layers)


def _latent(_config: Config, layers: int) -> _Layers:
    """Multi-head latent attention in every layer."""
    return _Layers(layers)


def _windowed(config: Config, layers: int) -> _Layers:
    """A window in every layer, where one is stated."""
    return _Layers(0, layers) if config.get("sliding_window") is not None else _Layers(layers)


def _switched(config: Config, layers: int) -> _Layers:
    """A window only where it is switched on; which layers then have it differs by type and version."""
    if config.get("use_sliding_window"):
        raise _UnknownCacheError("use_sliding_window is on, but layer_types does not say where")
    return _Layers(layers)


def _listed(_config: Config, layers: int) -> _Layers:
    raise _UnknownCacheError(f"layer_types does not say what the {layers} layers are")


def _every(default: int, *keys: str, others: str = "sliding") -> Rule:
    """Return the rule by which each nth layer has full attention, the others a window, or nothing that grows."""

    def rule(config: Config, layers: int) -> _Layers:
        full = layers // (_number(config, keys) or default)
        return _Layers(full, layers - full) if others == "sliding" else _Layers(full, 0, layers - full)

    return rule


def _llama4(config: Config, layers: int) -> _Layers:
    """Layers with rotary positions (1) attend within a chunk, those without (0) to everything; by default every 4th."""
    marks = config.get("no_rope_layers")
    if not marks:
        return _every(4, "no_rope_layer_interval")(config, layers)
    return _counted(["chunked_attention" if mark else "full_attention" for mark in marks], layers)


def _jamba(config: Config, layers: int) -> _Layers:
    period, offset = _number(config, ("attn_layer_period",)), config.get("attn_layer_offset")
    if period is None or not isinstance(offset, int) or not 0 <= offset < period:
        raise _UnknownCacheError("attn_layer_period and attn_layer_offset do not say which layers have attention")
    full = len(range(offset, layers, period))
    return _Layers(full, 0, layers - full)


def _indices(key: str) -> Rule:
    """Return the rule by which a list of places names the layers with attention."""

    def rule(config: Config, layers: int) -> _Layers:
        places = config.get(key)
        if not isinstance(places, list) or not all(isinstance(place, int) and 0 <= place < layers for place in places):
            raise _UnknownCacheError(f"{key} does not say which layers have attention")
        full = len(set(places))
        return _Layers(full, 0, layers - full)

    return rule


def _nemotron(config: Config, layers: int) -> _Layers:
    """One letter a layer: M Mamba, * attention, - a dense and E a sparse MLP, which hold nothing."""
    pattern = config.get("hybrid_override_pattern")
    if not isinstance(pattern, str) or len(pattern) != layers or set(pattern) - set("M*-E"):
        raise _UnknownCacheError(f"hybrid_override_pattern does not say what the {layers} layers are")
    return _Layers(pattern.count("*"), 0, pattern.count("M"))


def _minimax(config: Config, layers: int) -> _Layers:
    """1 for a layer with full attention, 0 for one with linear attention."""
    marks = config.get("attn_type_list")
    if not isinstance(marks, list) or set(map(repr, marks)) - {"0", "1"}:
        raise _UnknownCacheError("attn_type_list does not say which layers have full attention")
    return _counted(["full_attention" if mark else "linear_attention" for mark in marks], layers)


_RULES: Final[dict[str, Rule]] = {
    **dict.fromkeys(
        (
            "llama", "gemma", "granite", "granitemoe", "olmo2", "cohere", "glm", "glm4", "glm4_moe", "glm4v_text",
            "glm4v_moe_text", "minimax_m2", "ernie4_5", "ernie4_5_moe", "seed_oss", "smollm3", "apertus", "falcon_h1",
        ),
        _full,
    ),
    **dict.fromkeys(("deepseek_v2", "deepseek_v3", "kimi_k2", "glm4_moe_lite"), _latent),
    **dict.fromkeys(("mistral", "mixtral", "phi3", "starcoder2"), _windowed),
    **dict.fromkeys(
        (
            "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text",
            "qwen3_vl_text", "qwen3_vl_moe_text",
        ),
        _switched,
    ),
    **dict.fromkeys(("gpt_oss", "olmo3", "exaone4", "granitemoehybrid", "lfm2_moe", "minimax"), _listed),
    **dict.fromkeys(
        ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text"), _every(4, "full_attention_interval", others="linear")
    ),
    "gemma2": _every(2),
    "gemma3_text": _every(6, "sliding_window_pattern", "_sliding_window_pattern"),
    "cohere2": _every(4, "sliding_window_pattern", "_sliding_window_pattern"),
    "llama4_text": _llama4,
    "jamba": _jamba,
    "bamba": _indices("attn_layer_indices"),
    "lfm2": _indices("full_attn_idxs"),
    "nemotron_h": _nemotron,
    **dict.fromkeys(("minimax_m1", "MiniMaxM1", "minimax_text_01", "MiniMaxText01"), _minimax),
}  # fmt: skip
"""How the layers of each known model type hold keys and values, where `layer_types` does not say it of each."""
