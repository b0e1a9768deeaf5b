"""Read how a checkpoint's weights are quantised from its config.json: method, bits and group size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hf_providers.hosting.config import Config
from hf_providers.text import clean

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

UNNAMED: Final = "unnamed"
"""The method of a file that states a quantisation without a name, as MLX's converter writes it."""


class Quantization(NamedTuple):
    """What a file states; None is not stated, or not the same everywhere."""

    method: str | None
    bits: int | None
    group_size: int | None


_NONE: Final = Quantization(None, None, None)
_MIXED: Final = "MIXED_PRECISION"
_ALGORITHMS: Final = {"NVFP4": (4, 16), "W4A16_NVFP4": (4, 16), "W4A16_AWQ": (4, None), "FP8": (8, None)}
"""Bits and group size of NVIDIA's names (TensorRT Model Optimizer)."""


def stated(config: Config) -> Quantization:
    """Return how the weights are quantised; bits of 1 to 8, None where the file says nothing usable."""
    block = next((part for part in _places(config) if isinstance(part, dict) and part), None)
    if block is None:
        return _NONE
    method = block.get("quant_method")
    name = clean(method)[:100] if isinstance(method, str) and method else UNNAMED
    bits, group = _bits(block, name)
    if name == "fp8" and config.text.get("expert_dtype") == "fp4":
        bits, group = 4, 32  # DeepSeek-V4: FP4 experts in a file that calls itself FP8
    bits = _within(bits, 8)
    return Quantization(name, bits, None if bits is None else _within(group, 65_536))


def words(how: Quantization) -> JsonObject:
    """Return a quantisation in the form of `quantization_config`, which `stated` reads back unchanged."""
    if how.method is None:
        return {}
    if how.bits is None:
        implied, _ = _bits({}, how.method)
        return {"quant_method": how.method} | ({} if implied is None else {"quant_algo": _MIXED})
    group = {} if how.group_size is None else {"group_size": how.group_size}
    return {"quant_method": how.method, "bits": how.bits, **group}


def _places(config: Config) -> list[Any]:
    keys = ("quantization_config", "quantization")
    return [part.get(key) for part in (config.text, config.whole) for key in keys]


def _within(value: Any, most: int) -> int | None:
    return value if type(value) is int and 1 <= value <= most else None


def _bits(block: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """Return bits and group size where the file states them for all of its quantised layers."""
    if block.get("quantized_layers") or block.get("quant_algo") == _MIXED:
        return None, None
    if isinstance(block.get("config_groups"), dict):
        return _groups(block["config_groups"])
    algorithm = block.get("quant_algo")
    if isinstance(algorithm, str) and algorithm in _ALGORITHMS:
        return _ALGORITHMS[algorithm]
    bits = next((block[key] for key in ("bits", "w_bit") if block.get(key) is not None), None)
    if bits is not None:
        return bits, next((block[key] for key in ("group_size", "q_group_size") if block.get(key) is not None), None)
    if name == "mxfp4":
        return 4, 32
    if block.get("load_in_4bit") is True:
        return 4, None
    if name in {"fp8", "fbgemm_fp8"} or block.get("load_in_8bit") is True:
        return 8, None
    return None, None


def _groups(groups: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what all groups of compressed-tensors say of their weights; None where they differ."""
    weights = [group.get("weights") for group in groups.values() if isinstance(group, dict)]
    variants = {(w.get("num_bits"), w.get("group_size")) for w in weights if isinstance(w, dict) and _plain(w)}
    return variants.pop() if len(variants) == 1 and len(weights) == len(groups) else (None, None)


def _plain(weights: Mapping[str, Any]) -> bool:
    return not isinstance(weights.get("num_bits"), dict | list) and not isinstance(
        weights.get("group_size"), dict | list
    )
