"""Quantised checkpoints whose counts mislead, from the Hub's list and config.json to what `hfp need` says."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hf_providers.hosting import requirements
from pipeline.assemble import parameters
from pipeline.crawl.sources import architectures, hub_list

FOLDER = Path(__file__).resolve().parents[2].parent / "shared/cases/sizes"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of cases is not beside the repository")

ON_DISK_GB = {
    "example/Dense-27B-INT4-AWQ-GPTQ": (25.1 * 0.9, 25.1 * 1.1),
    "example/Hybrid-9B-quantized.w4a16": (6.5 * 0.9, 6.5 * 1.1),
    "example/Dense-27B-INT8": (30.9 * 0.9, 30.9 * 1.1),
    "example/Dense-32B-4bit-mlx": (16, 19),
    "moonshotai/Kimi-K2.5": (500, 700),
}


def judged():
    models = hub_list.page("featherless-ai", (FOLDER / "models.json").read_bytes()).models.values()
    rows = []
    for file in (FOLDER / "configs").glob("*.json"):
        facts = architectures.parse(file.read_bytes())
        rows.append(architectures.row(file.stem.replace("__", "/"), "c" * 40, facts, datetime(2026, 9, 1, tzinfo=UTC)))
    by_model = {row["model_id"]: row for row in rows}
    return [(row | {"context_length": 8192}, by_model[row["model_id"]]) for row in parameters.judge(models, rows)]


@pytest.mark.parametrize("weight_format", [None, "INT4"])
def test_sizes_are_those_on_disk_or_unknown(weight_format):
    found = judged()
    assert {row["model_id"] for row, _ in found} == set(ON_DISK_GB)
    for row, architecture in found:
        needs = requirements.need(row, architecture, weight_format=weight_format)
        least, most = ON_DISK_GB[row["model_id"]]
        if weight_format is None:
            assert needs["weights_bytes"] is None or least <= needs["weights_bytes"] / 1e9 <= most
            assert not needs["assumed_format"]
        assert needs["weights_bytes"] is not None or needs["weights_unknown"]


def test_what_can_be_read_is_read():
    """The two counts that one reading explains; of the others the bits or the split say something else."""
    known = {row["model_id"]: requirements.need(row, config)["weights_bytes"] for row, config in judged()}
    assert known["example/Dense-27B-INT8"] == 6_333_809_800 * 4 + 2_782_570_600 * 2
    assert known["example/Dense-32B-4bit-mlx"] == 32_768_000_000 // 2 + 512_000_000 * 2
    assert [name for name, size in known.items() if size is None] == [
        "example/Dense-27B-INT4-AWQ-GPTQ", "example/Hybrid-9B-quantized.w4a16", "moonshotai/Kimi-K2.5",
    ]  # fmt: skip


def test_kimi_with_its_own_config():
    path = FOLDER.parent.parent / "captures/hf-configs-aiconfigurator/configs/moonshotai--Kimi-K2.5_config.json"
    if not path.is_file():
        pytest.skip("the folder of recordings is not beside the repository")
    facts = architectures.parse(path.read_bytes())
    [row] = [row for row, _ in judged() if row["model_id"] == "moonshotai/Kimi-K2.5"]
    for dtypes in (row["dtype_parameters"], None):
        model = row | {"dtype_parameters": dtypes}
        needs = requirements.need(model, facts)
        assert needs["parameters"] == pytest.approx(1.03e12, rel=0.01)
        assert needs["weights_bytes"] == pytest.approx(595e9 if dtypes else 627.7e9, rel=0.01)
        for weight_format in ("INT4", "AWQ", "GPTQ", "MXFP4", "NVFP4", "Q4_K_M", "INT8", "FP8", "BF16"):
            assert requirements.need(model, facts, weight_format=weight_format)["weights_bytes"] > 500e9


def test_the_recorded_config_reads_the_same_again():
    """A replay serves what was kept of a config.json: reading that gives the same row."""
    folder = FOLDER.parent.parent / "captures/hf-configs-aiconfigurator/configs"
    if not folder.is_dir():
        pytest.skip("the folder of recordings is not beside the repository")
    for file in folder.glob("*_config.json"):
        if "_hf_quant_" not in file.name:
            row = architectures.parse(file.read_bytes())
            assert row["config"] is not None
            assert architectures.parse(row["config"].encode()) == row, file.name
            assert json.loads(row["config"])
