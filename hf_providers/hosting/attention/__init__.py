"""Compute what a model keeps of its context: KV cache and recurrent state by family of attention, one file a family.

A family is a module with `TYPES`, the model types that it covers, and `read`, which returns their cache. An uncovered
type stays unknown with a reason: a guess would look right and be wrong.
"""

from __future__ import annotations

from typing import Final

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention import (
    block_sparse,
    chunked,
    compressed,
    full,
    gated_delta,
    gemma,
    indexed,
    kimi_delta,
    latent,
    lightning,
    mamba,
    mimo,
    searched,
    short_conv,
    sliding,
)
from hf_providers.hosting.attention.shape import CHUNKED, LINEAR, SLIDING, Cache
from hf_providers.hosting.config import Config

_MODULES: Final = (
    full, sliding, chunked, latent, indexed, block_sparse, compressed, gated_delta, kimi_delta, mamba, short_conv,
    lightning, gemma, mimo, searched,
)  # fmt: skip
FAMILIES: Final = {kind: module for module in _MODULES for kind in module.TYPES}
"""The module of each model type."""

_BY_ARCHITECTURE: Final = {
    "DeepseekV4ForCausalLM": "deepseek_v4",
    "MiniMaxM3SparseForCausalLM": "minimax_m3",
}
"""Model types by `architectures`, for files whose `model_type` is missing or a converter's own."""

_SPECIAL: Final = {
    "num_kv_shared_layers": (gemma,),
    "global_head_dim": (gemma,),
    "num_global_key_value_heads": (gemma,),
    "index_head_dim": (indexed, compressed),
    "compress_ratios": (compressed,),
    "sparse_attention_config": (block_sparse,),
    "linear_attn_config": (kimi_delta,),
    "linear_num_value_heads": (gated_delta,),
    "block_configs": (searched,),
    "hybrid_layer_pattern": (mimo,),
    "hybrid_override_pattern": (mamba,),
    "swa_num_key_value_heads": (mimo,),
    "attention_chunk_size": (chunked, mimo),
    "kv_lora_rank": (latent, indexed, kimi_delta),
    "use_cla": (),
    "cross_attention_layers": (),
}
"""Keys that change what is kept, with the families that support them: for other families they make it unknown."""

_ALL_ALIKE: Final = (latent, indexed, block_sparse, searched)
"""Families whose layers all keep the whole context, and which read no `layer_types`."""
_NOT_ALIKE: Final = SLIDING | CHUNKED | LINEAR


def model_type(config: Config) -> str:
    """Return the model type by which the family is found; empty where none is stated."""
    if config.model_type in FAMILIES:
        return config.model_type
    return _BY_ARCHITECTURE.get(config.architecture, config.model_type)


def cache(config: Config) -> Cache:
    """Return what a model keeps of its context.

    Raises:
        UnknownError: it can't be determined.
    """
    kind = model_type(config)
    module = FAMILIES.get(kind)
    if module is None:
        raise UnknownError(f"the cache of model type {kind or '(none stated)'} is not known here")
    if config.is_encoder_decoder:
        raise UnknownError("an encoder and a decoder each keep something, which is not known here")
    odd = next((key for key, known in _SPECIAL.items() if config.text.get(key) and module not in known), None)
    if odd:
        raise UnknownError(f"{odd} changes what is kept, which is not known here for {kind}")
    other = next((name for name in config.names("layer_types") or () if name in _NOT_ALIKE), None)
    if other and module in _ALL_ALIKE:
        raise UnknownError(f"layer type {other!r} is not known here for {kind}")
    held: Cache = module.read(config)
    return held
