"""Block-sparse attention (MiniMax-M3): full keys and values in every layer, and an index key in the sparse ones.

The indexer picks blocks of tokens by one index key a token and sparse layer, kept in the model's 16 bits; keys and
values of all tokens stay.

Source: the config.json and model code of https://huggingface.co/MiniMaxAI/MiniMax-M3; vLLM and TensorRT-LLM both keep
one key of `sparse_index_dim` for each layer that `sparse_attention_freq` marks (and no index value).
Config: sparse_attention_config {use_sparse_attention, sparse_index_dim, sparse_attention_freq,
sparse_disable_index_value}, num_key_value_heads, head_dim.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import ALL, Cache, cache, kv_values
from hf_providers.hosting.config import Config, flag, marks, number

TYPES = ("minimax_m3", "minimax_m3_text", "minimax_m3_vl_text")


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    held = cache(full=config.layers, values=kv_values(config))
    sparse = config.part("sparse_attention_config")
    on = flag(sparse.get("use_sparse_attention"), "use_sparse_attention")
    if on is None:
        raise UnknownError("sparse_attention_config does not say whether attention is sparse")
    if not on:
        return held
    size = number(sparse.get("sparse_index_dim"), "sparse_index_dim", 65_536)
    indexed = marks(sparse.get("sparse_attention_freq"), "sparse_attention_freq", config.layers)
    keys_only = marks(sparse.get("sparse_disable_index_value"), "sparse_disable_index_value", config.layers)
    if any(mark and not only for mark, only in zip(indexed, keys_only, strict=True)):
        raise UnknownError("index values are kept too, which is not known here")
    index = {ALL: sum(indexed) * size * 2}
    return held._replace(index_bytes=index, index_bytes_upper=index)
