"""`hfp need` and the blocks of an answer, against published figures and sums done by hand."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hf_providers.cli import this_machine
from pipeline.docs.json_schemas import answer, need
from tests.cli.hfp import model
from tests.hosting.made import T, architecture, hfp, instance, said, usual
from tests.threaded import running

pytestmark = pytest.mark.usefixtures("wide")

TALK = architecture(
    T, layers=28, full_attention_layers=28, sliding_attention_layers=0, linear_attention_layers=0, kv_heads=8,
    head_dim=128, max_positions=40_960,
)  # fmt: skip
GPUS = [
    instance("small", "0.5", 14),
    instance("fits", "1", 24),
    instance("old", "0.6", 80, deprecated=True),
    instance("large", "5", 141),
    instance("cpu", "0.1", 640, kind="cpu"),
]


@pytest.fixture(autouse=True)
def no_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(this_machine, "OLLAMA", free.getsockname())


def told(tmp_path: Path, *argv: str, **rows: list[Any]) -> Any:
    rows = {"endpoint_instances": GPUS, "architectures": [TALK]} | rows
    path = usual(tmp_path / "catalog.sqlite", **rows)
    result = hfp("need", T, "--snapshot", path, "--json", *argv)
    assert result.code == 0, result.err
    found = said(result)
    jsonschema.validate(found, need())
    return found


def test_weights_and_cache_are_the_published_figures(tmp_path: Path) -> None:
    needs = told(tmp_path, "--weights", "Q4_K_M", "--context", "40960")["needs"]
    assert round(needs["kv_cache_bytes"] / 2**30, 2) == 4.38
    assert round(needs["weights_bytes"] / 2**30, 2) == pytest.approx(4.36, abs=0.03)
    assert told(tmp_path, "--kv-bits", "8", "--batch", "4", "--context", "40960")["needs"]["kv_cache_bytes"] == (
        2 * 28 * 8 * 128 * 40_960 * 4
    )


def test_published_dtypes_are_taken_where_known_and_else_it_is_said(tmp_path: Path) -> None:
    exact = model(T, parameters=10, dtype_parameters={"BF16": 7_000_000_000}, conversational=True, context_length=8192)
    needs = told(tmp_path, models=[exact])["needs"]
    assert (needs["weights_bytes"], needs["weight_format"], needs["assumed_format"]) == (14 * 10**9, None, False)
    needs = told(tmp_path)["needs"]
    assert (needs["weight_format"], needs["assumed_format"]) == ("Q4_K_M", True)


def test_the_cheapest_that_fits_is_not_a_deprecated_one(tmp_path: Path) -> None:
    found = told(tmp_path, "--weights", "BF16", "--context", "8192")["dedicated"]
    names = [row["instance_type"] for row in found["instances"]]
    assert names == ["fits", "large", "old"]
    assert found["cheapest"]["instance_type"] == "fits"
    # 15.24 GB of weights, 28 layers x 2 x 8 x 128 values of 2 bytes for 8192 tokens, 1 GB for the rest; of 24 GB, 90 %.
    assert found["cheapest"]["needed_bytes"] == 15_240_000_000 + 28 * 2 * 8 * 128 * 2 * 8192 + 10**9
    assert found["cheapest"]["usable_bytes"] == 21_600_000_000
    assert found["cheapest"]["usd_per_month"] == "730"


def test_141_gb_of_weights_do_not_fit_an_h200(tmp_path: Path) -> None:
    large = model(T, parameters=70_550_000_000, conversational=True, context_length=8192)
    found = told(tmp_path, "--weights", "BF16", models=[large])
    assert found["needs"]["weights_bytes"] == 141_100_000_000
    assert found["dedicated"]["instances"] == []
    assert found["dedicated"]["cheapest"] is None
    assert "H200" not in {row["name"] for row in found["local"]["machines"]}


def test_break_even_is_where_both_cost_the_same(tmp_path: Path) -> None:
    argv = ("--weights", "BF16", "--mix", "3:1", "--tokens-per-request", "1000", "--tps", "100")
    even = told(tmp_path, *argv)["dedicated"]["break_even"]
    # $1 an hour against a mean price of (3 x 1 + 1 x 3) / 4 = $1.50 a million tokens.
    assert even["tokens_per_hour"] == 666_667
    assert even["requests_per_hour"] == 667
    assert even["output_tps"] == 47
    assert even["utilisation"] == pytest.approx(666_667 / 4 / 3600 / 100)
    assert even["provider"] == "alpha"


def test_scale_to_zero_bills_the_hour_after_each_burst(tmp_path: Path) -> None:
    zero = told(tmp_path, "--weights", "BF16", "--busy-hours", "1.5", "--bursts", "3")["dedicated"]["scale_to_zero"]
    assert zero["billed_minutes_per_day"] == 90 + 3 * 60
    assert (zero["usd_per_day"], zero["usd_per_day_always_on"]) == ("4.5", "24")


def test_without_architecture_the_weights_alone_are_judged_and_it_is_said(tmp_path: Path) -> None:
    found = told(tmp_path, "--weights", "BF16", architectures=[])
    assert found["needs"]["kv_cache_bytes"] is None
    assert found["needs"]["kv_cache_unknown"] == "config.json was not read"
    assert found["dedicated"]["judged_by"] == "weights alone"
    odd = architecture(T, model_type="brandnew", reason="the cache of model type brandnew is not known here")
    found = told(tmp_path, architectures=[odd])
    assert "brandnew" in found["needs"]["kv_cache_unknown"]
    text = hfp("need", T, "--snapshot", str(tmp_path / "catalog.sqlite")).out
    assert "KV cache unknown: the cache of model type brandnew" in text


def test_a_model_of_unknown_size_is_refused_after_what_is_known(tmp_path: Path) -> None:
    path = usual(tmp_path / "catalog.sqlite", models=[model(T, conversational=True)])
    result = hfp("need", T, "--snapshot", path)
    assert result.code == 1
    assert "parameters of acme/Talk-7B are unknown" in result.err
    assert "alpha" in result.out


@pytest.mark.parametrize("gpu", [False, True])
def test_a_machine_with_and_without_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gpu: bool) -> None:
    device = tmp_path / "nvidia0"
    if gpu:
        device.touch()
    monkeypatch.setattr(this_machine, "GPU_DEVICES", (str(device),))
    monkeypatch.setattr(this_machine, "memory_bytes", lambda: 16 * 10**9)
    here = told(tmp_path, "--weights", "Q4_K_M", "--context", "8192")["this_machine"]
    assert (here["gpu_found"], here["fits"], here["usable_bytes"]) == (gpu, True, 12 * 10**9)
    text = hfp("need", T, "--snapshot", str(tmp_path / "catalog.sqlite")).out
    assert ("no GPU found" in text) is not gpu


@contextmanager
def ollama(monkeypatch: pytest.MonkeyPatch, body: bytes) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with running(HTTPServer(("127.0.0.1", 0), Handler)) as server:
        monkeypatch.setattr(this_machine, "OLLAMA", server.server_address)
        yield


def test_ollama_is_asked_where_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ollama(monkeypatch, json.dumps({"models": [{"name": "other:7b"}, {"name": "talk-7b:latest"}]}).encode()):
        first = told(tmp_path)["commands"][0]
    assert (first["command"], first["known"]) == ("ollama run talk-7b:latest", True)
    with ollama(monkeypatch, b"not json"):
        first = told(tmp_path)["commands"][0]
    assert (first["known"], first["answers"]) == (None, False)


def test_commands_say_what_is_known_to_be_there(tmp_path: Path) -> None:
    gguf = model("files/Talk-7B-GGUF", base_models=[{"model_id": T, "relation": "quantized"}])
    talk = model(T, parameters=7_000_000_000, conversational=True, library="transformers")
    by_tool = {command["tool"]: command for command in told(tmp_path, models=[talk, gguf])["commands"]}
    assert by_tool["llama-server"]["command"] == "llama-server -hf files/Talk-7B-GGUF"
    assert by_tool["ollama"]["command"] == "ollama run hf.co/files/Talk-7B-GGUF"
    assert {name: command["known"] for name, command in by_tool.items()} == dict.fromkeys(by_tool, True)


def test_the_answer_has_both_blocks_and_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(this_machine, "ollama_models", lambda: pytest.fail("an answer asks nobody"))
    path = usual(tmp_path / "catalog.sqlite", endpoint_instances=GPUS, architectures=[TALK])
    found = said(hfp(T, "--snapshot", path, "--json"))
    jsonschema.validate(found, answer())
    assert found["dedicated"]["cheapest"]["instance_type"] == "small"
    assert found["dedicated"]["judged_by"] == found["local"]["judged_by"] == "weights and KV cache"
    text = hfp(T, "--snapshot", path).out
    assert text.index("SERVERLESS") < text.index("DEDICATED") < text.index("LOCAL")
    bare = said(hfp(T, "--snapshot", usual(tmp_path / "bare.sqlite"), "--json"))
    assert bare["dedicated"] is None


@pytest.mark.parametrize(
    "argv", [["--context", "0"], ["--batch", "0"], ["--busy-hours", "25"], ["--busy-hours", "2", "--bursts", "0"],
             ["--weights", "Q9"], ["--kv-bits", "4"], ["--mix", "0:0"]],
)  # fmt: skip
def test_bad_input_is_wrong_usage(tmp_path: Path, argv: list[str]) -> None:
    result = hfp("need", T, "--snapshot", usual(tmp_path / "catalog.sqlite"), *argv)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 2
