"""What fits where. Figures are published ones, or worked out by hand beside the test."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.hosting import memory
from hf_providers.hosting.memory import GB, GIB

DEEPSEEK_R1 = {"BF16": 3_918_786_560, "F8_E4M3": 680_571_043_840, "F32": 41_555_600}
"""Parameters by dtype of deepseek-ai/DeepSeek-R1."""


def architecture(**columns: Any) -> dict[str, Any]:
    """A model with 10 layers and 2 KV heads of 4 values."""
    return {
        "full_attention_layers": 10,
        "sliding_attention_layers": 0,
        "sliding_window": None,
        "kv_heads": 2,
        "head_dim": 4,
        "kv_lora_rank": None,
        "qk_rope_head_dim": None,
        "dtype": None,
        "quantization": None,
        **columns,
    }


def test_weights_are_the_bytes_of_all_tensors() -> None:
    # 3,918,786,560 x 2 + 680,571,043,840 + 41,555,600 x 4
    assert memory.weights_bytes(DEEPSEEK_R1) == 688_574_839_360
    assert memory.weights_bytes({"BF16": 70_550_000_000}) == 141_100_000_000
    assert memory.weights_bytes({"F4": 3}) == 2


def test_a_few_integers_count_and_many_are_packed_weights_of_unknown_size() -> None:
    assert memory.weights_bytes({"F16": 1_000_000, "I64": 512}) == 2_004_096
    # openai/gpt-oss-20b as the Hub counts it: U8 holds two weights an element
    assert memory.weights_bytes({"BF16": 1_804_459_584, "U8": 19_707_494_400}) is None
    assert memory.weights_bytes({"I32": 70_000_000_000, "F16": 2_000_000_000}) is None
    assert memory.weights_bytes({"F16": 10, "X7": 1}) is None
    assert memory.weights_bytes({}) is None


def test_quantised_weights_are_what_is_measured_not_their_name() -> None:
    # 7.62 B at 4.91 bits: 4.36 GiB
    assert f"{memory.weights_bytes_at(7_620_000_000, 4.91) / GIB:.2f}" == "4.36"
    # llama.cpp gives 4.9 GB for Llama-3.1-8B (8.03 B) and 43.1 GB for 70B (70.55 B) in Q4_K_M
    bits = memory.BITS_PER_WEIGHT["Q4_K_M"]
    assert memory.weights_bytes_at(8_030_000_000, bits) / GB == pytest.approx(4.9, abs=0.05)
    assert memory.weights_bytes_at(70_550_000_000, bits) / GB == pytest.approx(43.1, abs=0.1)
    assert memory.weights_bytes_at(3, 5) == 2


def test_the_cache_counts_layers_by_what_they_hold() -> None:
    # 2 x 2 x 4 = 16 values a token and layer
    assert memory.kv_cache_bytes(architecture(), 100) == 10 * 100 * 16 * 2
    assert memory.kv_cache_bytes(architecture(), 100, batch=3, bytes_per_value=1) == 10 * 100 * 16 * 3
    windowed = architecture(full_attention_layers=2, sliding_attention_layers=8, sliding_window=30)
    assert memory.kv_cache_bytes(windowed, 100) == (2 * 100 + 8 * 30) * 16 * 2
    assert memory.kv_cache_bytes(windowed, 20) == 10 * 20 * 16 * 2
    latent = architecture(kv_lora_rank=512, qk_rope_head_dim=64)
    assert memory.kv_cache_bytes(latent, 100) == 10 * 100 * 576 * 2
    assert memory.kv_cache_bytes(architecture(full_attention_layers=0), 100) == 0


@pytest.mark.parametrize(
    "lacking",
    [
        {"full_attention_layers": None},
        {"sliding_attention_layers": None},
        {"kv_heads": None},
        {"head_dim": None},
        {"kv_lora_rank": 512},
        {"sliding_attention_layers": 1},
    ],
)
def test_an_unknown_part_makes_the_cache_unknown(lacking: dict[str, Any]) -> None:
    assert memory.kv_cache_bytes(architecture(**lacking), 100) is None


@pytest.mark.parametrize("wrong", [{"context_length": 0}, {"batch": 0}, {"bytes_per_value": -1}])
def test_nothing_is_estimated_for_less_than_one(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        memory.kv_cache_bytes(architecture(), **{"context_length": 1, **wrong})


def test_141_gb_of_weights_do_not_fit_one_gpu_of_141_gb() -> None:
    weights = memory.weights_bytes({"BF16": 70_550_000_000})
    assert memory.fits(weights, 0, 141 * GB)["fits"] is False
    assert memory.fits(weights, 0, 141 * GB, usable_share_pct=100, overhead_bytes=0)["fits"] is False
    assert memory.fits(weights, 0, 282 * GB, devices=2)["fits"] is True


def test_the_margin_is_stated_and_obeyed() -> None:
    # 90 % of 80 GB are 72 GB, of which each of 2 devices keeps 1 GB.
    full = memory.fits(60 * GB, 10 * GB, 80 * GB, devices=2)
    assert full == {
        "fits": True,
        "needed_bytes": 72 * GB,
        "usable_bytes": 72 * GB,
        "memory_bytes": 80 * GB,
        "usable_share_pct": 90,
        "overhead_bytes": 2 * GB,
    }
    assert memory.fits(60 * GB, 10 * GB + 1, 80 * GB, devices=2)["fits"] is False


def test_what_is_unknown_fits_only_perhaps_but_may_be_too_large_for_certain() -> None:
    assert memory.fits(None, 0, 80 * GB)["fits"] is None
    assert memory.fits(60 * GB, None, 80 * GB)["fits"] is None
    assert memory.fits(90 * GB, None, 80 * GB)["fits"] is False
    assert memory.fits(None, 90 * GB, 80 * GB)["fits"] is False
    assert memory.fits(60 * GB, None, 80 * GB)["needed_bytes"] is None


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(1, 10**13), st.integers(1, 16))
def test_more_memory_never_fits_less(weights: int, cache: int, room: int, devices: int) -> None:
    if memory.fits(weights, cache, room, devices=devices)["fits"]:
        assert memory.fits(weights, cache, room + 1, devices=devices)["fits"]
        assert weights + cache < room


def test_a_need_says_what_it_was_made_from() -> None:
    model = {"parameters": 684_531_386_000, "dtype_parameters": DEEPSEEK_R1}
    need = memory.need(model, architecture(), 100, batch=2, kv_bytes_per_value=1)
    assert need == {
        "weights_bytes": 688_574_839_360,
        "weights_source": "parameters by dtype in the safetensors headers",
        "kv_cache_bytes": 10 * 100 * 16 * 2,
        "kv_bytes_per_value": 1,
        "context_length": 100,
        "batch": 2,
    }


def test_without_dtypes_the_config_speaks_and_without_it_nobody() -> None:
    model = {"model_id": "acme/Talk", "parameters": 1_000, "dtype_parameters": None}
    by_config = memory.need(model, architecture(dtype="bfloat16"), 1)
    assert by_config["weights_bytes"] == 2_000
    assert by_config["weights_source"] == "all parameters at the BF16 of config.json"
    assert memory.need(model, architecture(dtype="bfloat16", quantization="fp8"), 1)["weights_bytes"] == 1_000
    for unknown in (architecture(dtype="bfloat16", quantization="gptq"), architecture(), None):
        need = memory.need(model, unknown, 1)
        assert (need["weights_bytes"], need["weights_source"]) == (None, None)
    assert memory.need(model, None, 1)["kv_cache_bytes"] is None
    nothing = {"model_id": "acme/Talk", "parameters": None, "dtype_parameters": None}
    assert memory.need(nothing, architecture(dtype="bfloat16"), 1)["weights_bytes"] is None


def test_a_format_can_be_asked_for() -> None:
    model = {"model_id": "acme/Talk", "parameters": 8_000, "dtype_parameters": {"BF16": 8_000}}
    need = memory.need(model, None, 1, weight_format="q8_0")
    # 8,000 x 8.5008 / 8 = 8,500.8
    assert need["weights_bytes"] == 8_501
    assert need["weights_source"] == "all parameters at 8.5008 bits (Q8_0)"
    with pytest.raises(ValueError, match="no known weight format"):
        memory.need(model, None, 1, weight_format="Q4_9")
