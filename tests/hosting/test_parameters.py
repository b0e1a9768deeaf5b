"""How many parameters a model has: public reports of what the Hub counts, and what is really there."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.hosting import parameters
from hf_providers.hosting.architecture import parse
from hf_providers.hosting.parameters import agreeing, in_name, resolve
from hf_providers.hosting.requirements import need

KIMI = {"I32": 126_812_160_000, "BF16": 43_926_022_128}
"""Kimi-K2.5's 170.7 B elements for 1.03 T parameters, in 4 bits with a scale for 32 weights."""
DENSE_27B_INT8 = {"I32": 6_333_809_800, "BF16": 2_782_570_600}
HYBRID_9B = {"I32": 990_000_000, "BF16": 1_271_053_168}
MLX_32B = {"U32": 32_768_000_000, "BF16": 512_000_000}
INT4_27B = {"I32": 4_709_644_000, "BF16": 3_129_645_360}


def config(**columns):
    return {
        "config_parameters": None, "config_active_parameters": None, "quantization": None, "quantization_bits": None,
        **columns,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "total", "most", "active"),
    [
        ("Qwen/Qwen3-30B-A3B", 30e9, None, 3e9),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", None, None, 17e9),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", None, None, 17e9),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", None, 56e9, None),
        ("alpindale/WizardLM-2-8x22B", None, 176e9, None),
        ("TinyLlama/TinyLlama-1.1B-step-50K-105b", 1.1e9, None, None),
        ("TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T", 1.1e9, None, None),
        ("Qwen/Qwen2.5-7B-Instruct-1M", 7e9, None, None),
        ("inclusionAI/Ling-1T", 1e12, None, None),
        ("ibm-granite/granite-3.1-3b-a800m-instruct", 3e9, None, 800e6),
        ("google/gemma-3n-E4B-it", None, None, None),
        ("01-ai/Yi-34B-200K", 34e9, None, None),
        ("meta-llama/Llama-Prompt-Guard-2-86M", 86e6, None, None),
        ("someone/merge-of-7b-and-13b", None, None, None),
        ("google/vit-base-patch16-224", None, None, None),
        ("nvidia/segformer-b0-finetuned-ade-512-512", None, None, None),
        ("moonshotai/Kimi-K2.5", None, None, None),
        ("stabilityai/stablelm-2-1_6b", None, None, None),  # 1.6 B, but llama_3_8b is no 3.8 B
        ("Qwen/Qwen2-1_5b", None, None, None),
        ("nvidia/Llama-3_3-Nemotron-Super-49B-v1_5", 49e9, None, None),
        ("openlm-research/open_llama_3b_v2", 3e9, None, None),
        ("x/llama-1B-100B-tokens", 1e9, None, None),
        ("x/model-200M-tokens", None, None, None),
        ("x/Chat-1M", None, None, None),
        ("x/Model-1M-context-7B", 7e9, None, None),
        ("NousResearch/Yarn-Llama-2-7b-128k", 7e9, None, None),
        ("mistralai/Mistral-Small-24B-Instruct-2501", 24e9, None, None),
        ("x/Foo-20250107", None, None, None),
        ("x/needs-24GB", None, None, None),
        ("meta-llama/Llama-3.1-405b", 405e9, None, None),
        ("google/gemma-3-270m", 270e6, None, None),
        ("tencent/Hunyuan-A13B-Instruct", None, None, 13e9),
        ("Qwen/Qwen3-235B-A22B", 235e9, None, 22e9),
        ("bigscience/bloom-1b7", None, None, None),
        ("7b/llama", None, None, None),
    ],
)
def test_sizes_in_names(name, total, most, active):
    named = in_name(name)
    assert (named.total, named.most, named.active) == (total, most, active)


def test_kimi_by_its_config_although_the_hub_counts_a_sixth():
    facts = config(config_parameters=1_026_408_232_448, config_active_parameters=32_860_000_000,
                   quantization="compressed-tensors", quantization_bits=4)  # fmt: skip
    for dtypes in (KIMI, None):
        known = resolve("moonshotai/Kimi-K2.5", 170_738_182_128, dtypes, facts)
        assert (known["parameters"], known["parameters_source"]) == (1_026_408_232_448, "config")
        assert (known["active_parameters"], known["active_parameters_source"]) == (32_860_000_000, "config")
    reading = agreeing(KIMI, 4, 1_026_408_232_448)
    assert reading is not None
    assert reading.byte_count == 126_812_160_000 * 4 + 43_926_022_128 * 2 > 500e9


@pytest.mark.parametrize(
    ("name", "dtypes", "bits", "gigabytes"),
    [
        ("example/Dense-27B-INT8", DENSE_27B_INT8, 8, 30.9),
        ("example/Hybrid-9B-quantized.w4a16", HYBRID_9B, 4, 6.5),
        ("example/Dense-32B-4bit-mlx", MLX_32B, 4, 17.4),
    ],
)
def test_packed_counts_are_read_the_way_that_the_name_confirms(name, dtypes, bits, gigabytes):
    """Sizes on disk as public reports give them; MLX's count is already of weights: 16 to 19 GB."""
    reading = agreeing(dtypes, bits, in_name(name).total)
    assert reading is not None
    assert reading.byte_count / 1e9 == pytest.approx(gigabytes, rel=0.01)
    known = resolve(name, sum(dtypes.values()), dtypes, config(quantization_bits=bits))
    assert known["parameters"] == reading.weights
    assert known["parameters_source"] == "count"


@pytest.mark.parametrize(
    ("dtypes", "bits", "witness"),
    [
        (INT4_27B, 4, 27e9),  # unpacked 40.8 B, as it stands 7.8 B: neither is 27 B
        (HYBRID_9B, None, 9e9),  # nobody says how many bits
        (HYBRID_9B, 4, None),  # nobody says how many weights
        (HYBRID_9B, 0, 9e9),
        (HYBRID_9B, 64, 9e9),
        ({"I32": -5, "F16": 3}, 4, 9e9),
        ({"I32": 990_000_000, "X9": 1}, 4, 9e9),
        ({}, 4, 9e9),
    ],
)
def test_a_count_that_can_not_be_read_is_none(dtypes, bits, witness):
    assert agreeing(dtypes, bits, witness) is None


def test_a_count_that_nothing_contradicts_stands():
    for name, counted in [
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 109_000_000_000),
        ("TinyLlama/TinyLlama-1.1B-step-50K-105b", 1_100_048_384),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 46_702_792_704),
        ("facebook/bart-large-cnn", 406_290_432),
        ("google/gemma-2-2b-it", 2_614_341_888),
    ]:
        known = resolve(name, counted, None, None)
        assert (known["parameters"], known["parameters_source"]) == (counted, "count")


def test_a_count_of_a_part_is_refuted():
    known = resolve("allenai/Olmo-3-7B-Instruct", 528_384, None, None)
    assert known["parameters"] is None
    assert "528,384" in known["parameters_reason"]
    assert parameters.by_name("allenai/Olmo-3-7B-Instruct", 528_384) == 7_000_000_000
    with_config = resolve("allenai/Olmo-3-7B-Instruct", 528_384, None, config(config_parameters=7_297_000_000))
    assert (with_config["parameters"], with_config["parameters_source"]) == (7_297_000_000, "config")


def test_trusted_witnesses_that_differ_leave_it_unknown():
    known = resolve("someone/no-size-named", 528_384, None, config(config_parameters=7_297_000_000))
    assert known["parameters"] is None
    assert known["parameters_reason"] == "the count of its tensors says 528,384, its config.json 7,297,000,000"


def test_config_outranks_a_name():
    known = resolve("someone/Tiny-2B", 8_030_261_248, None, config(config_parameters=8_029_995_008))
    assert (known["parameters"], known["parameters_source"]) == (8_030_261_248, "count")


@pytest.mark.parametrize(
    "name",
    [
        "x/Llama-70B-AWQ-INT4", "x/model-4bit", "x/Model.w4a16", "x/Foo-NVFP4", "x/bar-gptq", "x/Foo-NVFP4A16",
        "x/foo-q4_k_m", "x/foo-iq2_xs", "x/Foo-exl2-4.65bpw", "x/Foo-1.58bit", "x/Foo-Int3-AutoRound", "x/Foo-w4afp8",
        "x/Foo-MXFP4", "x/Foo-mlx-6bit", "x/Foo-GGUF",
    ],
)  # fmt: skip
def test_a_total_of_a_quantised_name_needs_a_witness(name):
    assert resolve(name, 2_000_000_000, None, None)["parameters"] is None


@pytest.mark.parametrize("name", ["x/Foo-16bit", "x/Foo-FP8-dynamic", "x/Foo-quantized.w8a8", "x/Quill-3-A100"])
def test_a_total_of_whole_elements_needs_none(name):
    assert resolve(name, 2_000_000_000, None, None)["parameters"] == 2_000_000_000


def test_8_bit_integers_hold_one_weight_each():
    """Llama-3.1-8B in w8a8: both readings are the same, and so is what is on disk."""
    dtypes = {"I8": 6_979_321_856, "BF16": 1_050_939_392}
    known = resolve("x/Llama-quantized.w8a8", 8_030_261_248, dtypes, config(quantization_bits=8))
    assert (known["parameters"], known["parameters_source"]) == (8_030_261_248, "count")
    reading = agreeing(dtypes, 8, None)
    assert reading is not None
    assert reading.byte_count == 6_979_321_856 + 2 * 1_050_939_392
    assert agreeing(dtypes, None, 8e9) is None  # an element could hold two weights


def test_a_larger_count_than_the_name_is_unknown_and_makes_no_estimate():
    known = resolve("someone/Model-2B", 3_204_165_888, None, None)
    assert known["parameters"] is None
    assert parameters.by_name("someone/Model-2B", 3_204_165_888) is None


def test_active_sizes_by_name_where_the_config_says_nothing():
    known = resolve("baidu/ERNIE-4.5-300B-A47B-Base-PT", 299_484_163_264, None, None)
    assert (known["active_parameters"], known["active_parameters_source"]) == (47_000_000_000, "name")
    refuted = resolve("x/Foo-300B-A47B", None, None, config(config_active_parameters=3_000_000_000))
    assert refuted["active_parameters"] is None


def test_a_total_of_fp4_experts_in_a_file_that_calls_itself_fp8_is_packed():
    """DeepSeek-V4 states quant_method fp8 and expert_dtype fp4: two weights in an element."""
    facts = config(config_parameters=284_300_000_000, quantization="fp8", quantization_bits=4)
    known = resolve("deepseek-ai/DeepSeek-V4-Flash", 158_000_000_000, None, facts)
    assert (known["parameters"], known["parameters_source"]) == (284_300_000_000, "config")
    whole = config(config_parameters=671_026_000_000, quantization="fp8", quantization_bits=8)
    known = resolve("deepseek-ai/DeepSeek-R1", 684_531_386_000, None, whole)
    assert (known["parameters"], known["parameters_source"]) == (684_531_386_000, "count")


QWEN2_VL_2B = {
    "model_type": "qwen2_vl", "hidden_size": 1536, "num_hidden_layers": 28, "num_attention_heads": 12,
    "num_key_value_heads": 2, "intermediate_size": 8960, "vocab_size": 151936, "tie_word_embeddings": True,
    "vision_config": {}, "torch_dtype": "bfloat16",
}  # fmt: skip


def test_a_count_with_a_tower_is_not_refuted_by_arithmetic_without_it():
    """Qwen2-VL-2B's card says 2 B: 1.54 B of language and 0.67 B of vision are 2.21 B."""
    facts = parse(json.dumps(QWEN2_VL_2B).encode())
    counted = 2_208_985_600
    row = {"model_id": "Qwen/Qwen2-VL-2B-Instruct", "counted_parameters": counted, "dtype_parameters": None}
    for dtypes in (None, {"BF16": counted}):
        needs = need(row | {"dtype_parameters": dtypes}, facts)
        assert (needs["parameters"], needs["parameters_source"]) == (counted, "count")
        assert needs["weights_bytes"] == 2 * counted
    # no name says so, or nothing is left out, or the count is of a part
    assert resolve("x/vl", counted, None, facts)["parameters"] is None
    assert resolve("x/vl-2B", counted, None, facts | {"left_out": None})["parameters"] is None
    assert resolve("x/vl-2B", 800_000_000, None, facts)["parameters"] == facts["config_parameters"]


def test_given_parameters_outrank_the_count():
    row = {"model_id": "x/y", "counted_parameters": 7 * 10**9, "dtype_parameters": {"BF16": 7 * 10**9}}
    assert need(row, None)["weights_bytes"] == 14 * 10**9
    assert need(row, None, given=14 * 10**9, fallback=None)["weights_bytes"] is None
    assert need(row, {"dtype": "bfloat16"}, given=14 * 10**9)["weights_bytes"] == 28 * 10**9
    assert need(row, None, given=14 * 10**9, weight_format="FP8")["weights_bytes"] == 14 * 10**9
    # and they tell how a packed count is to be read: 8 G elements of 32 bits hold 64 G weights of 4 bits, or 8 G
    packed = {"model_id": "x/y", "dtype_parameters": {"U32": 8 * 10**9}}
    facts = {"quantization": "gptq", "quantization_bits": 4}
    assert need(packed, facts)["weights_bytes"] is None
    assert need(packed, facts, given=64 * 10**9)["weights_bytes"] == 32 * 10**9
    assert need(packed, facts, given=8 * 10**9)["weights_bytes"] == 4 * 10**9


@pytest.mark.parametrize("name", ["x/Model-32B-FP8", "x/Model-32B-4bit-mlx", "x/Model-32B-w8a8", "x/Model-32B"])
def test_no_other_format_is_assumed_of_a_quantised_checkpoint(name):
    """In 4.9 bits it would seem to need 20 GB: the fp8 file has 33, MLX's 18."""
    needs = need({"model_id": name, "counted_parameters": 32_800_000_000, "dtype_parameters": None}, None)
    assert (needs["weights_bytes"] is None) is (name != "x/Model-32B")
    assert needs["parameters"] in {32_800_000_000, 32_000_000_000}
    assert needs["weights_unknown"]


@pytest.mark.parametrize(
    ("counted", "dtypes"), [(0, None), (0, {"BF16": 0}), (None, {"BF16": 0, "I64": 0}), (0, {}), (-7, {"BF16": -7})]
)
def test_a_count_of_nothing_is_no_count(counted, dtypes):
    row = {"model_id": "x/Model", "counted_parameters": counted, "dtype_parameters": dtypes}
    needs = need(row, None)
    assert (needs["parameters"], needs["parameters_source"], needs["weights_bytes"]) == (None, None, None)
    assert needs["weights_unknown"]
    assert resolve("x/Model", counted, dtypes, config(config_parameters=8 * 10**9))["parameters"] == 8 * 10**9


def test_packed_tensors_have_a_reason_without_a_total_too():
    assert resolve("moonshotai/Kimi-K2.5", None, KIMI, None)["parameters_reason"] == "the count is of packed elements"


@given(st.text(st.characters(codec="ascii") | st.sampled_from("__.-é²٣K"), max_size=30))
def test_words_of_a_name_are_cut_alike_with_and_without_a_look_at_each_character(name):
    kept = re.sub(r"[^a-z0-9._]|(?<!\d)_|_(?!\d)", " ", name.lower())
    assert parameters._words(f"org/{name.replace('/', '-')}") == kept.replace("/", " ").split()
