"""Sliding windows: some or all layers keep only the last tokens.

A layer with a window keeps min(context, window) tokens. Engines may reserve the whole context for it anyway, which is
the upper figure. Which layers have one is said by `layer_types`, or else by the type's own pattern.

Source: Beltagy et al., https://arxiv.org/abs/2004.05150; `SlidingWindowSpec` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/v1/kv_cache_interface.py; the patterns from the configuration
classes of transformers, https://github.com/huggingface/transformers/tree/main/src/transformers/models
Config: layer_types, sliding_window, sliding_window_pattern, num_key_value_heads, head_dim.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import FULL, SLIDING, Cache, cache, kinds, kv_values
from hf_providers.hosting.config import Config

_ALL_LAYERS = ("mistral", "mixtral", "phi3", "phimoe", "starcoder2", "ministral3")
_ALTERNATING = {"gemma2": 2, "gemma3_text": 6, "cohere2": 4}
_LISTED = ("gpt_oss", "olmo3", "exaone4", "exaone_moe", "step3p7", "afmoe", "cwm", "cohere2_moe")
TYPES = (*_ALL_LAYERS, *_ALTERNATING, *_LISTED)

_GEMMA3 = {"num_key_value_heads": 4, "head_dim": 256, "num_attention_heads": 8}
"""What `Gemma3TextConfig` of transformers says of keys that published files leave out."""


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    full, sliding = _layers(config)
    return cache(full=full, sliding=sliding, window=config.maybe("sliding_window"), values=_values(config))


def _layers(config: Config) -> tuple[int, int]:
    """Return how many layers keep everything, and how many a window."""
    names = config.names("layer_types")
    if names:
        counted = kinds(names, FULL, SLIDING)
        return counted[FULL], counted[SLIDING]
    layers, kind = config.layers, config.model_type
    if kind in _LISTED:
        raise UnknownError(f"layer_types does not say what the {layers} layers are")
    if kind in _ALTERNATING:
        if isinstance(config.text.get("sliding_window_pattern"), str):
            raise UnknownError("sliding_window_pattern is no number")
        every = config.maybe("sliding_window_pattern", "_sliding_window_pattern") or _ALTERNATING[kind]
        return layers // every, layers - layers // every
    windows = config.maybe("sliding_window") and config.flag("use_sliding_window") is not False
    return (0, layers) if windows else (layers, 0)


def _values(config: Config) -> int:
    if config.model_type == "gemma3_text":
        stated = {key: config.maybe(key) or default for key, default in _GEMMA3.items()}
        return 2 * stated["num_key_value_heads"] * stated["head_dim"]
    return kv_values(config)
