"""Lightning attention beside full attention (MiniMax-01, M1): seven layers in eight keep a fixed state.

state of a linear layer = heads x head size x head size, in the model's 16 bits.

Source: MiniMax-01, https://arxiv.org/abs/2501.08313; `linear_attention_state_shape` and `linear_attention_state_dtype`
of vLLM (which refuses 32 bits), https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/layers/mamba/mamba_utils.py
Config: attn_type_list (1: full) or layer_types, num_attention_heads, num_key_value_heads, head_dim.
"""

from __future__ import annotations

from hf_providers.hosting.attention.shape import FULL, LINEAR, Cache, cache, head_dim, kinds, kv_values
from hf_providers.hosting.config import Config

TYPES = ("minimax", "minimax_m1", "MiniMaxM1", "minimax_text_01", "MiniMaxText01")


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    names = config.names("layer_types")
    full = kinds(names, FULL, LINEAR)[FULL] if names else sum(config.marks("attn_type_list", config.layers))
    linear = config.layers - full
    state = linear * config.count("num_attention_heads") * head_dim(config) ** 2 * 2
    return cache(full=full, linear=linear, values=kv_values(config), state_bytes=state)
