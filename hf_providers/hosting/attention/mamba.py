"""Mamba layers beside attention (Nemotron-H and 3, Falcon-H1, Jamba, Bamba, Granite 4): a fixed state a Mamba layer.

Mamba 2: heads x head size x state size, and the last inputs of the convolution: (heads x head size + 2 x groups x
state size) x (kernel - 1). Mamba 1 (Jamba): inner width x state size, and inner width x (kernel - 1). The state is
counted in 32 bits unless stated, the inputs in 16. In Falcon-H1 every layer has both, attention and Mamba.

Source: Dao and Gu, https://arxiv.org/abs/2405.21060; `mamba2_state_shape` and `mamba1_state_shape` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/layers/mamba/mamba_utils.py
Config: hybrid_override_pattern or layers_block_type (Nemotron), layer_types (Granite), attn_layer_period and
attn_layer_offset (Jamba), attn_layer_indices (Bamba); mamba_num_heads, mamba_head_dim, ssm_state_size, n_groups,
conv_kernel (Nemotron), or mamba_n_heads, mamba_d_head, mamba_d_state, mamba_n_groups, mamba_d_conv.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import FULL, LINEAR, Cache, cache, kinds, kv_values, state_width
from hf_providers.hosting.config import Config

TYPES = ("nemotron_h", "falcon_h1", "jamba", "bamba", "granitemoehybrid")

_HOLDS_NOTHING = frozenset({"moe", "mlp"})
_LETTERS = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}
"""The letters of `hybrid_override_pattern`, one a layer."""


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    full, linear = attention_and_mamba(config)
    state = linear * (_mamba1_state(config) if config.model_type == "jamba" else _mamba2_state(config))
    values = kv_values(config) if full else 0
    return cache(full=full, linear=linear, values=values, state_bytes=state)


def attention_and_mamba(config: Config) -> tuple[int, int]:
    """Return how many layers have attention, and how many Mamba.

    Raises:
        UnknownError: it can't be determined.
    """
    return _LAYERS[config.model_type](config)


def _nemotron(config: Config) -> tuple[int, int]:
    counted = kinds(nemotron_names(config), FULL, LINEAR, _HOLDS_NOTHING)
    return counted[FULL], counted[LINEAR]


def nemotron_names(config: Config) -> list[str]:
    """Return what each layer of Nemotron-H is, in the names of `layers_block_type`.

    Raises:
        UnknownError: the file does not say it of each layer.
    """
    names = config.names("layers_block_type")
    if names:
        return names
    pattern = config.text.get("hybrid_override_pattern")
    if not isinstance(pattern, str) or len(pattern) != config.layers or set(pattern) - set(_LETTERS):
        raise UnknownError(f"hybrid_override_pattern does not say what the {config.layers} layers are")
    return [_LETTERS[letter] for letter in pattern]


def _falcon(config: Config) -> tuple[int, int]:
    return config.layers, config.layers


def _jamba(config: Config) -> tuple[int, int]:
    period, offset = config.count("attn_layer_period"), config.count("attn_layer_offset", least=0)
    if offset >= period:
        raise UnknownError("attn_layer_period and attn_layer_offset do not say which layers have attention")
    full = len(range(offset, config.layers, period))
    return full, config.layers - full


def _bamba(config: Config) -> tuple[int, int]:
    places = config.text.get("attn_layer_indices")
    if not isinstance(places, list) or any(type(p) is not int or not 0 <= p < config.layers for p in places):
        raise UnknownError("attn_layer_indices does not say which layers have attention")
    full = len(set(places))
    return full, config.layers - full


def _granite(config: Config) -> tuple[int, int]:
    names = config.names("layer_types")
    if not names:
        raise UnknownError(f"layer_types does not say what the {config.layers} layers are")
    counted = kinds(names, FULL, LINEAR)
    return counted[FULL], counted[LINEAR]


_LAYERS = {
    "nemotron_h": _nemotron,
    "falcon_h1": _falcon,
    "jamba": _jamba,
    "bamba": _bamba,
    "granitemoehybrid": _granite,
}
"""How many layers have attention, and how many Mamba, by model type."""


def _mamba2_state(config: Config) -> int:
    """Return the bytes of one layer's state."""
    heads, size = config.count("mamba_num_heads", "mamba_n_heads"), _head_size(config)
    state = config.count("ssm_state_size", "mamba_d_state")
    groups, kernel = config.count("n_groups", "mamba_n_groups"), config.count("conv_kernel", "mamba_d_conv")
    recurrent = heads * size * state * state_width(config, "mamba_ssm_cache_dtype")
    return recurrent + (heads * size + 2 * groups * state) * (kernel - 1) * 2


def _head_size(config: Config) -> int:
    """Return the size of a Mamba 2 head: as stated, or of "auto" the inner width shared out among the heads."""
    if config.text.get("mamba_d_head") != "auto":
        return config.count("mamba_head_dim", "mamba_d_head")
    inner, heads = config.count("mamba_expand") * config.count("hidden_size"), config.count("mamba_n_heads")
    if inner % heads:
        raise UnknownError("mamba_n_heads does not divide the inner width")
    return inner // heads


def _mamba1_state(config: Config) -> int:
    """Return the bytes of one layer's state."""
    inner = config.count("mamba_expand") * config.count("hidden_size")
    return inner * config.count("mamba_d_state") * 4 + inner * (config.count("mamba_d_conv") - 1) * 2
