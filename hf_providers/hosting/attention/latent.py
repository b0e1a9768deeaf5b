"""Multi-head latent attention (MLA): a layer keeps one compressed vector a token, whatever the number of heads.

values of a token and layer = kv_lora_rank + qk_rope_head_dim: keys and values are both made from the first part, the
second carries the positions. 8-bit caches of DeepSeek's kernels keep the second part in 16 bits and add scales.

Source: DeepSeek-V2, https://arxiv.org/abs/2405.04434, section 2.1; `MLAAttentionSpec` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/v1/kv_cache_interface.py
Config: num_hidden_layers, kv_lora_rank, qk_rope_head_dim.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import Cache, cache
from hf_providers.hosting.config import Config

TYPES = ("deepseek_v2", "deepseek_v3", "kimi_k2", "glm4_moe_lite")


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    return cache(full=config.layers, values=latent_values(config))


def latent_values(config: Config) -> int:
    """Return the values that a layer keeps of a token.

    Raises:
        UnknownError: the two sizes are not stated, or the file says that it has plain attention.
    """
    if config.flag("use_mla") is False:
        raise UnknownError("use_mla is off, and what is kept then is not known here")
    return config.count("kv_lora_rank") + config.count("qk_rope_head_dim")
