"""`hfp run` and `Model.snippet`: which offer is chosen and what is said of it; the code runs against a replay."""

from __future__ import annotations

import ast
import contextlib
import gc
import io
import json
import shutil
import subprocess
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers import Model
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.locate import find
from hf_providers.errors import NoSnippet
from hf_providers.snapshot import Snapshot
from hf_providers.snippets import clients
from pipeline.replay import read_dataset, serve
from tests.cli import hfp as snapshots
from tests.cli.hfp import Hfp
from tests.live import made

R1 = "deepseek-ai/DeepSeek-R1"
MEASURED = "moonshotai/Kimi-K3"
"""One whose speed was measured lately."""


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))
    return data


def live_offers(data: Path, model_id: str) -> list[dict[str, Any]]:
    with Catalog(find(str(data), {})) as catalog:
        return [offer for offer in catalog.offers(model_id) if offer["status"] == "live"]


def test_the_cheapest_is_the_one_with_the_least_to_pay(hfp: Hfp, committed: Path) -> None:
    priced = [o for o in live_offers(committed, R1) if o["output_usd_per_mtok"] is not None]
    best = min(priced, key=lambda o: 3 * Decimal(o["input_usd_per_mtok"]) + Decimal(o["output_usd_per_mtok"]))
    said = hfp("run", R1, "--cheapest").out
    assert f'"{R1}:{best["provider"]}"' in said
    top = [line for line in said.splitlines() if line.startswith("# ")]
    assert top[0].startswith("# the cheapest of ")
    assert f"${Decimal(best['output_usd_per_mtok']):.2f} out" in top[1]


def test_the_fastest_is_the_one_with_the_most_tokens(hfp: Hfp, committed: Path) -> None:
    best = max(live_offers(committed, MEASURED), key=lambda o: o["throughput_tps"] or 0)
    said = hfp("run", MEASURED, "--fastest", "--json").json
    assert said["offer"]["provider"] == best["provider"]
    assert f'"{MEASURED}:{best["provider"]}"' in said["code"]
    assert said["why"][1].endswith(f"price seen {best['price_observed_at'][:10]}")


@pytest.mark.parametrize("policy", ["cheapest", "fastest", "preferred"])
def test_a_suffix_leaves_the_choice_to_the_router(hfp: Hfp, policy: str) -> None:
    said = hfp("run", f"{R1}:{policy}").out
    assert f'"{R1}:{policy}"' in said
    assert said.startswith("# the router chooses when this runs, by ")


def test_a_provider_is_pinned_by_option_and_suffix(hfp: Hfp) -> None:
    assert hfp("run", f"{R1}:novita").out == hfp("run", R1, "--provider", "novita").out
    assert f'"{R1}:novita"' in hfp("run", f"{R1}:novita").out


def test_every_offer_of_the_snapshot_has_code_that_compiles_or_is_told_why_not(committed: Path) -> None:
    with Catalog(find(str(committed), {})) as catalog:
        snapshot = Snapshot(catalog)
        pairs = {(o["task"], o["provider"], o["adapter"]): o["model_id"] for o in catalog.offers()}
        written = 0
        for (task, provider, adapter), model_id in pairs.items():
            model = Model(model_id, snapshot)
            there = clients(task, provider, "python", adapter=adapter)
            if there:
                ast.parse(model.snippet("python", provider=provider, task=task))
                written += 1
            else:
                with pytest.raises(NoSnippet):
                    model.snippet("python", provider=provider, task=task)
    assert written > 30


@pytest.mark.parametrize(
    ("argv", "code", "wrong", "hint"),
    [
        ([R1, "--provider", "groq"], 1, "groq does not serve", "novita"),
        ([R1, "--task", "text-to-image"], 1, "for text-to-image", "conversational"),
        ([R1, "--client", "cohere"], 1, "cohere has no snippet", "hfp"),
        ([R1, "--lang", "javascript", "--client", "requests"], 1, "requests has no snippet", "hfp"),
        (["black-forest-labs/FLUX.1-schnell", "--cheapest"], 1, "known price", "leave cheapest out"),
        (["black-forest-labs/FLUX.1-schnell", "--stream"], 1, "only chat models stream", "hfp"),
        ([R1, "--bill-to", "a\nX-Evil: 1"], 1, "cannot stand in a header", "hfp"),
        ([f"{R1}:fastest", "--cheapest"], 2, "both :fastest and an option", "leave one"),
        ([R1, "--cheapest", "--fastest"], 2, "not allowed", "hfp run --help"),
        ([R1, "--lang", "cobol"], 2, "cobol", "hfp run --help"),
        ([R1, "--format", "csv"], 2, "cannot be printed as csv", "--json"),
        (["zzqqxx"], 1, "no model like", "hfp models"),
        ([], 2, "which model?", "hfp"),
    ],
)
def test_bad_input_is_told(hfp: Hfp, argv: list[str], code: int, wrong: str, hint: str) -> None:
    result = hfp("run", *argv)
    assert (result.code, result.out) == (code, "")
    said, type_this = result.err.splitlines()
    assert wrong in said
    assert hint in type_this


def made_up(tmp_path: Path, *offers: dict[str, Any]) -> str:
    rows = {"models": [snapshots.model("a/b")], "offers": list(offers)}
    return str(snapshots.catalog(tmp_path / "x" / "catalog.sqlite", rows))


def test_nobody_and_nobody_at_present_are_told(hfp: Hfp, tmp_path: Path) -> None:
    assert "no provider serves a/b" in hfp("run", "a/b", "--snapshot", made_up(tmp_path / "none")).err
    down = made_up(tmp_path / "down", snapshots.offer("a/b", "groq", status="error", readiness="unavailable"))
    result = hfp("run", "a/b", "--snapshot", down)
    assert (result.code, result.err.splitlines()[1]) == (1, "ask again: hfp status a/b")
    assert "no provider serves a/b at present: groq (error)" in result.err
    pinned = hfp("run", "a/b:groq", "--snapshot", down)
    assert (pinned.code, "# its status was error: this may fail" in pinned.out) == (0, True)


def test_a_task_without_snippets_is_told(hfp: Hfp, tmp_path: Path) -> None:
    odd = made_up(tmp_path, snapshots.offer("a/b", "groq", task="depth-estimation"))
    result = hfp("run", "a/b", "--snapshot", odd)
    assert result.code == 1
    assert "no snippet for the task depth-estimation" in result.err


def test_one_that_can_is_taken_where_tools_are_asked_for_and_else_a_warning_stands(hfp: Hfp, tmp_path: Path) -> None:
    fast = snapshots.offer("a/b", "groq", throughput_tps=900.0, supports_tools=False)
    able = snapshots.offer("a/b", "novita", throughput_tps=9.0, supports_tools=True)
    both = made_up(tmp_path / "both", fast, able)
    assert '"a/b:groq"' in hfp("run", "a/b", "--snapshot", both).out
    assert '"a/b:novita"' in hfp("run", "a/b", "--tools", "--snapshot", both).out
    one = hfp("run", "a/b", "--tools", "--snapshot", made_up(tmp_path / "one", fast)).out
    assert "# it has not passed Hugging Face's test of tools" in one


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A replay to which every connection of httpx is led: huggingface_hub fixes the router's address in its code."""
    monkeypatch.setenv("HF_TOKEN", made.TOKEN)
    # Else it asks the Hub, once a day, by which agent it is run, and keeps the answer in the home folder.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY", True)
    with serve(read_dataset(snapshots.DATA)) as server:
        for module in made.transports():
            there, original = module.URL(server.url), module.HTTPTransport.handle_request

            def handle(self: Any, request: Any, there: Any = there, original: Any = original) -> Any:
                request.url = request.url.copy_with(scheme="http", host=there.host, port=there.port)
                return original(self, request)

            monkeypatch.setattr(module.HTTPTransport, "handle_request", handle)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # a snippet leaves its client's connections open
            yield server
            gc.collect()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("client", ["huggingface_hub", "openai"])
def test_the_code_chats_with_a_replays_router(router: Any, client: str, stream: bool) -> None:
    pytest.importorskip(client, reason=f"the {client} snippet needs {client}")
    code = Model(R1).snippet("python", provider="novita", client=client, stream=stream)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "snippet", "exec"), {"__name__": "snippet"})
    assert "replayed" in said.getvalue()
    assert [(seen.method, seen.path) for seen in router.requests] == [("POST", "/v1/chat/completions")]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_code_chats_with_a_replays_router(router: Any) -> None:
    code = Model(MEASURED).snippet("curl", rule="fastest").replace("https://router.huggingface.co", router.url)
    done = subprocess.run(["sh", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    answer = json.loads(done.stdout)
    assert answer["choices"][0]["message"]["content"].startswith("replayed")
    assert answer["model"].startswith(f"{MEASURED}:")
