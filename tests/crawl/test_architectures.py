"""What config.json says of an architecture. The files are cut from published ones, the counts are by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hf_providers.hosting.memory import GIB, cache
from hf_providers.hub import Tally
from pipeline.crawl.sources import architectures
from tests.hub.hubserver import hub_for, response, serving

LLAMA_3_1_8B = {  # meta-llama/Llama-3.1-8B: head_dim is 4096 / 32
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 131_072,
    "torch_dtype": "bfloat16",
}
QWEN3_0_6B = {  # Qwen/Qwen3-0.6B: head_dim is stated, and is not 1024 / 16
    "model_type": "qwen3",
    "head_dim": 128,
    "hidden_size": 1024,
    "max_position_embeddings": 40_960,
    "max_window_layers": 28,
    "num_attention_heads": 16,
    "num_hidden_layers": 28,
    "num_key_value_heads": 8,
    "sliding_window": None,
    "torch_dtype": "bfloat16",
    "use_sliding_window": False,
}
GEMMA_3_27B: dict[
    str, Any
] = {  # google/gemma-3-27b-it: the language model is nested, the window pattern is the class's default
    "model_type": "gemma3",
    "torch_dtype": "bfloat16",
    "vision_config": {"model_type": "siglip_vision_model", "num_hidden_layers": 27},
    "text_config": {
        "model_type": "gemma3_text",
        "head_dim": 128,
        "hidden_size": 5376,
        "num_attention_heads": 32,
        "num_hidden_layers": 62,
        "num_key_value_heads": 16,
        "sliding_window": 1024,
    },
}
DEEPSEEK_V3_1 = {  # deepseek-ai/DeepSeek-V3.1
    "model_type": "deepseek_v3",
    "hidden_size": 7168,
    "kv_lora_rank": 512,
    "max_position_embeddings": 163_840,
    "n_routed_experts": 256,
    "num_attention_heads": 128,
    "num_experts_per_tok": 8,
    "num_hidden_layers": 61,
    "num_key_value_heads": 128,
    "qk_rope_head_dim": 64,
    "quantization_config": {"quant_method": "fp8", "fmt": "e4m3"},
    "torch_dtype": "bfloat16",
}
GPT_OSS_120B = {  # openai/gpt-oss-120b
    "model_type": "gpt_oss",
    "head_dim": 64,
    "hidden_size": 2880,
    "layer_types": ["sliding_attention", "full_attention"] * 18,
    "max_position_embeddings": 131_072,
    "num_attention_heads": 64,
    "num_experts_per_tok": 4,
    "num_hidden_layers": 36,
    "num_key_value_heads": 8,
    "num_local_experts": 128,
    "sliding_window": 128,
}
QWEN3_NEXT_80B = {  # Qwen/Qwen3-Next-80B-A3B-Instruct: three linear layers, then one with full attention
    "model_type": "qwen3_next",
    "full_attention_interval": 4,
    "head_dim": 256,
    "hidden_size": 2048,
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
    "linear_value_head_dim": 128,
    "num_attention_heads": 16,
    "num_experts": 512,
    "num_experts_per_tok": 10,
    "num_hidden_layers": 48,
    "num_key_value_heads": 2,
}
JAMBA = {  # ai21labs/Jamba-v0.1: layers 4, 12, 20, 28
    "model_type": "jamba",
    "attn_layer_offset": 4,
    "attn_layer_period": 8,
    "mamba_d_conv": 4,
    "mamba_d_state": 16,
    "mamba_expand": 2,
    "hidden_size": 4096,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "sliding_window": None,
}
NEMOTRON_3_NANO = {  # nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B
    "model_type": "nemotron_h",
    "head_dim": 128,
    "hidden_size": 2688,
    "hybrid_override_pattern": "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
    "n_routed_experts": 128,
    "mamba_num_heads": 64,
    "mamba_head_dim": 64,
    "ssm_state_size": 128,
    "n_groups": 8,
    "conv_kernel": 4,
    "num_attention_heads": 32,
    "num_hidden_layers": 52,
    "num_key_value_heads": 2,
}
GRANITE_4 = {  # ibm-granite/granite-4.0-h-micro: attention in layers 5, 15, 25, 35 of 40, and no experts
    "model_type": "granitemoehybrid",
    "hidden_size": 2048,
    "layer_types": ["attention" if layer in {5, 15, 25, 35} else "mamba" for layer in range(40)],
    "mamba_d_conv": 4,
    "mamba_d_head": 64,
    "mamba_d_state": 128,
    "mamba_n_groups": 1,
    "mamba_n_heads": 64,
    "num_attention_heads": 32,
    "num_experts_per_tok": 0,
    "num_hidden_layers": 40,
    "num_key_value_heads": 8,
    "num_local_experts": 0,
}
LLAMA_4_SCOUT = {  # meta-llama/Llama-4-Scout-17B-16E-Instruct: every fourth layer sees everything
    "model_type": "llama4",
    "text_config": {
        "model_type": "llama4_text",
        "attention_chunk_size": 8192,
        "head_dim": 128,
        "hidden_size": 5120,
        "no_rope_layers": [],
        "num_attention_heads": 40,
        "num_hidden_layers": 48,
        "num_key_value_heads": 8,
        "num_local_experts": 16,
        "num_experts_per_tok": 1,
    },
}
MISTRAL_7B_V01 = {  # mistralai/Mistral-7B-v0.1: a window in every layer
    "model_type": "mistral",
    "hidden_size": 4096,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "sliding_window": 4096,
}
GEMMA_2_27B = {  # google/gemma-2-27b-it: every other layer
    "model_type": "gemma2",
    "head_dim": 128,
    "hidden_size": 4608,
    "num_attention_heads": 32,
    "num_hidden_layers": 46,
    "num_key_value_heads": 16,
    "sliding_window": 4096,
}
MINIMAX_M1 = {  # MiniMaxAI/MiniMax-M1-80k: every eighth of 80 layers
    "model_type": "minimax_m1",
    "attn_type_list": [0, 0, 0, 0, 0, 0, 0, 1] * 10,
    "head_dim": 128,
    "num_attention_heads": 64,
    "num_hidden_layers": 80,
    "num_key_value_heads": 8,
}


def parse(config: Any) -> dict[str, Any]:
    return architectures.parse(json.dumps(config).encode())


@pytest.mark.parametrize(
    ("config", "full", "sliding", "linear", "window"),
    [
        (LLAMA_3_1_8B, 32, 0, 0, None),
        (QWEN3_0_6B, 28, 0, 0, None),
        (GEMMA_3_27B, 10, 52, 0, 1024),
        (DEEPSEEK_V3_1, 61, 0, 0, None),
        (GPT_OSS_120B, 18, 18, 0, 128),
        (QWEN3_NEXT_80B, 12, 0, 36, None),
        (JAMBA, 4, 0, 28, None),
        (NEMOTRON_3_NANO, 6, 0, 23, None),
        (GRANITE_4, 4, 0, 36, None),
        (LLAMA_4_SCOUT, 12, 36, 0, 8192),
        (MISTRAL_7B_V01, 0, 32, 0, 4096),
        (MISTRAL_7B_V01 | {"sliding_window": None}, 32, 0, 0, None),
        (GEMMA_2_27B, 23, 23, 0, 4096),
        (MINIMAX_M1, 10, 0, 70, None),
        (QWEN3_0_6B | {"sliding_window": 32_768}, 28, 0, 0, None),
    ],
)
def test_layers_are_counted_by_what_they_hold(
    config: dict[str, Any], full: int, sliding: int, linear: int, window: int | None
) -> None:
    facts = parse(config)
    assert facts["reason"] is None
    counted = tuple(facts[f"{kind}_attention_layers"] for kind in ("full", "sliding", "linear"))
    assert (*counted, facts["sliding_window"]) == (full, sliding, linear, window)


@pytest.mark.parametrize(
    ("config", "context", "gib"),
    [
        # 2 x 16 x 128 values of 2 bytes; 10 layers of 131,072 tokens and 52 of 1,024
        (GEMMA_3_27B, 131_072, "10.41"),
        # 61 layers of 512 + 64 values
        (DEEPSEEK_V3_1, 163_840, "10.72"),
        # 28 layers of 2 x 8 x 128
        (QWEN3_0_6B, 40_960, "4.38"),
        # 4 layers of 2 x 8 x 128 at 262,144: 4 GiB
        (JAMBA, 262_144, "4.00"),
        # 36 of 48 layers hold 8,192 of 131,072 tokens: 4096 bytes x (12 x 131,072 + 36 x 8,192)
        (LLAMA_4_SCOUT, 131_072, "7.12"),
    ],
)
def test_the_cache_of_published_models(config: dict[str, Any], context: int, gib: str) -> None:
    held = cache(parse(config), context)
    assert held is not None
    assert f"{held.lower / GIB:.2f}" == gib


def test_what_is_stated_is_kept() -> None:
    facts = parse(DEEPSEEK_V3_1)
    stated = {
        "model_type": "deepseek_v3",
        "layers": 61,
        "full_attention_layers": 61,
        "sliding_attention_layers": 0,
        "linear_attention_layers": 0,
        "hidden_size": 7168,
        "attention_heads": 128,
        "kv_heads": 128,
        "head_dim": None,
        "experts": 256,
        "active_experts": 8,
        "sliding_window": None,
        "kv_lora_rank": 512,
        "qk_rope_head_dim": 64,
        "max_positions": 163_840,
        "dtype": "bfloat16",
        "quantization": "fp8",
        "quantization_bits": 8,
        "quantization_group_size": None,
        "kv_values": {"all": 61 * 576},
        "index_bytes": None,
        "index_bytes_upper": None,
        "state_bytes": 0,
        "config_parameters": None,
        "config_active_parameters": None,
        "embedding_parameters": None,
        "expert_parameters": None,
        "left_out": None,
        "reason": None,
    }
    assert {name: value for name, value in facts.items() if name != "config"} == stated
    assert json.loads(facts["config"])["kv_lora_rank"] == 512
    assert parse(GEMMA_3_27B)["dtype"] == "bfloat16"
    assert (parse(GRANITE_4)["experts"], parse(LLAMA_3_1_8B)["experts"]) == (0, None)
    assert parse(LLAMA_4_SCOUT)["active_experts"] == 1


def test_what_a_published_file_leaves_out_is_what_its_class_says() -> None:
    """Gemma3TextConfig of transformers: 4 KV heads of 256; gemma-3-4b-it states neither."""
    small = {key: value for key, value in GEMMA_3_27B["text_config"].items() if "num_" not in key and key != "head_dim"}
    facts = parse({"model_type": "gemma3", "text_config": {**small, "num_hidden_layers": 34}})
    assert facts["kv_values"] == {"all": 5 * 2 * 4 * 256, "last 1024": 29 * 2 * 4 * 256}


@pytest.mark.parametrize(
    ("block", "how"),
    [
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, ("gptq", 4, 128)),
        ({"quant_method": "awq", "w_bit": 4, "q_group_size": 64}, ("awq", 4, 64)),
        ({"bits": 4, "group_size": 64}, ("unnamed", 4, 64)),  # MLX
        ({"quant_method": "mxfp4"}, ("mxfp4", 4, 32)),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, ("bitsandbytes", 4, None)),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, ("modelopt", 4, 16)),
        ({"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION"}, ("modelopt", None, None)),
        ({"quant_method": "x", "config_groups": {"a": {"weights": {"num_bits": 4, "group_size": 32}}}}, ("x", 4, 32)),
        ({"quant_method": "x", "config_groups": {n: {"weights": {"num_bits": n}} for n in (4, 8)}}, ("x", None, None)),
        ({"quant_method": "x", "config_groups": {"a": {"weights": {"num_bits": []}}, "b": 5}}, ("x", None, None)),
        ({"quant_method": 7, "bits": "4"}, ("unnamed", None, None)),
        ({"quant_method": "x", "bits": 10**9, "group_size": -1}, ("x", None, None)),
        ({"quant_method": "x", "bits": True}, ("x", None, None)),
        ("fp8", (None, None, None)),
    ],
)  # fmt: skip
def test_quantisation_as_each_tool_writes_it(block: Any, how: tuple[Any, ...]) -> None:
    facts = parse({**LLAMA_3_1_8B, "quantization_config": block})
    assert (facts["quantization"], facts["quantization_bits"], facts["quantization_group_size"]) == how


def without(config: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name != key}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({**LLAMA_3_1_8B, "model_type": "brand_new"}, "model type brand_new is not known"),
        (without(LLAMA_3_1_8B, "model_type"), "none stated"),
        ({**LLAMA_3_1_8B, "hidden_size": 4097}, "size of KV heads"),
        (without(QWEN3_0_6B, "head_dim"), "size of KV heads"),
        (without(QWEN3_0_6B, "num_key_value_heads"), "number of KV heads"),
        ({**QWEN3_0_6B, "use_sliding_window": True}, "use_sliding_window is on"),
        ({**QWEN3_0_6B, "num_kv_shared_layers": 10}, "num_kv_shared_layers"),
        ({**DEEPSEEK_V3_1, "index_head_dim": 128}, "index_head_dim"),
        (without(DEEPSEEK_V3_1, "kv_lora_rank"), "kv_lora_rank"),
        (without(GPT_OSS_120B, "layer_types"), "layer_types does not say"),
        (without(GPT_OSS_120B, "sliding_window"), "size is not stated"),
        ({**GPT_OSS_120B, "layer_types": ["telepathy"] * 36}, "'telepathy' is not known"),
        ({**GPT_OSS_120B, "layer_types": [["full_attention"]] * 36}, "holds something else than names"),
        (without(JAMBA, "attn_layer_period"), "attn_layer_period"),
        ({**JAMBA, "attn_layer_offset": 8}, "attn_layer_period"),
        ({**NEMOTRON_3_NANO, "num_hidden_layers": 53}, "hybrid_override_pattern"),
        ({**MINIMAX_M1, "attn_type_list": [0, 2] * 40}, "attn_type_list"),
        ({**JAMBA, "model_type": "bamba", "attn_layer_indices": [9, 99]}, "attn_layer_indices"),
    ],
)
def test_what_is_not_known_is_null_with_a_reason(config: dict[str, Any], reason: str) -> None:
    facts = parse(config)
    assert reason in facts["reason"]
    counts = [facts[f"{kind}_attention_layers"] for kind in ("full", "sliding", "linear")]
    assert (counts, facts["sliding_window"]) == ([None] * 3, None)
    assert cache(facts, 4096) is None
    assert facts["attention_heads"] == config["num_attention_heads"], "what the file states is still told"


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({**LLAMA_3_1_8B, "num_hidden_layers": "32"}, "num_hidden_layers is '32'"),
        ({**LLAMA_3_1_8B, "num_hidden_layers": True}, "num_hidden_layers is True"),
        ({**LLAMA_3_1_8B, "num_hidden_layers": -32}, "num_hidden_layers is -32"),
        ({**LLAMA_3_1_8B, "num_experts": 10**9}, "num_experts is 1000000000"),
        ({**GPT_OSS_120B, "layer_types": ["full_attention"] * 37}, "layer_types names 37 layers"),
        ({**GPT_OSS_120B, "layer_types": "full"}, "layer_types is no list"),
    ],
)
def test_a_file_that_is_not_plausible_gives_nothing_but_a_reason(config: dict[str, Any], reason: str) -> None:
    facts = parse(config)
    assert reason in facts.pop("reason")
    assert set(facts.values()) == {None}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_config_gives_nothing_but_a_reason(body: bytes) -> None:
    facts = architectures.parse(body)
    assert facts.pop("reason") == "config.json is not a JSON object"
    assert set(facts.values()) == {None}
    assert set(facts) | {"reason"} == set(parse(LLAMA_3_1_8B))


def test_strings_of_strangers_are_cleaned() -> None:
    facts = parse({**LLAMA_3_1_8B, "model_type": "evil\x1b[31m" + "x" * 500, "torch_dtype": 7})
    assert facts["model_type"].startswith("evil[31m")
    assert len(facts["model_type"]) <= 100
    assert len(facts["reason"]) <= 200
    assert facts["dtype"] is None


def test_the_row_says_of_which_model_and_commit_it_is() -> None:
    at = datetime(2026, 5, 19, tzinfo=UTC)
    row = architectures.row("Qwen/Qwen3-0.6B", "c1899de", parse(QWEN3_0_6B), at)
    assert (row["model_id"], row["sha"], row["observed_at"], row["layers"]) == ("Qwen/Qwen3-0.6B", "c1899de", at, 28)


def test_the_file_is_fetched_with_one_request() -> None:
    body = json.dumps(QWEN3_0_6B).encode()
    with serving(lambda _: response(body=body)) as server, hub_for(server) as hub:
        facts = architectures.fetch(hub, "Qwen/Qwen3-0.6B", Tally())
        assert server.targets == ["/Qwen/Qwen3-0.6B/resolve/main/config.json"]
    assert facts == parse(QWEN3_0_6B)
