"""Full attention: every layer keeps keys and values of each KV head for the whole context.

bytes = 2 x layers x KV heads x head size x context x bytes of a value. A list of layer types, as transformers writes
it, may say that some layers have a window instead.

Source: Ainslie et al., https://arxiv.org/abs/2305.13245 (grouped queries); `FullAttentionSpec` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/v1/kv_cache_interface.py
Config: num_hidden_layers, num_key_value_heads, head_dim or hidden_size / num_attention_heads, layer_types.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import FULL, SLIDING, Cache, cache, kinds, kv_values
from hf_providers.hosting.config import Config

TYPES = (
    "llama", "gemma", "granite", "granitemoe", "olmo", "olmo2", "cohere", "glm", "glm4", "glm4_moe", "glm4v_text",
    "glm4v_moe_text", "minimax_m2", "ernie4_5", "ernie4_5_moe", "seed_oss", "smollm3", "apertus", "stablelm",
    "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text",
    "qwen3_vl_text", "qwen3_vl_moe_text", "mimo", "arcee", "olmoe", "granitemoeshared", "hunyuan_v1_dense",
    "hunyuan_v1_moe", "hy_v3", "dots1", "solar_open", "sarvam_moe",
)  # fmt: skip


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    values = kv_values(config)
    names = config.names("layer_types")
    if names:
        counted = kinds(names, FULL, SLIDING)
        return cache(full=counted[FULL], sliding=counted[SLIDING], window=config.maybe("sliding_window"), values=values)
    if config.text.get("use_sliding_window"):
        raise UnknownError("use_sliding_window is on, but layer_types does not say where")
    return cache(full=config.layers, values=values)
