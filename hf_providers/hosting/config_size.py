"""Count a model's parameters by arithmetic on its config.json: embeddings, attention, dense layers and experts.

Only the language model counts: towers for images and sound, and layers that predict further tokens, are left out, and
the result says so. Norms, biases and convolution kernels (below 1 %) are not counted. Only model types whose layers are
known here are counted; the tests compare with published sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention import model_type as type_of
from hf_providers.hosting.attention import searched
from hf_providers.hosting.attention.compressed import ratios_of
from hf_providers.hosting.attention.mamba import attention_and_mamba, nemotron_names
from hf_providers.hosting.attention.shape import FULL, LINEAR, SLIDING, head_dim, kinds, kv_heads
from hf_providers.hosting.config import TOWERS, Config, flag, marks, number


class Size(NamedTuple):
    """Parameters of a model."""

    total: int
    active: int | None
    """Those that one token uses; None for a model without experts."""
    embedding: int
    """Those of the input and output embeddings, which quantised files usually keep in 16 bits."""
    experts: int
    """Those of the routed experts, which MXFP4 files quantise alone."""
    left_out: str | None
    """What the file mentions and is not counted."""


class _Layer(NamedTuple):
    """Parameters of one layer's feed-forward part: all of them, those that a token uses, those of routed experts."""

    total: int
    active: int
    experts: int = 0


_PLAIN: Final = frozenset(
    {
        "llama", "mistral", "mixtral", "phi3", "gemma", "gemma2", "gemma3_text", "granite", "olmo2", "olmo3", "cohere",
        "cohere2", "glm", "glm4", "glm4_moe", "minimax_m2", "minimax_m3", "seed_oss", "smollm3", "qwen2", "qwen2_moe",
        "qwen3", "qwen3_moe", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text", "qwen3_vl_text",
        "qwen3_vl_moe_text", "mimo", "gpt_oss", "step3p7", "llama4_text", "exaone4", "apertus",
    }
)  # fmt: skip
_TIED: Final = frozenset({"gemma", "gemma2", "gemma3_text", "gemma4_text", "cohere", "cohere2"})
"""Types whose class shares input and output embeddings where the file does not say (transformers)."""
_LATENT: Final = ("deepseek_v2", "deepseek_v3", "kimi_k2", "glm4_moe_lite", "deepseek_v32", "glm_moe_dsa")
_GATED_DELTA: Final = ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text")
_WIDE_EXPERTS: Final = ("mixtral", "gpt_oss", "minimax_m2", "minimax_m3", "llama4_text")
"""Types whose experts have `intermediate_size`; those of the others have `moe_intermediate_size`."""
_ALWAYS_EXPERTS: Final = frozenset(
    {
        *_WIDE_EXPERTS, *_LATENT, "glm4_moe", "qwen2_moe", "qwen3_moe", "qwen3_vl_moe_text", "qwen3_next",
        "qwen3_5_moe_text", "kimi_linear", "deepseek_v4", "mimo_v2_flash", "step3p7",
    }
)  # fmt: skip
_MUST_STATE: Final = {
    **dict.fromkeys((*_LATENT, "glm4_moe", "kimi_linear"), ("first_k_dense_replace", "mlp_layer_types")),
    **dict.fromkeys(("mimo_v2_flash", "minimax_m3"), ("moe_layer_freq", "mlp_layer_types")),
    **dict.fromkeys(("qwen2_moe", "qwen3_next", "qwen3_5_moe_text"), ("shared_expert_intermediate_size",)),
    "llama4_text": ("interleave_moe_layer_step",),
}
"""Keys of which a type's file must state one: otherwise its class has a default that is not known here."""
_TWO_MATRICES: Final = frozenset({"nemotron_h", "starcoder2", "apertus"})
"""Types whose feed-forward part has no gate: two matrices, not three."""


def count(config: Config) -> Size:
    """Return a model's parameters.

    Raises:
        UnknownError: they can't be determined.
    """
    kind = type_of(config)
    attention = _ATTENTION.get(kind)
    if attention is None:
        raise UnknownError(f"the layers of model type {kind or '(none stated)'} are not known here")
    keys = _MUST_STATE.get(kind)
    if keys and all(config.text.get(key) is None for key in keys):
        raise UnknownError(f"{keys[0]} is not stated")
    layers = _feed_forward(config, kind)
    embedding = config.count("vocab_size") * config.count("hidden_size") * (1 if _tied(config, kind) else 2)
    rest = embedding + attention(config)
    total = rest + sum(layer.total for layer in layers)
    active = rest + sum(layer.active for layer in layers)
    experts = sum(layer.experts for layer in layers)
    return Size(total, active if active < total else None, embedding, experts, _left_out(config))


def _tied(config: Config, kind: str) -> bool:
    stated = config.flag("tie_word_embeddings")
    return kind in _TIED if stated is None else stated


def _left_out(config: Config) -> str | None:
    """Return in words what the file mentions but is not counted."""
    towers = any(isinstance(config.whole.get(key), dict) for key in TOWERS)
    more = config.maybe("num_nextn_predict_layers")
    ahead = "a layer that predicts" if more == 1 else f"{more} layers that predict"
    parts = ["its vision or audio tower"] * towers + [f"{ahead} further tokens"] * bool(more)
    return " and ".join(parts) or None


# Attention


def _grouped(config: Config) -> int:
    """Return the attention of layers that are all alike: queries, keys, values and output."""
    return config.layers * _one_grouped(config)


def _one_grouped(config: Config, of_keys: int | None = None) -> int:
    hidden, heads, size = config.count("hidden_size"), config.count("num_attention_heads"), head_dim(config)
    value = config.maybe("v_head_dim") or size
    gate = 2 if config.flag("attn_output_gate") else 1
    return hidden * (heads * size * gate + (of_keys or kv_heads(config)) * (size + value) + heads * value)


def _latent(config: Config) -> int:
    """Return latent attention in every layer, with the indexers where there are some."""
    return config.layers * _one_latent(config) + _indexers(config)


def _one_latent(config: Config) -> int:
    hidden, heads = config.count("hidden_size"), config.count("num_attention_heads")
    nope, rope, value = config.count("qk_nope_head_dim"), config.count("qk_rope_head_dim"), config.count("v_head_dim")
    compressed, queries = config.count("kv_lora_rank"), config.maybe("q_lora_rank")
    query = heads * (nope + rope)
    query = queries * (hidden + query) if queries else hidden * query
    return query + hidden * (compressed + rope) + compressed * heads * (nope + value) + heads * value * hidden


def _indexers(config: Config) -> int:
    size = config.maybe("index_head_dim")
    if not size:
        return 0
    heads, hidden = config.count("index_n_heads"), config.count("hidden_size")
    names = config.names("indexer_types")
    layers = names.count("full") if names else config.layers
    return layers * (config.count("q_lora_rank") * heads * size + hidden * (size + heads))


def _compressed(config: Config) -> int:
    """Return DeepSeek-V4's attention: low-rank queries and output, one key-value head, compressors and indexers."""
    hidden, heads, size = config.count("hidden_size"), config.count("num_attention_heads"), config.count("head_dim")
    queries, output, groups = config.count("q_lora_rank"), config.count("o_lora_rank"), config.count("o_groups")
    one = queries * (hidden + heads * size) + hidden * size + heads * size * output + groups * output * hidden
    index_size, index_heads = config.count("index_head_dim"), config.count("index_n_heads")
    index = queries * index_heads * index_size + hidden * index_heads + 4 * hidden * index_size
    per_ratio = {0: 0, 4: 4 * hidden * size + index, 128: 2 * hidden * size}
    return config.layers * one + sum(per_ratio[ratio] for ratio in ratios_of(config))


def _gated_delta(config: Config) -> int:
    """Return full attention and gated delta networks, by what each layer is."""
    names, layers = config.names("layer_types"), config.layers
    full = kinds(names, FULL, LINEAR)[FULL] if names else layers // (config.maybe("full_attention_interval") or 4)
    keys = config.count("linear_num_key_heads") * config.count("linear_key_head_dim")
    value_heads = config.count("linear_num_value_heads")
    values = value_heads * config.count("linear_value_head_dim")
    linear = config.count("hidden_size") * (2 * keys + 3 * values + 2 * value_heads)
    gated = config.count("hidden_size") * config.count("num_attention_heads") * head_dim(config)
    extra = 0 if config.flag("attn_output_gate") else gated  # Qwen3-Next has the gate and no key for it
    return full * (_one_grouped(config) + extra) + (layers - full) * linear


def _kimi_delta(config: Config) -> int:
    """Return latent attention and Kimi Delta Attention, by what each layer is."""
    stated, hidden = config.part("linear_attn_config"), config.count("hidden_size")
    full, linear = stated.get("full_attn_layers"), stated.get("kda_layers")
    if not isinstance(full, list) or not isinstance(linear, list) or len(full) + len(linear) != config.layers:
        raise UnknownError("linear_attn_config does not say which layers are linear")
    heads, size = (
        number(stated.get("num_heads"), "num_heads", 4_096),
        number(stated.get("head_dim"), "head_dim", 65_536),
    )
    inner = heads * size
    gate = hidden * inner if flag(stated.get("use_full_rank_gate"), "use_full_rank_gate") else size * (hidden + inner)
    one = 4 * hidden * inner + size * (hidden + inner) + gate + hidden * heads
    output_gate = hidden * config.count("num_attention_heads") * config.count("v_head_dim")
    gated = output_gate if config.flag("mla_use_output_gate") else 0
    return len(full) * (_one_latent(config) + gated) + len(linear) * one


def _mamba(config: Config) -> int:
    """Return Nemotron-H's attention and Mamba 2 layers."""
    full, linear = attention_and_mamba(config)
    inner = config.count("mamba_num_heads") * config.count("mamba_head_dim")
    groups = config.count("n_groups") * config.count("ssm_state_size")
    mamba = config.count("hidden_size") * (3 * inner + 2 * groups + config.count("mamba_num_heads"))
    return full * _one_grouped(config) + linear * mamba


def _gemma4(config: Config) -> int:
    """Return the attention of layers with a window and of full ones, whose heads have another size."""
    names = config.names("layer_types")
    if not names or config.maybe("num_kv_shared_layers") or config.maybe("hidden_size_per_layer_input"):
        raise UnknownError("layers with shared keys or embeddings of their own are not counted here")
    counted, hidden = kinds(names, FULL, SLIDING), config.count("hidden_size")
    size, heads = config.maybe("global_head_dim") or 512, config.count("num_attention_heads")
    same = config.flag("attention_k_eq_v")
    of_keys = (config.maybe("num_global_key_value_heads") if same else None) or config.count("num_key_value_heads")
    full = hidden * size * (2 * heads + of_keys * (1 if same else 2))
    return counted[FULL] * full + counted[SLIDING] * _one_grouped(config)


def _mimo(config: Config) -> int:
    """Return the attention of MiMo-V2's full layers and of those with a window."""
    sliding = sum(config.marks("hybrid_layer_pattern", config.layers))
    windowed = _one_grouped(config, config.count("swa_num_key_value_heads"))
    return (config.layers - sliding) * _one_grouped(config) + sliding * windowed


def _searched(config: Config) -> int:
    """Return the attention of layers found by search."""
    heads = [searched.kv_heads(config, block) for block in searched.blocks_of(config)]
    return sum(_one_grouped(config, count) for count in heads if count)


_ATTENTION: Final = {
    **dict.fromkeys(_PLAIN, _grouped),
    **dict.fromkeys(_LATENT, _latent),
    **dict.fromkeys(_GATED_DELTA, _gated_delta),
    "deepseek_v4": _compressed,
    "kimi_linear": _kimi_delta,
    "nemotron_h": _mamba,
    "gemma4_text": _gemma4,
    "mimo_v2_flash": _mimo,
    "nemotron-nas": _searched,
}
"""The parameters of all layers' attention, by model type."""


# Feed-forward parts


def _feed_forward(config: Config, kind: str) -> list[_Layer]:
    """Return the feed-forward part of each layer."""
    if kind == "nemotron-nas":
        return [_searched_dense(config, block) for block in searched.blocks_of(config)]
    if kind == "nemotron_h":
        return _nemotron_layers(config)
    sparse = _sparse_layers(config, kind)
    dense, experts = _dense(config, kind), _experts(config, kind) if any(sparse) else None
    if experts is None:
        return [_Layer(dense, dense)] * config.layers
    if kind == "gemma4_text":
        return [_Layer(dense + experts.total, dense + experts.active, experts.experts)] * config.layers
    return [experts if mark else _Layer(dense, dense) for mark in sparse]


def _matrices(kind: str) -> int:
    return 2 if kind in _TWO_MATRICES else 3


def _dense(config: Config, kind: str) -> int:
    """Return the parameters of a dense layer's feed-forward part."""
    width = config.maybe("intermediate_size_mlp", "dense_intermediate_size")
    if width is None:
        stated = config.text.get("intermediate_size")
        width = number(stated, "intermediate_size", 4_000_000) if stated is not None else 0
    if not width and not all(_sparse_layers(config, kind)):
        raise UnknownError("intermediate_size is not stated")
    return _matrices(kind) * config.count("hidden_size") * width


def _expert_count(config: Config, kind: str) -> int:
    """Return the routed experts of a layer; 0 for a model without."""
    stated = config.maybe("n_routed_experts", "num_local_experts", "num_experts", "moe_num_experts") or 0
    if not stated and (kind in _ALWAYS_EXPERTS or config.flag("enable_moe_block")):
        raise UnknownError("the number of experts is not stated")
    return stated


def _sparse_layers(config: Config, kind: str) -> list[bool]:
    """Return for each layer whether it has experts."""
    layers = config.layers
    if not _expert_count(config, kind) or config.flag("enable_moe_block") is False:
        return [False] * layers
    names = config.names("mlp_layer_types")
    if names:
        return [name == "sparse" for name in names]
    frequency = config.text.get("moe_layer_freq")
    if isinstance(frequency, list):
        return [bool(mark) for mark in marks(frequency, "moe_layer_freq", layers)]
    first, step = config.maybe("first_k_dense_replace", "num_dense_layers") or 0, _step(config)
    only_dense = config.text.get("mlp_only_layers") or []
    if not isinstance(only_dense, list):
        raise UnknownError("mlp_only_layers is no list of layers")
    return [layer >= first and (layer + 1) % step == 0 and layer not in only_dense for layer in range(layers)]


def _step(config: Config) -> int:
    """Return the interval of the layers with experts: 2 is every second layer."""
    step = config.maybe("interleave_moe_layer_step", "decoder_sparse_step")
    frequency = config.text.get("moe_layer_freq")
    every = number(frequency, "moe_layer_freq", 2_000) if frequency is not None else step
    if every == 0:
        raise UnknownError("experts in every 0th layer are none that any model has")
    return every or 1


def _experts(config: Config, kind: str) -> _Layer:
    """Return the parameters of a layer with experts: router, routed and shared ones."""
    hidden, experts = config.count("hidden_size"), _expert_count(config, kind)
    if kind in _WIDE_EXPERTS and config.maybe("moe_intermediate_size") is None:
        width = number(config.text.get("intermediate_size"), "intermediate_size", 4_000_000)
    else:
        width = config.count("moe_intermediate_size")
    used = config.count("num_experts_per_tok", "num_experts_per_token", "experts_per_token", "top_k_experts", "moe_k")
    if used > experts:
        raise UnknownError("a token uses more experts than there are")
    narrow = config.maybe("moe_latent_size", "routed_expert_hidden_size")
    one = _matrices(kind) * (narrow or hidden) * width
    fixed = hidden * experts + _shared(config, kind, width) + (2 * hidden * narrow if narrow else 0)
    return _Layer(fixed + experts * one, fixed + used * one, experts * one)


def _shared(config: Config, kind: str, width: int) -> int:
    """Return the parameters of the experts that every token uses."""
    stated = config.maybe(
        "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "shared_intermediate_size",
        "share_expert_dim",
    )  # fmt: skip
    if stated is None and kind == "llama4_text":
        stated = width
    if stated is None:
        stated = (config.maybe("n_shared_experts", "num_shared_experts") or 0) * width
    return _matrices(kind) * config.count("hidden_size") * stated


def _nemotron_layers(config: Config) -> list[_Layer]:
    """Return Nemotron-H's layers that are a feed-forward part: each of its layers is one thing."""
    names = nemotron_names(config)
    dense, sparse = names.count("mlp"), names.count("moe")
    parts = [_Layer(*[_dense(config, "nemotron_h")] * 2)] * dense if dense else []
    return parts + ([_experts(config, "nemotron_h")] * sparse if sparse else [])


def _searched_dense(config: Config, block: Mapping[str, Any]) -> _Layer:
    """Return the feed-forward part of a layer found by search: ffn_mult x 2/3 of the width, up to a multiple of 256."""
    stated = block.get("ffn") if isinstance(block, dict) else None
    if not isinstance(stated, dict) or stated.get("replace_with_linear") is True:
        raise UnknownError("block_configs says nothing of a layer's feed-forward part that is known here")
    if stated.get("no_op") is True:
        return _Layer(0, 0)
    factor, hidden = stated.get("ffn_mult"), config.count("hidden_size")
    if not isinstance(factor, int | float) or isinstance(factor, bool) or not 0 < factor <= 64:
        raise UnknownError("ffn_mult is no plausible number")
    width = -(-int(2 * factor * hidden / 3) // 256) * 256
    return _Layer(3 * hidden * width, 3 * hidden * width)
