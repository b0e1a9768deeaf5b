"""Short convolutions beside attention (LFM2): a convolution layer keeps its last inputs only.

state of a convolution layer = hidden size x (conv_L_cache - 1), in 16 bits.

Source: `short_conv_state_shape` of vLLM,
https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/layers/mamba/mamba_utils.py; `Lfm2Config` of
transformers, https://github.com/huggingface/transformers/blob/main/src/transformers/models/lfm2/configuration_lfm2.py
Config: layer_types or full_attn_idxs, hidden_size, conv_L_cache, num_key_value_heads.
"""

from __future__ import annotations

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import FULL, LINEAR, Cache, cache, kinds, kv_values
from hf_providers.hosting.config import Config

TYPES = ("lfm2", "lfm2_moe")


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    full = _attention_layers(config)
    linear = config.layers - full
    state = linear * config.count("hidden_size") * (config.count("conv_L_cache") - 1) * 2
    return cache(full=full, linear=linear, values=kv_values(config), state_bytes=state)


def _attention_layers(config: Config) -> int:
    names = config.names("layer_types")
    if names:
        return kinds(names, FULL, LINEAR)[FULL]
    places = config.text.get("full_attn_idxs")
    if not isinstance(places, list) or any(type(p) is not int or not 0 <= p < config.layers for p in places):
        raise UnknownError("neither layer_types nor full_attn_idxs says which layers have attention")
    return len(set(places))
