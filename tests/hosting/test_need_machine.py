"""`hfp need` for a config of one's own, for sizes alone, and for a machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hf_providers.hosting.machine_fit import find
from pipeline.docs.json_schemas import schema_of
from tests.hosting.made import hfp, said, usual
from tests.hosting.needs import GPUS, LLAMA_8B, told

pytestmark = pytest.mark.usefixtures("wide")


def from_file(tmp_path: Path, config: Any, *argv: str, code: int = 0) -> Any:
    file = tmp_path / "config.json"
    file.write_bytes(config if isinstance(config, bytes) else json.dumps(config).encode())
    return told(tmp_path, "--config", str(file), *argv, code=code)


def test_a_config_of_ones_own(tmp_path: Path) -> None:
    needs = from_file(tmp_path, LLAMA_8B)["needs"]
    assert needs["kv_cache_bytes"] == needs["kv_cache_bytes_upper"] == 16 * 2**30
    assert needs["weights_bytes"] == pytest.approx(2 * 8.03e9, rel=0.001)
    assert (needs["parameters_source"], needs["context_length"]) == ("config", 131_072)


def test_windows_have_a_lower_and_an_upper_figure(tmp_path: Path) -> None:
    window = {"sliding_window": 1024, "layer_types": ["sliding_attention", "full_attention"] * 16}
    needs = from_file(tmp_path, LLAMA_8B | window)["needs"]
    assert needs["kv_cache_bytes_upper"] == 16 * 2**30
    assert needs["kv_cache_bytes"] == 8 * 2**30 + 16 * 2 * 8 * 128 * 2 * 1024
    text = hfp("need", "--config", str(tmp_path / "config.json"), "--snapshot", str(tmp_path / "catalog.sqlite")).out
    assert "KV cache 8.06 GiB (up to 16.00 GiB in some engines) at 131,072 tokens" in text


@pytest.mark.parametrize(
    "broken",
    [
        b"\x00\xff", b"[]", b"{", json.dumps({"text_config": "x" * 10_000_000}).encode(),
        {**LLAMA_8B, "num_hidden_layers": -32}, {**LLAMA_8B, "num_experts": 10**9},
        {**LLAMA_8B, "num_local_experts": 10**9}, {**LLAMA_8B, "layer_types": ["full_attention"] * 40},
        {**LLAMA_8B, "num_key_value_heads": "8"}, {**LLAMA_8B, "hidden_size": "4096"}, {**LLAMA_8B, "head_dim": [128]},
        {"text_config": {**LLAMA_8B, "num_hidden_layers": 10**12}}, {"model_type": ["llama"]}, {},
    ],
)  # fmt: skip
def test_a_broken_config_has_a_reason_and_no_number(tmp_path: Path, broken: Any) -> None:
    found = from_file(tmp_path, broken, code=1)
    needs = found["needs"]
    unknown = (
        "weights_bytes",
        "parameters",
        "active_parameters",
        "kv_cache_bytes",
        "kv_cache_bytes_upper",
        "state_bytes",
    )
    assert [needs[key] for key in unknown] == [None] * 6
    assert needs["kv_cache_unknown"]
    assert found["dedicated"] is found["local"] is None
    result = hfp("need", "--config", str(tmp_path / "config.json"), "--snapshot", str(tmp_path / "catalog.sqlite"))
    assert (result.code, len(result.err.splitlines())) == (1, 2)


def test_sizes_alone_are_enough(tmp_path: Path) -> None:
    path = usual(tmp_path / "catalog.sqlite", endpoint_instances=GPUS)
    result = hfp("need", "--params", "32B", "--active", "3B", "--weights", "int8", "--json", "--snapshot", path)
    found = said(result)
    jsonschema.validate(found, schema_of("need"))
    assert result.code == 5
    needs = found["needs"]
    assert (needs["weights_bytes"], needs["parameters_source"]) == (32 * 10**9, "given")
    assert (needs["active_parameters"], needs["active_parameters_source"]) == (3 * 10**9, "given")
    assert found["dedicated"]["cheapest"]["instance_type"] == "large"
    assert hfp("need", "--params", "32B", "--snapshot", path).code == 5


@pytest.mark.parametrize(
    ("asked", "usable", "fits", "largest"),
    [
        # 90 % of 24 GB less 1 GB are 20.6 GB, less the weights 4.54 GB: 34,637 tokens of 131,072 bytes.
        ("24GB", 20_600_000_000, False, (20_600_000_000 - 2 * 8_029_995_008) // 131_072),
        ("h200", 125_900_000_000, True, 131_072),
        ("2x24GB", 41_200_000_000, True, 131_072),
        ("16GB", 13_400_000_000, False, 0),
        ("m4 max", 95_000_000_000, True, 131_072),
    ],
)  # fmt: skip
def test_what_fits_a_machine(tmp_path: Path, asked: str, usable: int, fits: bool, largest: int) -> None:
    machine = from_file(tmp_path, LLAMA_8B, "--machine", asked)["machine"]
    assert (machine["usable_bytes"], machine["fits"], machine["largest_context"]) == (usable, fits, largest)


def test_the_best_format_for_a_machine(tmp_path: Path) -> None:
    # Of 13.4 GB, 8192 tokens take 1.07 GB; Q8_0 of 8.03 B takes 8.53 GB, fp8 with 16-bit embeddings 9.08 GB.
    best = from_file(tmp_path, LLAMA_8B, "--machine", "16GB")["machine"]["best_format"]
    assert (best["weight_format"], best["context_length"]) in {("FP8", 8192), ("INT8", 8192)}
    assert best["weights_bytes"] == 8_029_995_008 + 2 * 128_256 * 4096
    best = from_file(tmp_path, LLAMA_8B, "--machine", "8GB", "--context", "4096")["machine"]["best_format"]
    # 6.2 GB less 0.54 GB leave 5.66 GB: 8.03 B at 5.57 bits take 5.59 GB, at 5.70 bits 5.73 GB.
    assert best["weight_format"] == "Q5_K_S"
    assert from_file(tmp_path, LLAMA_8B, "--machine", "2GB")["machine"]["best_format"] is None


def test_it_is_said_where_the_lower_cache_alone_was_judged(tmp_path: Path) -> None:
    config = {
        "model_type": "gpt_oss", "num_hidden_layers": 36, "num_attention_heads": 64, "num_key_value_heads": 8,
        "head_dim": 64, "hidden_size": 2880, "vocab_size": 201_088, "sliding_window": 128,
        "layer_types": ["sliding_attention", "full_attention"] * 18, "max_position_embeddings": 131_072,
    }  # fmt: skip
    found = from_file(tmp_path, config, "--params", "120B", "--machine", "80GB")
    # 18 of 36 layers keep 131,072 tokens, the others 128; or all of them keep all: 2 x 8 heads x 64 x 2 bytes each
    assert found["needs"]["kv_cache_bytes"] == 18 * 2048 * (131_072 + 128)
    assert found["needs"]["kv_cache_bytes_upper"] == 36 * 2048 * 131_072
    assert found["machine"]["judged_by"] == "weights and the lower KV cache"
    full = from_file(tmp_path, LLAMA_8B, "--machine", "80GB")
    assert full["machine"]["judged_by"] == "weights and KV cache"


def test_a_machine_is_judged_by_the_weights_alone_where_the_cache_is_unknown(tmp_path: Path) -> None:
    path = usual(tmp_path / "catalog.sqlite")
    result = hfp("need", "--params", "32B", "--machine", "24GB", "--json", "--snapshot", path)
    machine = said(result)["machine"]
    assert (machine["judged_by"], machine["fits"], machine["largest_context"]) == ("weights alone", None, None)
    # of 20.6 GB, 32 B at 4.8944 bits take 19.6 GB
    assert machine["best_format"]["weight_format"] == "Q4_K_M"
    text = hfp("need", "--params", "32B", "--machine", "24GB", "--snapshot", path).out
    assert "best format there: Q4_K_M, 19.6 GB (weights alone)" in text


def test_the_largest_context_is_not_below_the_one_it_is_judged_at(tmp_path: Path) -> None:
    """A provider may serve more than the model's own context: the machine holds both."""
    machine = from_file(tmp_path, LLAMA_8B, "--machine", "h200", "--context", "262144")["machine"]
    assert (machine["fits"], machine["largest_context"]) == (True, 262_144)


def test_a_model_that_the_snapshot_lacks_says_how_to_size_it(tmp_path: Path) -> None:
    result = hfp("need", "someone/Unknown-7B", "--snapshot", usual(tmp_path / "catalog.sqlite"))
    assert result.code == 1
    assert "hfp need --config someone/Unknown-7B" in result.err
    assert "hfp need --params 7B" in result.err


@pytest.mark.parametrize(
    ("asked", "name", "gb", "share"),
    [
        ("4090x2", "2 x RTX 4090", 48, 90), ("RTX 4090 x 2", "2 x RTX 4090", 48, 90), ("8*h100", "8 x H100", 640, 90),
        ("nvidia h100", "H100", 80, 90), ("NVIDIA GeForce RTX 4090", "RTX 4090", 24, 90),
        ("rtx-4090", "RTX 4090", 24, 90),
        ("4090 24gb", "RTX 4090", 24, 90), ("a100 40GB", "A100", 40, 90), ("a100-40gb", "A100", 40, 90),
        ("m4 max 36GB", "Apple M4 Max", 36, 75), ("m4 max", "Apple M4 Max", 128, 75), ("24G", "24 GB", 24, 90),
        ("1TB", "1 TB", 1000, 90), ("2 x 24 gb", "2 x 24 GB", 48, 90), ("m3 ultra 512GB", "Apple M3 Ultra", 512, 75),
        ("m5 max 128", "Apple M5 Max", 128, 75),
    ],
)  # fmt: skip
def test_a_machine_is_found_as_people_type_it(asked: str, name: str, gb: int, share: int) -> None:
    found = find(asked)
    assert (found["name"], found["memory_bytes"], found["usable_share_pct"]) == (name, gb * 10**9, share)


def test_gib_are_larger_than_gb() -> None:
    assert find("24GiB")["memory_bytes"] == 24 * 2**30


@pytest.mark.parametrize(
    "asked",
    [
        "", "x", "m4", "a10g", "m2 max 96gb", "0GB", "-24GB", "zx81", "٢٤GB", "24.5GB", "90.5GB", "999999GB", "99x4090",
        "0x24GB", "a100 0GB", "4 x", "x 4", "x8 h100", "512MB", "80", "gpu", "cpu", "1e3GB", "2TBs", "m3 ultra",
        "9" * 500 + "GB", "x" * 10_000, "9x" * 100_000,
    ],
)  # fmt: skip
def test_no_machine_is_guessed(asked: str) -> None:
    with pytest.raises(ValueError, match=r"is not in the list|means|out of range"):
        find(asked)
