"""Kimi Delta Attention beside latent attention (Kimi-Linear, Kimi-K3): most layers keep a fixed state.

state of a KDA layer = heads x size x size in 32 bits, and the last inputs of its convolutions: 3 x heads x size x
(kernel - 1) in 16 bits. The other layers keep a compressed vector a token (see latent).

Source: Kimi Linear, https://arxiv.org/abs/2510.26692; `kda_state_shape` and `kda_state_dtype` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/layers/mamba/mamba_utils.py
Config: linear_attn_config {full_attn_layers, kda_layers (both count from 1), num_heads, head_dim,
short_conv_kernel_size}, kv_lora_rank, qk_rope_head_dim.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.latent import latent_values
from hf_providers.hosting.attention.shape import Cache, cache
from hf_providers.hosting.config import Config, number

TYPES = ("kimi_linear",)


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    stated = config.part("linear_attn_config")
    full, linear = stated.get("full_attn_layers"), stated.get("kda_layers")
    if not isinstance(full, list) or not isinstance(linear, list):
        raise UnknownError("linear_attn_config does not say which layers are linear")
    both = [*full, *linear]
    if any(type(layer) is not int for layer in both) or sorted(both) != list(range(1, config.layers + 1)):
        raise UnknownError(f"linear_attn_config does not name each of {config.layers} layers once")
    return cache(
        full=len(full), linear=len(linear), values=latent_values(config), state_bytes=len(linear) * _state(stated)
    )


def _state(stated: Mapping[str, Any]) -> int:
    """Return the bytes of one layer's state."""
    heads = number(stated.get("num_heads"), "num_heads", 4_096)
    size = number(stated.get("head_dim"), "head_dim", 65_536)
    kernel = number(stated.get("short_conv_kernel_size"), "short_conv_kernel_size", 65_536)
    return heads * size * size * 4 + 3 * heads * size * (kernel - 1) * 2
