"""The Hub's own client, pointed at the replay by the environment, reads exactly what was recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.replay import read_capture, serve

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
LATEST = CAPTURES / "hub-list-2026-02" / "models-2026-02-26T1227-8f91cbd.json"
REDIRECT = CAPTURES / "huggingface_hub-cassettes" / "model-info-inferenceProviderMapping.json"

needs_captures = pytest.mark.skipif(not LATEST.exists(), reason="the recordings are not beside this checkout")

SCRIPT = """
import json, sys
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError

provider, one, missing = sys.argv[1:]
api = HfApi()
fields = ["inferenceProviderMapping", "likes", "downloads", "pipeline_tag", "library_name"]
listed = list(api.list_models(inference_provider=provider, expand=fields, limit=None))
info = api.model_info(one, expand=["inferenceProviderMapping"])
try:
    api.model_info(missing)
    refused = None
except RepositoryNotFoundError as error:
    refused = error.response.status_code
print(json.dumps({
    "listed": [
        {**{name: getattr(m, name) for name in ("id", "likes", "downloads", "pipeline_tag", "library_name")},
         "offers": [vars(offer) for offer in m.inference_provider_mapping]}
        for m in listed
    ],
    "info": {offer.provider: vars(offer) for offer in info.inference_provider_mapping},
    "info_id": info.id,
    "refused": refused,
}))
"""


def client_reads(url: str, home: Path, provider: str, one: str) -> dict[str, Any]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    environment = {**inherited, "HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-c", SCRIPT, provider, one, "nobody/no-such-model"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def expected_offer(model_id: str, entry: dict[str, Any]) -> dict[str, Any]:
    """What huggingface_hub makes of a list's entry: two names in snake case, None for what is absent."""
    renamed = {"providerId": "provider_id", "adapterWeightsPath": "adapter_weights_path"}
    own = {"adapter": None, "adapter_weights_path": None, "type": None, "hf_model_id": model_id}
    return own | {renamed.get(key, key): value for key, value in entry.items()}


def expected_models(recorded: list[dict[str, Any]], provider: str) -> list[dict[str, Any]]:
    return [
        {
            **{name: model.get(name) for name in ("id", "likes", "downloads", "pipeline_tag", "library_name")},
            "offers": [expected_offer(model["id"], entry) for entry in model["inferenceProviderMapping"]],
        }
        for model in recorded
        if provider in {entry["provider"] for entry in model.get("inferenceProviderMapping", [])}
    ]


def check(capture: Path, home: Path, provider: str, one: str) -> None:
    recorded = json.loads(capture.read_text())
    with serve(read_capture(capture), max_page=25) as server:
        got = client_reads(server.url, home, provider, one)
        pages = [seen for seen in server.requests if seen.path == "/api/models"]
    wanted = expected_models(recorded, provider)
    assert got["listed"] == wanted
    assert len(pages) == -(-len(wanted) // 25)
    entries = next(model for model in recorded if model["id"] == one)["inferenceProviderMapping"]
    same = ("provider", "provider_id", "status", "task", "adapter")
    assert got["info"].keys() == {entry["provider"] for entry in entries}
    for entry in entries:
        seen, said = got["info"][entry["provider"]], expected_offer(one, entry)
        assert {key: seen[key] for key in same} == {key: said[key] for key in same}
    assert (got["info_id"], got["refused"]) == (one, 401)


def test_the_hubs_client_reads_what_was_written(tmp_path: Path) -> None:
    entry = {"provider": "novita", "providerId": "x", "status": "live", "task": "conversational"}
    models = [
        {"id": f"org/m{n}", "likes": n, "inferenceProviderMapping": [entry | {"provider": provider}]}
        for n, provider in enumerate(["novita", "groq", "novita"] * 20)
    ]
    capture = tmp_path / "models-x.json"
    capture.write_text(json.dumps(models))
    check(capture, tmp_path, "novita", "org/m2")


@needs_captures
@pytest.mark.parametrize("provider", ["novita", "fal-ai"])
def test_the_hubs_client_reads_what_was_recorded(tmp_path: Path, provider: str) -> None:
    check(LATEST, tmp_path, provider, "deepseek-ai/DeepSeek-R1")


@needs_captures
def test_all_recorded_models_and_offers_are_served_verbatim() -> None:
    recorded = [model for model in json.loads(LATEST.read_text()) if "inferenceProviderMapping" in model]
    with serve(read_capture(LATEST)) as server:
        url = f"{server.url}/api/models?inference_provider=all&expand=inferenceProviderMapping"
        reply = httpx.get(url)
        everything = httpx.get(f"{server.url}/api/models?inference_provider=all&expand=safetensors").json()
    keys = ("id", "inferenceProviderMapping")
    assert reply.json() == [{key: model[key] for key in keys} for model in recorded]
    earlier = [json.loads(path.read_text()) for path in LATEST.parent.glob("models-*.json") if path != LATEST]
    stated = {
        (model["id"], model["safetensors"]["total"]) for wires in earlier for model in wires if "safetensors" in model
    }
    served = {model["id"]: model["safetensors"] for model in everything if "safetensors" in model}
    wanted = {
        model["id"]: model["safetensors"]
        for model in recorded
        if "safetensors" in model and (model["id"], model["safetensors"]["total"]) in stated
    }
    assert len(served) > 200
    assert served == wanted


@needs_captures
def test_a_redirect_has_the_form_of_the_recorded_one(tmp_path: Path) -> None:
    recorded = next(tape for tape in json.loads(REDIRECT.read_text()) if tape["status"]["code"] == 307)
    new_id = recorded["headers"]["Location"][0].removeprefix("/api/models/").partition("?")[0]
    capture = tmp_path / "models-x.json"
    capture.write_text(json.dumps([{"id": new_id}]))
    with serve(read_capture(capture)) as server:
        url = f"{server.url}/api/models/{new_id.lower()}?expand=inferenceProviderMapping"
        reply = httpx.get(url)
    assert reply.status_code == 307
    assert reply.reason_phrase == recorded["status"]["message"]
    assert reply.text == recorded["body"]
    for name in ("Location", "Content-Type", "Content-Length", "Vary", "cross-origin-opener-policy"):
        assert [reply.headers[name]] == recorded["headers"][name]
