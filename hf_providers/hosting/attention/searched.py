"""Layers found by search (Nemotron Super and Ultra, `nemotron-nas`): each layer has its own attention, or none.

values of a token and layer = 2 x (heads / heads a group) x head size, for the layers whose attention is neither left
out nor replaced by a linear layer.

Source: Puzzle, https://arxiv.org/abs/2411.19146; the config.json and model code of
https://huggingface.co/nvidia/Llama-3_3-Nemotron-Super-49B-v1
Config: block_configs[].attention {no_op, replace_with_linear, n_heads_in_group, window_length, sparsify},
num_attention_heads, hidden_size.
"""

from __future__ import annotations

from typing import Any

from hf_providers.errors import UnknownError
from hf_providers.hosting.attention.shape import ALL, Cache, cache, head_dim
from hf_providers.hosting.config import Config, number

TYPES = ("nemotron-nas",)


def read(config: Config) -> Cache:
    """Return what the model keeps.

    Raises:
        UnknownError: it can't be determined.
    """
    heads = [kv_heads(config, block) for block in blocks_of(config)]
    held = cache(full=sum(1 for count in heads if count))
    return held._replace(kv_values={ALL: 2 * sum(heads) * head_dim(config)})


def blocks_of(config: Config) -> list[Any]:
    """Return what the file says of each layer.

    Raises:
        UnknownError: it does not say it of each.
    """
    blocks = config.text.get("block_configs")
    if not isinstance(blocks, list) or len(blocks) != config.layers:
        raise UnknownError(f"block_configs does not say what the {config.layers} layers are")
    return blocks


def kv_heads(config: Config, block: Any) -> int:
    """Return the KV heads of a layer; 0 where it has no attention.

    Raises:
        UnknownError: it can't be determined.
    """
    attention = block.get("attention") if isinstance(block, dict) else None
    if not isinstance(attention, dict):
        raise UnknownError("block_configs says nothing of a layer's attention")
    if attention.get("no_op") is True or attention.get("replace_with_linear") is True:
        return 0
    if attention.get("window_length") is not None or attention.get("sparsify") is not None:
        raise UnknownError("block_configs has windows or sparse attention, which is not known here")
    heads, group = (
        config.count("num_attention_heads"),
        number(attention.get("n_heads_in_group"), "n_heads_in_group", 4_096),
    )
    if not group or heads % group:
        raise UnknownError("n_heads_in_group does not divide the heads")
    return heads // group
