"""Chunked attention (Llama 4): layers with rotary positions see their chunk of the context, every fourth sees all.

A chunked layer keeps at most one chunk of tokens. Engines may reserve the whole context, which is the upper figure.

Source: `Llama4TextConfig` of transformers,
https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama4/configuration_llama4.py;
`ChunkedLocalAttentionSpec` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/v1/kv_cache_interface.py
Config: attention_chunk_size, no_rope_layers (0: sees all) or no_rope_layer_interval (4), num_key_value_heads, head_dim.
"""

from __future__ import annotations

from hf_providers.hosting.attention.shape import CHUNKED, FULL, Cache, cache, kinds, kv_values
from hf_providers.hosting.config import Config

TYPES = ("llama4_text",)


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    chunked = _chunked_layers(config)
    chunk = config.maybe("attention_chunk_size")
    full = config.layers - chunked
    return cache(full=full, sliding=chunked, window=chunk, values=kv_values(config))


def _chunked_layers(config: Config) -> int:
    names = config.names("layer_types")
    if names:
        return kinds(names, FULL, CHUNKED)[CHUNKED]
    if config.text.get("no_rope_layers"):
        return sum(config.marks("no_rope_layers", config.layers))
    return config.layers - config.layers // (config.maybe("no_rope_layer_interval") or 4)
