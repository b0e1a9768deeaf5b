"""`hfp need` and the blocks of an answer, against published figures and sums done by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hf_providers.cli import run_commands, this_machine
from pipeline.docs.json_schemas import schema_of
from tests.cli.hfp import model, offer, row
from tests.hosting.made import MAY, T, architecture, hfp, said, usual
from tests.hosting.needs import GPUS, LLAMA_8B, TALK, told
from tests.hub.hubserver import response, serving
from tests.threaded import running

pytestmark = pytest.mark.usefixtures("wide")


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
    assert needs["weights_unknown"] == "neither dtypes nor a config.json say what its weights are"


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
    found = told(tmp_path, "--weights", "BF16", "--params", "70550M", "--context", "8192")
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
    found = told(tmp_path, "--weights", "BF16", code=5, architectures=[])
    assert found["needs"]["kv_cache_bytes"] is None
    assert found["needs"]["kv_cache_unknown"] == "its config.json was not read"
    assert found["dedicated"]["judged_by"] == "weights alone"
    odd = architecture(T, model_type="brandnew", reason="the cache of model type brandnew is not known here")
    found = told(tmp_path, code=5, architectures=[odd])
    assert "brandnew" in found["needs"]["kv_cache_unknown"]
    text = hfp("need", T, "--snapshot", str(tmp_path / "catalog.sqlite")).out
    assert "KV cache unknown: the cache of model type brandnew" in text


def test_a_model_of_unknown_size_is_refused_after_what_is_known(tmp_path: Path) -> None:
    prices = {"input_usd_per_mtok": Decimal(1), "output_usd_per_mtok": Decimal(3)}
    unsized = {"models": [model("acme/Talk", conversational=True)], "offers": [offer("acme/Talk", "alpha", **prices)]}
    result = hfp("need", "acme/Talk", "--snapshot", usual(tmp_path / "catalog.sqlite", **unsized))
    assert result.code == 1
    assert "what acme/Talk needs is unknown: its parameters are not known; its config.json was not read" in result.err
    assert "alpha" in result.out


def test_a_known_cache_is_shown_although_the_weights_are_unknown(tmp_path: Path) -> None:
    rows = {"models": [model("acme/Talk", conversational=True)], "architectures": [TALK | {"model_id": "acme/Talk"}]}
    rows["offers"] = [offer("acme/Talk", "alpha")]
    result = hfp("need", "acme/Talk", "--snapshot", usual(tmp_path / "catalog.sqlite", **rows))
    assert result.code == 5
    assert "weights unknown: its parameters are not known" in result.out
    assert "KV cache 4.38 GiB at 40,960 tokens" in result.out


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
    monkeypatch.setattr(run_commands, "ollama_models", lambda: pytest.fail("an answer asks nobody"))
    path = usual(tmp_path / "catalog.sqlite", endpoint_instances=GPUS, architectures=[TALK])
    found = said(hfp(T, "--snapshot", path, "--json"))
    jsonschema.validate(found, schema_of("answer"))
    assert found["dedicated"]["cheapest"]["instance_type"] == "small"
    assert found["dedicated"]["judged_by"] == found["local"]["judged_by"] == "weights and KV cache"
    text = hfp(T, "--snapshot", path).out
    assert text.index("SERVERLESS") < text.index("DEDICATED") < text.index("LOCAL")
    # 7.62 B at 4.8944 bits, and 28 layers x 2 x 8 x 128 values of 2 bytes for 8192 tokens.
    [line] = [line for line in text.splitlines() if line.startswith("DEDICATED")]
    assert line == "DEDICATED   needs about 5.6 GB at 4-bit with 8k context: 1 × small (aws) $0.50/h"
    [line] = [line for line in text.splitlines() if line.startswith("LOCAL")]
    assert line == "LOCAL       fits on RTX 4060 8 GB, RTX 3060 12 GB, RTX 4070 12 GB and 26 larger"
    bare = said(hfp(T, "--snapshot", usual(tmp_path / "bare.sqlite"), "--json"))
    assert bare["dedicated"] is None


@pytest.mark.parametrize(
    "argv", [["--context", "0"], ["--batch", "0"], ["--busy-hours", "25"], ["--busy-hours", "2", "--bursts", "0"],
             ["--weights", "Q9"], ["--kv-bits", "4"], ["--mix", "0:0"], ["--params", "0"],
             ["--params", "3B", "--active", "4B"],
             ["--machine", "h9000"], ["--machine", "0GB"], ["--machine", "rtx"], ["--machine", ""],
             ["--config", "no/such/file.json"], ["--config", "not an id"]],
)  # fmt: skip
def test_bad_input_is_wrong_usage(tmp_path: Path, argv: list[str]) -> None:
    result = hfp("need", T, "--snapshot", usual(tmp_path / "catalog.sqlite"), *argv)
    assert (result.code, result.out) == (2, "")
    assert len(result.err.splitlines()) == 2


def test_jobs_stand_beside_endpoints(tmp_path: Path) -> None:
    seen = datetime(2026, 8, 22, tzinfo=UTC)
    common = {"kind": "gpu", "cpus": 8, "ram_bytes": 30 * 10**9, "listed_at": seen, "observed_at": seen}
    jobs = [
        row(
            "jobs_hardware",
            hardware="1x Nvidia L4",
            units=1,
            memory_bytes=24 * 10**9,
            usd_per_hour=Decimal("0.8"),
            **common,
        ),
        row(
            "jobs_hardware",
            hardware="4x Nvidia L4",
            units=4,
            memory_bytes=96 * 10**9,
            usd_per_hour=Decimal("3.8"),
            **common,
        ),
    ]
    found = told(tmp_path, "--weights", "BF16", "--context", "8192", jobs_hardware=jobs)["jobs"]
    assert [row["hardware"] for row in found["machines"]] == ["1x Nvidia L4", "4x Nvidia L4"]
    assert (found["cheapest"]["usd_per_hour"], found["cheapest"]["fits"]) == ("0.8", True)
    large = told(tmp_path, "--params", "40B", "--weights", "BF16", "--context", "8192", jobs_hardware=jobs)["jobs"]
    assert [row["hardware"] for row in large["machines"]] == ["4x Nvidia L4"]
    text = hfp("need", T, "--weights", "BF16", "--snapshot", str(tmp_path / "catalog.sqlite")).out
    assert "JOBS   HF Jobs, by the minute at prices of 2026-08-22" in text


@pytest.mark.parametrize(
    ("task", "tools"),
    [
        ("text-to-image", {"diffusers"}),
        ("text-to-video", {"diffusers"}),
        ("automatic-speech-recognition", {"transformers"}),
        ("text-to-speech", {"transformers"}),
        ("feature-extraction", {"text-embeddings-inference", "sentence-transformers"}),
        ("text-classification", {"transformers"}),
        ("text-to-3d", set()),
        ("conversational", {"ollama", "llama-server", "vllm", "transformers"}),
    ],
)
def test_commands_are_those_of_the_task(tmp_path: Path, task: str, tools: set[str]) -> None:
    one = model("acme/Draw-2B", parameters=2_000_000_000, pipeline_tag=task)
    path = usual(tmp_path / "catalog.sqlite", models=[one], offers=[offer("acme/Draw-2B", "alpha", task=task)])
    result = hfp("need", "acme/Draw-2B", "--weights", "bf16", "--json", "--snapshot", path)
    found = said(result)
    assert {command["tool"] for command in found["commands"]} == tools
    assert ("vllm serve" in result.out) is (task == "conversational")
    assert all("acme/Draw-2B" in c["command"] or "GGUF" in c["command"] for c in found["commands"])
    assert result.code == (5 if task == "conversational" else 0)


def test_an_id_that_a_shell_would_read_gets_no_command(tmp_path: Path) -> None:
    one = model("acme/$(reboot)-2B", parameters=2_000_000_000)
    path = usual(tmp_path / "catalog.sqlite", models=[one], offers=[offer("acme/$(reboot)-2B", "alpha")])
    assert said(hfp("need", "acme/$(reboot)-2B", "--weights", "bf16", "--json", "--snapshot", path))["commands"] == []


def test_a_config_is_fetched_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = usual(tmp_path / "catalog.sqlite")
    with serving(lambda _: response(body=json.dumps(LLAMA_8B).encode())) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        result = hfp("need", "--config", "meta-llama/Llama-3.1-8B", "--json", "--snapshot", path)
        assert server.targets == ["/meta-llama/Llama-3.1-8B/resolve/main/config.json"]
    found = said(result)
    jsonschema.validate(found, schema_of("need"))
    assert (result.code, found["needs"]["kv_cache_bytes"]) == (0, 16 * 2**30)
    assert found["model"]["model_id"] == "meta-llama/Llama-3.1-8B"
    assert "vllm serve meta-llama/Llama-3.1-8B" in result.out


def test_a_config_that_is_not_there_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = usual(tmp_path / "catalog.sqlite")
    with serving(lambda _: response(404, b'{"error": "Entry not found"}')) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        result = hfp(
            "need", "acme/None-7B", "--config", "acme/None-7B", "--weights", "bf16", "--json", "--snapshot", path
        )
    needs = said(result)["needs"]
    assert (result.code, needs["kv_cache_unknown"]) == (5, "there is no config.json")
    assert (needs["weights_bytes"], needs["parameters_source"]) == (14 * 10**9, "name")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert hfp("need", "--config", "acme/None-7B", "--snapshot", path).code == 4


def test_no_chat_format_is_assumed_of_a_model_that_is_none(tmp_path: Path) -> None:
    """An embedding model of 22.7 M parameters is loaded as it is: in 4 bits it would seem to need a sixth."""
    small = model("acme/Embed", parameters=22_713_728, pipeline_tag="sentence-similarity", library="transformers")
    path = usual(tmp_path / "catalog.sqlite", models=[small], endpoint_instances=GPUS)
    result = hfp("need", "acme/Embed", "--json", "--machine", "24GB", "--snapshot", path)
    found = said(result)
    jsonschema.validate(found, schema_of("need"))
    assert (result.code, found["needs"]["weights_bytes"], found["needs"]["parameters"]) == (5, None, 22_713_728)
    assert found["machine"]["judged_by"] == "weights alone"
    text = hfp("need", "acme/Embed", "--snapshot", path).out
    assert "22.7M parameters as the Hub counts its tensors" in text
    assert "; --weights takes a format to count them in" in " ".join(text.split())
    result = hfp("need", "acme/Embed", "--weights", "fp32", "--machine", "24GB", "--snapshot", path)
    assert result.code == 0
    assert "90.9 MB of weights" in result.out  # 22,713,728 x 4
    assert "best format there: FP32, 90.9 MB (weights alone)" in result.out


MIXTURE = architecture(
    T, layers=28, kv_values={"all": 57_344}, config_parameters=7_500_000_000, config_active_parameters=900_000_000,
    dtype="bfloat16", left_out="its vision or audio tower",
)  # fmt: skip


def shown(tmp_path: Path, *argv: str, **rows: list[Any]) -> str:
    path = usual(tmp_path / "catalog.sqlite", endpoint_instances=GPUS, **rows)
    return " ".join(hfp("need", T, "--snapshot", path, *argv).out.split())


def test_parameters_are_shown_with_those_that_a_token_uses_and_who_says_so(tmp_path: Path) -> None:
    one = model(T, parameters=None, conversational=True, context_length=8192)
    text = shown(tmp_path, architectures=[MIXTURE], models=[one])
    counted = "7.5B parameters by its config.json without its vision or audio tower"
    assert f"{counted}, of which a token uses 900M " in text
    found = told(tmp_path, architectures=[MIXTURE], models=[one])["needs"]
    assert (found["left_out"], found["active_parameters"]) == ("its vision or audio tower", 900_000_000)
    text = shown(tmp_path, "--params", "9B", "--active", "1B", architectures=[MIXTURE], models=[one])
    assert "9.0B parameters as given, of which a token uses 1.0B " in text
    text = shown(tmp_path, "--active", "1B", architectures=[MIXTURE], models=[one])
    assert f"{counted}, of which a token uses 1.0B as given " in text
    fewer = told(tmp_path, "--params", "800M", architectures=[MIXTURE], models=[one])["needs"]
    assert (fewer["active_parameters"], fewer["left_out"]) == (None, None)


@pytest.mark.parametrize("columns", ["80", "100", "120"])
def test_no_reason_and_no_price_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    jobs = [
        row(
            "jobs_hardware", hardware=f"{units}x Nvidia RTX PRO 6000", kind="gpu", units=units,
            memory_bytes=units * 10**11, usd_per_hour=Decimal(3 * units), observed_at=MAY, listed_at=MAY,
        )
        for units in range(1, 9)
    ]  # fmt: skip
    quantised = MIXTURE | {"quantization": "compressed-tensors"}
    one = model(T, parameters=None, conversational=True, context_length=8192)
    rows = {"architectures": [quantised], "models": [one], "jobs_hardware": jobs, "endpoint_instances": GPUS}
    path = usual(tmp_path / "catalog.sqlite", **rows)
    text = hfp("need", T, "--machine", "m4 max", "--snapshot", path).out
    above, _, below = text.partition("DEDICATED")
    assert "…" not in above
    assert "…" not in below.partition("JOBS")[2].partition("ollama")[0]
    assert max(map(len, above.splitlines())) <= int(columns)
    words = " ".join(text.split())
    assert "how many bytes compressed-tensors takes is not stated; --weights takes other formats" in words
    assert "1x Nvidia RTX PRO 6000 $3.00/h" in words
    assert "Apple M4 Max, 128 GB, 95.0 GB usable: it fits" in words


@pytest.mark.parametrize("option", ["--params", "--active"])
def test_a_handful_of_parameters_means_billions(tmp_path: Path, option: str) -> None:
    result = hfp("need", T, option, "8", "--snapshot", usual(tmp_path / "catalog.sqlite"))
    assert (result.code, result.err) == (
        2,
        f"hfp: {option} 8 is 8 parameters, which no model has\nas in: {option} 8B\n",
    )
