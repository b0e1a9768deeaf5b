"""Latent attention with a sparse indexer (DeepSeek-V3.2, GLM-5): the compressed vector, and an index key beside it.

The indexer picks which tokens are attended to, and so keeps a key of every token: in 8 bits with a 32-bit scale a 128
values (132 bytes for a key of 128). From GLM-5.2 on some layers use the choice of the layer before and keep no index
key (`indexer_types`: shared); an engine may reserve one for each layer, in 16 bits, which is the upper figure.

Source: DeepSeek-V3.2, https://arxiv.org/abs/2512.02556; the reference implementation,
https://huggingface.co/deepseek-ai/DeepSeek-V3.2-Exp/blob/main/inference/model.py; `DeepseekV32IndexerCache` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/models/deepseek_v2.py
Config: num_hidden_layers, kv_lora_rank, qk_rope_head_dim, index_head_dim, indexer_types.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.latent import latent_values
from hf_providers.hosting.attention.shape import ALL, Cache, cache
from hf_providers.hosting.config import Config

TYPES = ("deepseek_v32", "glm_moe_dsa")

_SCALE_BYTES = 4
_SCALED_VALUES = 128


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    layers, size = config.layers, config.count("index_head_dim")
    key_bytes = size + -(-size // _SCALED_VALUES) * _SCALE_BYTES
    held = cache(full=layers, values=latent_values(config))
    return held._replace(
        index_bytes={ALL: _indexers(config) * key_bytes}, index_bytes_upper={ALL: layers * max(2 * size, key_bytes)}
    )


def _indexers(config: Config) -> int:
    """Return how many layers have an indexer of their own."""
    names = config.names("indexer_types")
    if names is None:
        if config.text.get("index_topk_pattern") or config.text.get("index_topk_freq") not in {None, 1}:
            raise UnknownError("layers share indexers, but indexer_types does not say which")
        return config.layers
    if set(names) - {"full", "shared"}:
        raise UnknownError("indexer_types holds something else than full and shared")
    return names.count("full")
