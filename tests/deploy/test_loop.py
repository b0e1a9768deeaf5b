"""The whole loop in real processes over HTTP: state, run, deploy folder, `hfp sync`, `hfp MODEL`. And once more.

A replay stands for the Hub, a static file server for Pages; each round has a folder of its own, as each scheduled run
has a machine of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dataset_samples import ROOT, manifest_of
from tests.deploy.served import Static, serving

CLEARED = ("HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
MODEL = "acme/Talk-7B"


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in CLEARED}
    return kept | {"PYTHONPATH": str(ROOT)} | more


def process(*command: str, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, env=environment(**more), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def pipeline(*arguments: str | Path, code: int = 0, **more: str) -> str:
    return process(sys.executable, "-m", "pipeline", *map(str, arguments), code=code, **more).stdout


def hfp(cache: Path, *arguments: str, code: int = 0) -> str:
    program = str(Path(sys.executable).with_name("hfp"))
    return process(program, *arguments, code=code, HFP_CACHE=str(cache)).stdout


@contextmanager
def hub(folder: Path, observed_at: str, price: str, speed: float) -> Iterator[str]:
    """The address of `pipeline replay` of one model that is offered at that price and speed."""
    offer = {
        "provider": "novita", "providerId": "acme/talk", "status": "live", "task": "conversational",
        "type": "single-model", "providerDetails": {"pricing": {"input": float(price), "output": 2.0}},
        "performance": {"tokensPerSecond": speed, "firstTokenLatencyMs": 300.0, "requestLatencyMs": 900},
    }  # fmt: skip
    capture = folder / "models.json"
    capture.write_text(json.dumps([{"id": MODEL, "inferenceProviderMapping": [offer]}]))
    command = [sys.executable, "-m", "pipeline", "replay", "--capture", str(capture), "--observed-at", observed_at]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as replay:
        try:
            assert replay.stdout
            yield replay.stdout.readline().rpartition("=")[2].strip()
        finally:
            replay.terminate()


def one_round(
    folder: Path, pages: Static, up: Path, *, observed_at: str, price: str, speed: float, first: bool = False
) -> None:
    """What the schedule does: fetch the state, run on it, make the folder to upload."""
    state, url = folder / "state", f"{pages.url}/data/manifest.json"
    folder.mkdir()
    pipeline("fetch-state", "--from", url, "--out", state, *(["--bootstrap"] if first else []))
    with hub(folder, observed_at, price, speed) as address:
        pipeline("run", "--out", state, "--require-state", HF_ENDPOINT=address, HFP_ROUTER_URL=address)
    pipeline("deploy", "--data", state, "--out", up)


def asked(cache: Path, url: str) -> dict[str, Any]:
    """What `hfp MODEL` answers from what `hfp sync` fetched: the checkout's own snapshot is newer, and not meant."""
    hfp(cache, "sync", "--from", url)
    answer: dict[str, Any] = json.loads(hfp(cache, MODEL, "--json", "--snapshot", str(cache)))
    return answer


def prices_since(folder: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        rows = "SELECT input_usd_per_mtok, epoch(valid_from), epoch(valid_to) FROM read_parquet(?) ORDER BY 2"
        return database.execute(rows, [str(folder / "latest/price_history.parquet")]).fetchall()


def test_a_changed_price_reaches_the_reader(tmp_path: Path) -> None:
    up, cache = tmp_path / "up", tmp_path / "cache"
    up.mkdir()
    with serving(up) as pages:
        url = f"{pages.url}/data/manifest.json"
        one_round(tmp_path / "1", pages, up, observed_at="2026-02-26T11:17:00Z", price="0.5", speed=40.0, first=True)
        answer = asked(cache, url)
        assert [Decimal(offer["input_usd_per_mtok"]) for offer in answer["offers"]] == [Decimal("0.5")]
        assert answer["snapshot"]["checked_at"].startswith("2026-02-26T11:17:00")
        before = manifest_of(up / "data")
        one_round(tmp_path / "2", pages, up, observed_at="2026-02-26T12:17:00Z", price="0.75", speed=41.0)
        answer = asked(cache, url)
        assert [Decimal(offer["input_usd_per_mtok"]) for offer in answer["offers"]] == [Decimal("0.75")]
        assert answer["snapshot"]["checked_at"].startswith("2026-02-26T12:17:00")
    after = manifest_of(up / "data")
    assert [entry["version"] for entry in after["superseded"]] == [before["version"]]
    first, second = 1772104620, 1772108220
    assert prices_since(up / "data") == [(Decimal("0.5"), first, second), (Decimal("0.75"), second, None)]


@pytest.mark.parametrize("answered", [404, 500])
def test_a_round_whose_state_is_lost_ends_there(tmp_path: Path, answered: int) -> None:
    up = tmp_path / "up"
    up.mkdir()
    with serving(up) as pages:
        url = f"{pages.url}/data/manifest.json"
        one_round(tmp_path / "1", pages, up, observed_at="2026-02-26T11:17:00Z", price="0.5", speed=40.0, first=True)
        pages.broken["/data/manifest.json"] = answered
        before = manifest_of(up / "data")
        pipeline("fetch-state", "--from", url, "--out", tmp_path / "state", code=1)
        # Were the steps not chained, the next would still refuse.
        pipeline("run", "--out", tmp_path / "state", "--require-state", code=1)
        pipeline("deploy", "--data", tmp_path / "state", "--out", up, code=1)
    assert manifest_of(up / "data") == before
