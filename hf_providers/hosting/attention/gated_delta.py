"""Gated delta networks beside full attention (Qwen3-Next, Qwen3.5, 3.6): three layers in four keep a fixed state.

state of a linear layer = value heads x key size x value size, in 32 bits unless stated, and the last inputs of its
convolution: (2 x key heads x key size + value heads x value size) x (kernel - 1), in 16 bits.

Source: Yang et al., https://arxiv.org/abs/2412.06464; `gated_delta_net_state_shape` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/layers/mamba/mamba_utils.py
Config: layer_types or full_attention_interval (4), num_key_value_heads, head_dim, linear_num_key_heads,
linear_num_value_heads, linear_key_head_dim, linear_value_head_dim, linear_conv_kernel_dim, mamba_ssm_dtype.
"""

from __future__ import annotations

from hf_providers.hosting.attention.shape import FULL, LINEAR, Cache, cache, kinds, kv_values, state_width
from hf_providers.hosting.config import Config

TYPES = ("qwen3_next", "qwen3_5_text", "qwen3_5_moe_text")


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    names, layers = config.names("layer_types"), config.layers
    full = kinds(names, FULL, LINEAR)[FULL] if names else layers // (config.maybe("full_attention_interval") or 4)
    linear = layers - full
    values = kv_values(config)
    return cache(full=full, linear=linear, values=values, state_bytes=linear * _state(config))


def _state(config: Config) -> int:
    """Return the bytes of one layer's state."""
    value_heads, value_size = config.count("linear_num_value_heads"), config.count("linear_value_head_dim")
    key_heads, key_size = config.count("linear_num_key_heads"), config.count("linear_key_head_dim")
    recurrent = value_heads * key_size * value_size * state_width(config, "mamba_ssm_dtype")
    inputs = 2 * key_heads * key_size + value_heads * value_size
    return recurrent + inputs * (config.count("linear_conv_kernel_dim") - 1) * 2
