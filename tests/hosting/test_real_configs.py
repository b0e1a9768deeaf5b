"""Every recorded config.json of today's models, against the sizes in their names and another tool's figures."""

from pathlib import Path

import pytest

from hf_providers.hosting import attention, parameters
from hf_providers.hosting.config import read
from hf_providers.hosting.config_size import count

FOLDER = Path(__file__).resolve().parents[2].parent / "shared/captures/hf-configs-aiconfigurator/configs"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of recordings is not beside the repository")

FILES = [path for path in sorted(FOLDER.glob("*_config.json")) if "_hf_quant_" not in path.name]
NAMES = [path.name.removesuffix("_config.json").replace("--", "/") for path in FILES]

AICONFIGURATOR = {
    "MiniMaxAI/MiniMax-M2.5": 33285996544, "Qwen/Qwen3-0.6B": 15032385536, "Qwen/Qwen3-235B-A22B": 25232932864,
    "Qwen/Qwen3-30B-A3B": 12884901888, "Qwen/Qwen3-32B": 34359738368, "Qwen/Qwen3-8B": 19327352832,
    "Qwen/Qwen3-VL-30B-A3B-Instruct": 12884901888, "Qwen/Qwen3.5-27B": 8743878656, "Qwen/Qwen3.5-35B-A3B": 2748743680,
    "Qwen/Qwen3.5-397B-A17B": 4218593280, "XiaomiMiMo/MiMo-7B-Base": 19327352832,
    "deepseek-ai/DeepSeek-R1": 9210691584, "deepseek-ai/DeepSeek-V3.2": 10266083328,
    "google/gemma-4-26B-A4B": 2894069760, "meta-llama/Meta-Llama-3.1-405B": 67645734912,
    "meta-llama/Meta-Llama-3.1-70B": 42949672960, "moonshotai/Kimi-K2.5": 9210691584, "zai-org/GLM-5": 13127122944,
    "nvidia/Gemma-4-31B-IT-NVFP4": 11576279040, "nvidia/Kimi-K2.6-NVFP4": 9210691584,
    "nvidia/Qwen3.6-35B-A3B-NVFP4": 2748743680, "openai/gpt-oss-120b": 4836556800, "openai/gpt-oss-20b": 3224371200,
    "stepfun-ai/Step-3.7-Flash": 6511656960,
}  # fmt: skip
"""Bytes of cache and state at 131,072 tokens in 16 bits, as aiconfigurator-core 0.12.0 gives them (one GPU)."""


def config(name: str):
    return read((FOLDER / f"{name.replace('/', '--')}_config.json").read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_every_cache_is_known(name):
    held = attention.cache(config(name))
    assert held.full > 0
    assert sum(held.kv_values.values()) > 0


@pytest.mark.parametrize("name", NAMES)
def test_no_size_contradicts_a_name(name):
    size, named = count(config(name)), parameters.in_name(name)
    assert named.total is None or size.total == pytest.approx(named.total, rel=0.15)
    assert named.active is None or size.active == pytest.approx(named.active, rel=0.2)
    assert named.most is None or size.total <= named.most


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("moonshotai/Kimi-K2.5", 1.03e12, 32e9),
        ("deepseek-ai/DeepSeek-V4-Flash", 284e9, 13e9),  # the card: 284B parameters, 13B activated
        ("deepseek-ai/DeepSeek-V4-Pro", 1.6e12, 49e9),  # the card: 1.6T, 49B
        ("XiaomiMiMo/MiMo-V2-Flash", 309e9, 15e9),  # the card: 309B, 15B
        ("MiniMaxAI/MiniMax-M2.5", 230e9, 10e9),  # the card: 230B, 10B
        ("zai-org/GLM-5", 744e9, 40e9),  # the card: 744B, 40B
    ],
)
def test_cards(name, total, active):
    size = count(config(name))
    assert size.total == pytest.approx(total, rel=0.03)
    assert size.active == pytest.approx(active, rel=0.11)


@pytest.mark.parametrize(("name", "expected"), AICONFIGURATOR.items())
def test_another_tool_counts_the_same(name, expected):
    held = attention.cache(config(name))
    tokens = {rule: 131_072 if rule == "all" else int(rule.split()[-1]) for rule in held.kv_values}
    values = sum(tokens[rule] * values * 2 for rule, values in held.kv_values.items())
    assert values + held.index_bytes.get("all", 0) * 131_072 + held.state_bytes == expected
