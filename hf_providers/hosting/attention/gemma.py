"""Windows, shared layers and two head sizes (Gemma-3n, Gemma 4).

The last `num_kv_shared_layers` layers use keys and values of earlier ones and keep none. In Gemma 4 full layers have
heads of another size (`global_head_dim`, 512) and, where keys and values share a projection (`attention_k_eq_v`),
another number of KV heads; both are kept anyway, because only keys are rotated.

Source: `Gemma3nTextConfig` and `Gemma4TextConfig` of transformers,
https://github.com/huggingface/transformers/tree/main/src/transformers/models/gemma4; `gemma4.py` of aiconfigurator
Config: layer_types, sliding_window, num_kv_shared_layers, num_key_value_heads, head_dim, global_head_dim,
num_global_key_value_heads, attention_k_eq_v.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import FULL, SLIDING, Cache, cache, kinds
from hf_providers.hosting.config import Config

TYPES = ("gemma3n_text", "gemma4_text")

_GLOBAL_HEAD_DIM = 512
"""`Gemma4TextConfig`'s own value of an absent `global_head_dim`."""


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    names = config.names("layer_types")
    if not names:
        raise UnknownError(f"layer_types does not say what the {config.layers} layers are")
    shared = config.count("num_kv_shared_layers", least=0)
    if shared >= len(names):
        raise UnknownError(f"num_kv_shared_layers is {shared} of {len(names)} layers")
    counted = kinds(names[: len(names) - shared], FULL, SLIDING)
    values = 2 * config.count("num_key_value_heads") * config.count("head_dim")
    return cache(
        full=counted[FULL],
        sliding=counted[SLIDING],
        window=config.maybe("sliding_window"),
        values=_full_values(config) if config.model_type == "gemma4_text" else values,
        sliding_values=values,
    )


def _full_values(config: Config) -> int:
    """Return the values that a full layer of Gemma 4 keeps of a token."""
    heads = config.maybe("num_global_key_value_heads") if config.flag("attention_k_eq_v") else None
    size = config.maybe("global_head_dim") or _GLOBAL_HEAD_DIM
    return 2 * (heads or config.count("num_key_value_heads")) * size
