"""Compute the bytes of weights, as published or at another format. Every answer imports this: standard library only.

Bytes are whole numbers; GB is 10^9.
"""

from __future__ import annotations

from hf_providers.hosting import parameters as counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import ArchitectureRow
    from hf_providers.hosting.estimate_types import ModelFacts, ResolvedParameters

BITS_PER_WEIGHT: dict[str, float] = {
    "FP32": 32,
    "BF16": 16,
    "FP16": 16,
    "FP8": 8,
    "INT8": 8,
    "INT4": 4.125,
    "AWQ": 4.15625,
    "GPTQ": 4.15625,
    "MXFP4": 4.25,
    "NVFP4": 4.5,
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
"""Bits per weight by format, scales included. The GGUF ones are measured on Llama-3.1-8B, embeddings included."""

_GGUF = "https://github.com/ggml-org/llama.cpp/blob/master/tools/quantize/README.md"
BITS_SOURCE: dict[str, str] = {
    **dict.fromkeys((name for name in BITS_PER_WEIGHT if "Q" in name.replace("GPTQ", "").replace("AWQ", "")), _GGUF),
    "INT8": "8-bit weights, a scale a channel: https://docs.vllm.ai/projects/llm-compressor",
    "INT4": "4 bits and a 16-bit scale a 128 weights: https://docs.vllm.ai/projects/llm-compressor (W4A16)",
    "AWQ": "4 bits, a 16-bit scale and a 4-bit zero a 128 weights: https://arxiv.org/abs/2306.00978",
    "GPTQ": "4 bits, a 16-bit scale and a 4-bit zero a 128 weights: https://arxiv.org/abs/2210.17323",
    "MXFP4": "4 bits and an 8-bit scale a 32 weights: OCP Microscaling Formats (MX) 1.0",
    "NVFP4": "4 bits and an 8-bit scale a 16 weights: "
    "https://developer.nvidia.com/blog/introducing-nvfp4-for-efficient-and-accurate-low-precision-inference/",
}
"""The sources of the formats' bits; those of plain types are their width."""

_KEEPS_EMBEDDINGS = frozenset({"FP8", "INT8", "INT4", "AWQ", "GPTQ", "MXFP4", "NVFP4"})
"""Formats whose files usually keep the embeddings in 16 bits: a large share of a small model."""
_PLAIN_DTYPES = {"bfloat16": "BF16", "float16": "FP16", "float32": "FP32"}


def at_format(parameters: int, name: str, embedding: int | None = None, experts: int | None = None) -> int:
    """Return the bytes of this many parameters in a format, rounded up.

    Args:
        parameters: How many.
        name: A key of BITS_PER_WEIGHT.
        embedding: How many of them are embeddings, if known: some formats keep them in 16 bits.
        experts: How many are routed experts, if known: MXFP4 quantises only these if there are any.

    Raises:
        ValueError: there is no such format.
    """
    if name not in BITS_PER_WEIGHT:
        raise ValueError(f"{name[:40]!r} is not a known weight format: {', '.join(BITS_PER_WEIGHT)}")
    kept = min(embedding or 0, parameters) if name in _KEEPS_EMBEDDINGS else 0
    if name == "MXFP4" and experts:
        kept = max(0, parameters - experts)
    return bytes_at(parameters - kept, BITS_PER_WEIGHT[name]) + 2 * kept


def bytes_at(parameters: int, bits_per_weight: float) -> int:
    """Return the bytes of this many parameters at this many bits each, rounded up."""
    return int(-(-parameters * bits_per_weight // 8))


def published(model: ModelFacts, architecture: ArchitectureRow, known: ResolvedParameters) -> tuple[int | None, str]:
    """Return the bytes of the published weights and their source in words, or None and why not.

    Args:
        model: A row of `models`.
        architecture: Its row of `architectures`, or an empty one.
        known: What `parameters.resolve` gives.
    """
    dtypes, model_id = model.get("dtype_parameters"), model["model_id"]
    if dtypes:
        reading = counts.agreeing(dtypes, architecture.get("quantization_bits"), _witness(model, architecture, known))
        if reading is None:
            return None, "the count by dtype can't be read as weights"
        return reading.byte_count, "tensors by dtype, as the Hub counts them"
    if known["parameters"] is None:
        return None, known["parameters_reason"] or "its parameters are not known"
    size_bytes, words = _by_config(model_id, architecture, known["parameters"])
    if size_bytes is not None and known["parameters_source"] == counts.CONFIG and architecture.get("left_out"):
        words += f", without {architecture['left_out']}"
    return size_bytes, words


def _witness(model: ModelFacts, architecture: ArchitectureRow, known: ResolvedParameters) -> int | None:
    """Return what the count by dtype must agree with; None if it was used as it is."""
    if known["parameters_source"] == counts.GIVEN:
        return known["parameters"]
    if known["parameters_source"] == counts.COUNT and not counts.is_packed(
        model.get("dtype_parameters"), None, None, ""
    ):
        return None
    return architecture.get("config_parameters") or counts.in_name(model["model_id"]).total


def _by_config(model_id: str, architecture: ArchitectureRow, parameters: int) -> tuple[int | None, str]:
    """Return the bytes of weights that only config.json describes."""
    method = architecture.get("quantization")
    if method == "fp8" and architecture.get("quantization_bits") == 8:
        embedding = architecture.get("embedding_parameters")
        if embedding is not None:
            return at_format(parameters, "FP8", embedding), "all parameters at the fp8 of config.json"
    if method == "mxfp4" and architecture.get("expert_parameters"):
        size = at_format(parameters, "MXFP4", None, architecture["expert_parameters"])
        return size, "experts at the mxfp4 of config.json, the rest in 16 bits"
    if method is not None:
        return None, f"how many bytes {method} takes is not stated"
    if counts.says_quantised(model_id):
        return None, "its name says that it is quantised, its config.json does not say how"
    plain = _PLAIN_DTYPES.get(architecture.get("dtype") or "")
    if plain is None:
        return None, "neither dtypes nor a config.json say what its weights are"
    return at_format(parameters, plain), f"all parameters at the {plain} of config.json"


def is_quantised(model: ModelFacts, architecture: ArchitectureRow) -> bool:
    """Return whether the published weights are quantised, according to any source."""
    dtypes = model.get("dtype_parameters")
    packed = counts.is_packed(dtypes, None, None, "") if dtypes else False
    return bool(packed or architecture.get("quantization") or counts.says_quantised(model["model_id"]))
