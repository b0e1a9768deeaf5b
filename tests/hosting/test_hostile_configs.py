"""Configs that are broken in one place: unknown with a reason or the same answer, and never an exception."""

import json
import random

import pytest

from hf_providers.hosting import architecture, requirements
from tests.hosting.test_real_configs import FILES
from tests.hosting.test_transformers_caches import MODELS

JUNK = [
    None, -1, 0, 10**12, 10**30, "32", "", 1.5, float("nan"), float("inf"), True, False, [], [1], [-1], ["a"], [None],
    [{}], {}, {"a": []}, {"attention": {}}, "\x1b[2J",
]  # fmt: skip
SIZES = ("config_parameters", "config_active_parameters", "embedding_parameters", "expert_parameters", "state_bytes")


def places(value, path=()):
    """Every key of a config and of the objects in it, with its value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), inner
            yield from places(inner, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from places(value[0], (*path, 0))


def broken(config, path, junk):
    copy = json.loads(json.dumps(config))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    return json.dumps(copy).encode()


def check(body):
    row = architecture.parse(body)
    assert (row["kv_values"] is None) == bool(row["reason"])
    assert row["kv_values"] is None or sum(row["kv_values"].values()) > 0
    assert all(row[key] is None or row[key] >= 0 for key in SIZES)
    requirements.need({"model_id": "a/b"}, row)
    if row["config"] is not None:
        assert architecture.parse(row["config"].encode()) == row


def check_every_place(config, seed):
    """Put all junk where no single number stands, and some of it, picked by the seed, where one does."""
    pick = random.Random(seed)
    for path, value in places(config):
        for junk in pick.sample(JUNK, 3) if type(value) is int else JUNK:
            check(broken(config, path, junk))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model["name"])
def test_a_config_that_is_broken_in_one_place(model):
    config = model["config"]
    check_every_place(config, model["name"])
    check_every_place({"text_config": config, "vision_config": {"hidden_size": 8}}, model["name"])


def one_a_type():
    return {architecture.parse(file.read_bytes())["model_type"]: file for file in FILES}.values()


@pytest.mark.skipif(not FILES, reason="the folder of recordings is not beside the repository")
@pytest.mark.parametrize("file", one_a_type(), ids=lambda file: file.name)
def test_a_recorded_config_that_is_broken_in_one_place(file):
    row = architecture.parse(file.read_bytes())
    check_every_place(json.loads(row["config"]) | {"quantization_config": None}, file.name)


QUANTIZATION = {
    "quant_method": "modelopt", "quant_algo": "NVFP4", "bits": 4, "w_bit": 4, "group_size": 128, "q_group_size": 128,
    "load_in_4bit": True, "load_in_8bit": True, "quantized_layers": {},
    "config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 32}}},
}  # fmt: skip


@pytest.mark.parametrize("left", [set(), {"config_groups"}, {"config_groups", "quant_algo"}, {"quant_algo", "bits"}])
def test_a_quantisation_that_is_broken_in_one_place(left):
    stated = {key: value for key, value in QUANTIZATION.items() if key not in left}
    for path, _ in places({"quantization_config": stated}):
        for junk in JUNK:
            body = broken({**MODELS[0]["config"], "quantization_config": stated}, path, junk)
            bits = architecture.parse(body)["quantization_bits"]
            assert bits is None or 1 <= bits <= 8
            check(body)


GLM = next(model["config"] for model in MODELS if model["name"] == "GLM-4.5")
LITE = next(model["config"] for model in MODELS if model["name"] == "DeepSeek-V2-Lite")
JAMBA = next(model["config"] for model in MODELS if model["name"] == "Jamba-1.5-Mini")
NEMOTRON = next(model["config"] for model in MODELS if model["name"] == "Nemotron-H-8B")


@pytest.mark.parametrize(
    ("config", "changed"),
    [
        (GLM, {"n_routed_experts": None}),  # would be taken for a dense model of an eighth of the size
        (GLM, {"n_routed_experts": 0}),
        (GLM, {"moe_intermediate_size": None}),  # would take the width of a dense layer for an expert's
        (GLM, {"moe_intermediate_size": 0}),
        (GLM, {"first_k_dense_replace": None}),
        (GLM, {"num_key_value_heads": None}),  # would take as many as there are heads
        (GLM, {"num_experts_per_tok": None}),
        (GLM, {"tie_word_embeddings": "yes"}),
        (GLM, {"num_experts_per_tok": 161}),
        (LITE, {"qk_nope_head_dim": 0}),
        (LITE, {"v_head_dim": 0}),
        (NEMOTRON, {"mamba_head_dim": 0}),
        (NEMOTRON, {"ssm_state_size": 0}),
        (NEMOTRON, {"n_groups": 0}),
    ],
)
def test_no_size_is_made_of_what_is_missing(config, changed):
    row = architecture.parse(json.dumps({**config, **changed}).encode())
    assert (row["config_parameters"], row["config_active_parameters"]) == (None, None)
    assert architecture.parse(json.dumps(config).encode())["config_parameters"] > 1e9


@pytest.mark.parametrize(
    ("config", "changed"),
    [
        (JAMBA, {"mamba_expand": 0}),
        (JAMBA, {"mamba_d_state": 0}),
        (JAMBA, {"mamba_d_conv": 0}),
        (JAMBA, {"attn_layer_offset": 8}),
        (JAMBA, {"attn_layer_period": 0}),
        (NEMOTRON, {"mamba_num_heads": 0}),
        (NEMOTRON, {"conv_kernel": 0}),
        (NEMOTRON, {"n_groups": 0}),
        (NEMOTRON, {"ssm_state_size": 0}),
        (NEMOTRON, {"hybrid_override_pattern": "M" * 52}),
        (LITE, {"qk_rope_head_dim": 0}),
        ({**GLM, "model_type": "minimax_m3"}, {"sparse_attention_config": "on"}),
        ({**GLM, "model_type": "minimax_m3"}, {"sparse_attention_config": {"use_sparse_attention": 1}}),
        ({**GLM, "model_type": "gemma2", "sliding_window": 64}, {"sliding_window_pattern": "LG"}),
        ({**GLM, "is_encoder_decoder": False}, {"is_encoder_decoder": "yes"}),
    ],
)
def test_no_cache_is_made_of_what_is_missing(config, changed):
    row = architecture.parse(json.dumps({**config, **changed}).encode())
    assert (row["kv_values"], row["state_bytes"]) == (None, None)
    assert row["reason"]
