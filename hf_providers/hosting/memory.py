"""What fits where: bytes of weights and of the KV cache, as estimates that carry what they were made from.

Bytes are whole numbers. GB is 10^9 and GiB is 2^30 bytes: whoever shows one says which. On the way to every answer:
this imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Row = Mapping[str, Any]

GB = 10**9
GIB = 2**30

USABLE_SHARE_PCT = 90
"""How much of an accelerator's memory a server takes: vLLM's default `gpu_memory_utilization`, 0.9."""
IMPLAUSIBLE = 4
"""So many times smaller than its name says, a count of parameters is not believed: 7B, but 528,384 stated."""
OVERHEAD_BYTES = GB
"""Left for activations and buffers, on each accelerator: a margin of this project, not a measurement."""

BITS_PER_WEIGHT: dict[str, float] = {
    "FP32": 32,
    "BF16": 16,
    "FP16": 16,
    "FP8": 8,
    "Q8_0": 8.5008,
    "Q6_K": 6.5633,
    "Q5_K_M": 5.7036,
    "Q5_K_S": 5.5704,
    "Q4_K_M": 4.8944,
    "Q4_K_S": 4.6672,
    "IQ4_NL": 4.6818,
    "IQ4_XS": 4.4597,
    "Q3_K_L": 4.2979,
    "Q3_K_S": 3.6429,
    "IQ3_M": 3.7628,
    "IQ3_XXS": 3.2548,
    "Q2_K": 3.1593,
    "IQ2_M": 2.9294,
}
"""Bits per weight by format. The GGUF ones are measured on Llama-3.1-8B, embeddings and scales included:

https://github.com/ggml-org/llama.cpp/blob/master/tools/quantize/README.md; other models differ by a few percent.
"""

_TENSOR_BITS = {
    **dict.fromkeys(("F64", "I64", "U64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "I8", "U8", "BOOL"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
_CONFIG_FORMATS = {"bfloat16": "BF16", "float16": "FP16", "float32": "FP32", "fp8": "FP8"}


def weights_bytes(dtype_parameters: Mapping[str, int]) -> int | None:
    """Return the bytes of all tensors, from parameters by safetensors dtype; None where that can't be told.

    Integer tensors of quantised models hold several weights in one element, and the Hub counts weights, not elements
    (`getQuantizationMultiplier` in @huggingface/hub). So more than 1 % of integers, or a dtype not known, is None.
    """
    if not dtype_parameters or any(dtype not in _TENSOR_BITS for dtype in dtype_parameters):
        return None
    packed = sum(count for dtype, count in dtype_parameters.items() if not dtype.startswith(("F", "BF")))
    if packed * 100 > sum(dtype_parameters.values()):
        return None
    return -(-sum(_TENSOR_BITS[dtype] * count for dtype, count in dtype_parameters.items()) // 8)


def weights_bytes_at(parameters: int, bits_per_weight: float) -> int:
    """Return the bytes of so many parameters at so many bits each, rounded up."""
    return int(-(-parameters * bits_per_weight // 8))


def kv_cache_bytes(architecture: Row, context_length: int, *, batch: int = 1, bytes_per_value: int = 2) -> int | None:
    """Return the bytes of keys and values of `batch` sequences; None where the architecture is not known well enough.

    Layers with full attention hold the whole context, those with a window at most the window, linear ones nothing
    that grows. With multi-head latent attention a layer holds one compressed vector a token, else keys and values of
    each KV head.

    Args:
        architecture: A row of `architectures`.
        context_length: Tokens of one sequence.
        batch: Sequences held at a time.
        bytes_per_value: 2 for a 16-bit cache, 1 for an 8-bit one.

    Raises:
        ValueError: a number is not positive.
    """
    if min(context_length, batch, bytes_per_value) < 1:
        raise ValueError("context, batch and bytes per value must be at least 1")
    full, sliding = architecture["full_attention_layers"], architecture["sliding_attention_layers"]
    values = _values_per_token(architecture)
    if full is None or sliding is None or values is None:
        return None
    window = architecture["sliding_window"] if sliding else 0
    if window is None:
        return None
    held = full * context_length + sliding * min(context_length, window)
    return int(held * values * batch * bytes_per_value)


def _values_per_token(architecture: Row) -> int | None:
    """Return how many values one layer keeps of a token."""
    if architecture["kv_lora_rank"] is not None:
        rope = architecture["qk_rope_head_dim"]
        return None if rope is None else int(architecture["kv_lora_rank"] + rope)
    heads, size = architecture["kv_heads"], architecture["head_dim"]
    return None if heads is None or size is None else int(2 * heads * size)


def need(
    model: Row,
    architecture: Row | None,
    context_length: int,
    *,
    weight_format: str | None = None,
    batch: int = 1,
    kv_bytes_per_value: int = 2,
) -> dict[str, Any]:
    """Return what a model needs to run: `weights_bytes`, `kv_cache_bytes` (None: unknown) and what they were made from.

    Args:
        model: A row of `models`.
        architecture: Its row of `architectures`, or None.
        context_length: Tokens of one sequence.
        weight_format: A key of `BITS_PER_WEIGHT`; None is the model as published.
        batch: Sequences at a time.
        kv_bytes_per_value: 2 for a 16-bit cache, 1 for an 8-bit one.

    Raises:
        ValueError: there is no such format, or a number is not positive.
    """
    weights, source = _weights(model, architecture or {}, weight_format)
    cache = None
    if architecture is not None:
        cache = kv_cache_bytes(architecture, context_length, batch=batch, bytes_per_value=kv_bytes_per_value)
    return {
        "weights_bytes": weights,
        "weights_source": source,
        "kv_cache_bytes": cache,
        "kv_bytes_per_value": kv_bytes_per_value,
        "context_length": context_length,
        "batch": batch,
    }


def _weights(model: Row, architecture: Row, weight_format: str | None) -> tuple[int | None, str | None]:
    """Return the bytes of the weights and in words where the number is from."""
    if weight_format is None and model["dtype_parameters"]:
        exact = weights_bytes(model["dtype_parameters"])
        if exact is not None:
            return exact, "parameters by dtype in the safetensors headers"
    if weight_format is None:
        stated = architecture.get("quantization") or architecture.get("dtype")
        weight_format = _CONFIG_FORMATS.get(stated or "")
        source = f"all parameters at the {weight_format} of config.json"
    else:
        weight_format = weight_format.upper()
        if weight_format not in BITS_PER_WEIGHT:
            raise ValueError(f"{weight_format[:40]!r} is no known weight format: {', '.join(BITS_PER_WEIGHT)}")
        source = f"all parameters at {BITS_PER_WEIGHT[weight_format]:g} bits ({weight_format})"
    if weight_format is None or model["parameters"] is None or _contradicted(model):
        return None, None
    return weights_bytes_at(model["parameters"], BITS_PER_WEIGHT[weight_format]), source


def _contradicted(model: Row) -> bool:
    """Whether the name says many times the parameters that are stated: those are of a part, or were miscounted."""
    pieces = model["model_id"].lower().replace("/", "-").replace("_", "-").replace("x", "-").split("-")
    named = [float(piece[:-1]) for piece in pieces if piece[-1:] == "b" and piece[:-1].replace(".", "", 1).isdecimal()]
    return bool(named) and int(model["parameters"]) * IMPLAUSIBLE < max(named) * 10**9


def fits(
    weights: int | None,
    kv_cache: int | None,
    memory_bytes: int,
    *,
    devices: int = 1,
    usable_share_pct: int = USABLE_SHARE_PCT,
    overhead_bytes: int = OVERHEAD_BYTES,
) -> dict[str, Any]:
    """Return whether weights and KV cache fit, as `fits`, with every number that this was judged by.

    `fits` is None where it can't be told: the weights are unknown, or they fit and the KV cache is unknown.

    Args:
        weights: Bytes of the weights.
        kv_cache: Bytes of the KV cache.
        memory_bytes: Memory of all devices together.
        devices: How many devices share the model.
        usable_share_pct: Percent of the memory that may be used.
        overhead_bytes: Left free for the rest, on each device.
    """
    usable = memory_bytes * usable_share_pct // 100
    least = (weights or 0) + (kv_cache or 0) + devices * overhead_bytes
    verdict = None if weights is None or kv_cache is None else least <= usable
    return {
        "fits": False if least > usable else verdict,
        "needed_bytes": None if weights is None or kv_cache is None else least,
        "usable_bytes": usable,
        "memory_bytes": memory_bytes,
        "usable_share_pct": usable_share_pct,
        "overhead_bytes": devices * overhead_bytes,
    }
