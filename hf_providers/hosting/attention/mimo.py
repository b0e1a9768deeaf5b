"""Windows with heads of their own (MiMo-V2): layers with a window have other KV heads, and keys and values differ.

values of a token and layer = KV heads x (size of a key + size of a value), each from the layer's own keys of the file.

Source: the config.json and model code of https://huggingface.co/XiaomiMiMo/MiMo-V2-Flash
Config: hybrid_layer_pattern (1: a window), sliding_window, num_key_value_heads, head_dim, v_head_dim,
swa_num_key_value_heads, swa_head_dim, swa_v_head_dim.
"""

from __future__ import annotations

from hf_providers.hosting.attention.shape import Cache, cache
from hf_providers.hosting.config import Config

TYPES = ("mimo_v2_flash", "mimo_v2")


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    sliding = sum(config.marks("hybrid_layer_pattern", config.layers))
    return cache(
        full=config.layers - sliding,
        sliding=sliding,
        window=config.maybe("sliding_window"),
        values=config.count("num_key_value_heads") * (config.count("head_dim") + config.count("v_head_dim")),
        sliding_values=config.count("swa_num_key_value_heads")
        * (config.count("swa_head_dim") + config.count("swa_v_head_dim")),
    )
