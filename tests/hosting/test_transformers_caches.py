"""What transformers' own models keep and hold, for shapes of models that the recordings lack.

`transformers_caches.json` was made with transformers 5.24.0: each config's model without weights reads 96 tokens, and
the tensors of its cache and its parameters are counted. Convolutions keep one input more there (as many as the kernel
is long) than in vLLM and llama.cpp, which is what is counted here.
"""

import json
from pathlib import Path

import pytest

from hf_providers.hosting import attention, config_size
from hf_providers.hosting.config import read

MODELS = json.loads(Path(__file__).with_name("transformers_caches.json").read_text())


def name_of(model):
    return model["name"]


def of(model):
    return read(json.dumps(model["config"]).encode())


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_the_cache_holds_what_transformers_keeps(model):
    cache = attention.cache(of(model))
    assert sum(cache.kv_values.values()) == model["values_a_token"]
    assert cache.sliding == model["sliding_layers"]
    kernel = next(
        (model["config"][k] for k in ("mamba_d_conv", "conv_kernel", "conv_L_cache") if k in model["config"]), 1
    )
    inputs = model["convolution_bytes"] * (kernel - 1) // kernel
    assert cache.state_bytes == model["recurrent_bytes"] + inputs


COUNTED = {
    "Mistral-7B-v0.3", "Mistral-7B-v0.1", "Qwen2.5-7B", "gemma-2-9b", "Phi-3-mini", "c4ai-command-r7b",
    "c4ai-command-r-v01", "DeepSeek-V2-Lite", "GLM-4.5-Air", "GLM-4.5", "MiniMax-M2", "exaone-4-32B", "Apertus-8B",
    "Nemotron-H-8B",
}  # fmt: skip


@pytest.mark.parametrize("model", [model for model in MODELS if model["name"] in COUNTED], ids=name_of)
def test_the_arithmetic_gives_the_parameters_of_transformers(model):
    assert config_size.count(of(model)).total == pytest.approx(model["parameters"], rel=0.005)
