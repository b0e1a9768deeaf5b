"""What fits where. Figures are published ones, or worked out by hand beside the test."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.hosting import memory, requirements, weights
from hf_providers.hosting.memory import GB, GIB

DEEPSEEK_R1 = {"BF16": 3_918_786_560, "F8_E4M3": 680_571_043_840, "F32": 41_555_600}
"""Parameters by dtype of deepseek-ai/DeepSeek-R1."""
NOTHING: dict[str, Any] = {"model_id": "acme/Talk", "parameters": None, "dtype_parameters": None}


def architecture(**columns: Any) -> dict[str, Any]:
    """A model that keeps 160 values a token: 10 layers with 2 KV heads of 4 values."""
    return {"kv_values": {"all": 160}, "state_bytes": 0, "dtype": None, "quantization": None, **columns}


def weights_of(dtypes: dict[str, int], bits: int | None = None) -> int | None:
    model = NOTHING | {"dtype_parameters": dtypes, "parameters": sum(dtypes.values())}
    return requirements.need(model, architecture(quantization_bits=bits))["weights_bytes"]


def test_weights_are_the_bytes_of_all_tensors() -> None:
    # 3,918,786,560 x 2 + 680,571,043,840 + 41,555,600 x 4
    assert weights_of(DEEPSEEK_R1) == 688_574_839_360
    assert weights_of({"BF16": 70_550_000_000}) == 141_100_000_000


def test_a_few_integers_count_and_many_are_packed_weights_of_unknown_size() -> None:
    assert weights_of({"F16": 1_000_000, "I64": 512}) == 2_004_096
    # openai/gpt-oss-20b as the Hub counts it: U8 holds two weights an element
    assert weights_of({"BF16": 1_804_459_584, "U8": 19_707_494_400}) is None
    assert weights_of({"BF16": 1_804_459_584, "U8": 19_707_494_400}, bits=4) is None
    assert weights_of({"I32": 70_000_000_000, "F16": 2_000_000_000}) is None
    assert weights_of({"F16": 10, "X7": 1}) is None


def test_quantised_weights_are_what_is_measured_not_their_name() -> None:
    # 7.62 B at 4.91 bits: 4.36 GiB
    assert f"{weights.bytes_at(7_620_000_000, 4.91) / GIB:.2f}" == "4.36"
    # llama.cpp gives 4.9 GB for Llama-3.1-8B (8.03 B) and 43.1 GB for 70B (70.55 B) in Q4_K_M
    assert weights.at_format(8_030_000_000, "Q4_K_M") / GB == pytest.approx(4.9, abs=0.05)
    assert weights.at_format(70_550_000_000, "Q4_K_M") / GB == pytest.approx(43.1, abs=0.1)
    assert weights.bytes_at(3, 5) == 2


@pytest.mark.parametrize(
    ("parameters", "embedding", "gigabytes"),
    [
        (8_030_261_248, 2 * 128_256 * 4096, 5.73),  # hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4
        (70_553_706_496, 2 * 128_256 * 8192, 39.8),  # hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4
        (32_763_876_352, 2 * 152_064 * 5120, 19.3),  # Qwen/Qwen2.5-32B-Instruct-AWQ
    ],
)
def test_awq_keeps_its_embeddings_in_16_bits(parameters: int, embedding: int, gigabytes: float) -> None:
    """The sizes of these repositories' safetensors files."""
    assert weights.at_format(parameters, "AWQ", embedding) / GB == pytest.approx(gigabytes, rel=0.01)


def test_every_format_says_where_its_bits_are_from() -> None:
    plain = {"FP32", "BF16", "FP16", "FP8"}
    assert set(weights.BITS_SOURCE) == set(weights.BITS_PER_WEIGHT) - plain
    # an 8-bit scale a 32 or 16 weights; a 16-bit scale (and a 4-bit zero) a 128
    assert weights.BITS_PER_WEIGHT["MXFP4"] == 4 + 8 / 32
    assert weights.BITS_PER_WEIGHT["NVFP4"] == 4 + 8 / 16
    assert weights.BITS_PER_WEIGHT["INT4"] == 4 + 16 / 128
    assert weights.BITS_PER_WEIGHT["AWQ"] == weights.BITS_PER_WEIGHT["GPTQ"] == 4 + 20 / 128


def numbers(row: dict[str, Any], context: int, **options: int) -> tuple[int, int, int] | None:
    found = memory.cache(row, context, **options)
    return found and (found.lower, found.upper, found.state)


def test_the_cache_counts_tokens_by_how_they_are_kept() -> None:
    assert numbers(architecture(), 100) == (100 * 160 * 2, 100 * 160 * 2, 0)
    assert numbers(architecture(), 100, batch=3, bytes_per_value=1) == (100 * 160 * 3, 100 * 160 * 3, 0)
    windowed = architecture(kv_values={"all": 32, "last 30": 128})
    assert numbers(windowed, 100) == ((32 * 100 + 128 * 30) * 2, 160 * 100 * 2, 0)
    assert numbers(windowed, 20) == (160 * 20 * 2, 160 * 20 * 2, 0)
    grouped = architecture(kv_values={"last 8": 10, "one in 4": 6}, index_bytes={"one in 4": 3}, state_bytes=7)
    assert numbers(grouped, 100, batch=2) == (2 * ((80 + 150) * 2 + 75), 2 * ((1000 + 150) * 2), 14)
    indexed = architecture(index_bytes={"all": 132}, index_bytes_upper={"all": 256})
    assert numbers(indexed, 10) == (10 * (320 + 132), 10 * (320 + 256), 0)


@pytest.mark.parametrize("values", [None, {}])
def test_an_unknown_part_makes_the_cache_unknown(values: Any) -> None:
    assert memory.cache(architecture(kv_values=values), 100) is None
    assert memory.cache({}, 100) is None


@pytest.mark.parametrize("wrong", [{"context_length": 0}, {"batch": 0}, {"bytes_per_value": -1}])
def test_nothing_is_estimated_for_less_than_one(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        memory.cache(architecture(), **{"context_length": 1, **wrong})


def test_141_gb_of_weights_do_not_fit_one_gpu_of_141_gb() -> None:
    weights_bytes = 141_100_000_000
    assert memory.fits(weights_bytes, 0, 141 * GB)["fits"] is False
    assert memory.fits(weights_bytes, 0, 141 * GB, usable_share_pct=100, overhead_bytes=0)["fits"] is False
    assert memory.fits(weights_bytes, 0, 282 * GB, devices=2)["fits"] is True


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
def test_more_memory_never_fits_less(held: int, cache: int, room: int, devices: int) -> None:
    if memory.fits(held, cache, room, devices=devices)["fits"]:
        assert memory.fits(held, cache, room + 1, devices=devices)["fits"]
        assert held + cache < room


def test_a_need_says_what_it_was_made_from() -> None:
    model = NOTHING | {"model_id": "deepseek-ai/DeepSeek-R1", "parameters": 684_531_386_000}
    model |= {"dtype_parameters": DEEPSEEK_R1}
    assert requirements.need(model, architecture(), context=100, batch=2, kv_bytes_per_value=1) == {
        "weights_bytes": 688_574_839_360,
        "weights_source": "tensors by dtype, as the Hub counts them",
        "weights_unknown": None,
        "weight_format": None,
        "bits_per_weight": None,
        "bits_source": None,
        "assumed_format": False,
        "parameters": 684_531_386_000,
        "parameters_source": "count",
        "active_parameters": None,
        "active_parameters_source": None,
        "kv_cache_bytes": 100 * 160 * 2,
        "kv_cache_bytes_upper": 100 * 160 * 2,
        "kv_cache_unknown": None,
        "state_bytes": 0,
        "left_out": None,
        "kv_bytes_per_value": 1,
        "context_length": 100,
        "batch": 2,
    }


def test_without_dtypes_the_config_speaks_and_without_it_another_format_stands_in() -> None:
    model = NOTHING | {"parameters": 1_000_000}
    by_config = requirements.need(model, architecture(dtype="bfloat16"))
    assert (by_config["weights_bytes"], by_config["assumed_format"]) == (2_000_000, False)
    assert by_config["weights_source"] == "all parameters at the BF16 of config.json"
    fp8 = architecture(dtype="bfloat16", quantization="fp8", quantization_bits=8, embedding_parameters=100_000)
    assert requirements.need(model, fp8)["weights_bytes"] == 900_000 + 200_000
    for unknown in (architecture(), None):
        need = requirements.need(model, unknown)
        assert (need["weight_format"], need["assumed_format"]) == ("Q4_K_M", True)
        assert need["weights_unknown"] == "neither dtypes nor a config.json say what its weights are"
    assert requirements.need(model, None)["kv_cache_unknown"] == "its config.json was not read"
    assert requirements.need(NOTHING, architecture(dtype="bfloat16"))["weights_bytes"] is None


def test_a_name_that_says_quantised_is_not_sized_by_the_dtype_of_its_config() -> None:
    """nvidia/DeepSeek-V3.1-NVFP4 states bfloat16 and keeps its quantisation in another file."""
    for name in ("nvidia/DeepSeek-V3.1-NVFP4", "nvidia/Llama-3.1-70B-Instruct-FP8", "x/Qwen3-32B-FP8-Static-PerTensor"):
        row = architecture(dtype="bfloat16", config_parameters=70_000_000_000)
        need = requirements.need(NOTHING | {"model_id": name}, row)
        assert need["weight_format"] != "BF16"
        assert need["weights_unknown"] == "its name says that it is quantised, its config.json does not say how"


def test_a_format_can_be_asked_for() -> None:
    model = NOTHING | {"parameters": 8_000, "dtype_parameters": {"BF16": 8_000}}
    need = requirements.need(model, None, weight_format="q8_0")
    # 8,000 x 8.5008 / 8 = 8,500.8
    assert need["weights_bytes"] == 8_501
    assert need["weights_source"] == "8.0k parameters, at 8.5008 bits (Q8_0)"
    assert (need["bits_per_weight"], "ggml-org/llama.cpp" in need["bits_source"]) == (8.5008, True)
    with pytest.raises(ValueError, match="not a known weight format"):
        requirements.need(model, None, weight_format="Q4_9")


def test_a_size_by_the_name_alone_says_so() -> None:
    olmo = NOTHING | {"model_id": "allenai/Olmo-3-7B-Instruct", "parameters": 528_384}
    need = requirements.need(olmo, None)
    assert (need["parameters"], need["parameters_source"]) == (7_000_000_000, "name")
    assert "by its name" in need["weights_source"]
    quantised = NOTHING | {"model_id": "acme/Olmo-7B-AWQ", "parameters": 1_300_000_000}
    assert requirements.need(quantised, None)["weights_bytes"] is None
    assert requirements.need(quantised, None, weight_format="AWQ")["weights_bytes"] == 7_000_000_000 * 4.15625 / 8


def test_what_the_caller_states_outranks_what_is_known() -> None:
    need = requirements.need(NOTHING, None, given=32_000_000_000, given_active=3_000_000_000, weight_format="INT8")
    assert (need["weights_bytes"], need["parameters_source"]) == (32_000_000_000, "given")
    assert (need["active_parameters"], need["active_parameters_source"]) == (3_000_000_000, "given")
