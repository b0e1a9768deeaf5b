"""What the tests of whole runs share: small facts, a run in this process, and plain readers of what it published."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs

import pyarrow.parquet as pq
import pytest

from hf_providers.hub import Hub
from pipeline.__main__ import main
from pipeline.replay import Facts, Model, Offer, ReplayServer
from pipeline.replay.wire import Entity, Reply, Request

AT = "2026-02-26T11:27:00Z"
TOKEN = "hf_aTokenThatMustNotBeSeen"
Entry = dict[str, Any]


def entry(provider: str = "novita", **changes: Any) -> Entry:
    """A live chat mapping as the list endpoint writes it."""
    return {
        "provider": provider,
        "providerId": "own/name",
        "status": "live",
        "task": "conversational",
        "type": "single-model",
    } | changes


def priced(input_usd: Any, output_usd: Any) -> Entry:
    return {"pricing": {"input": input_usd, "output": output_usd}}


def model(model_id: str, *offers: Entry | Offer) -> Model:
    return Model({"id": model_id}, [o if isinstance(o, Offer) else Offer(o) for o in offers])


def many(provider: str, count: int) -> list[Model]:
    return [model(f"org-{provider}/m{n}", entry(provider, providerId=f"m{n}")) for n in range(count)]


def facts(*models: Model, at: str | None = AT) -> Facts:
    return Facts(models, "made up", at)


def overriding(server: ReplayServer, change: Callable[[Request], object]) -> None:
    """From now on answer with what `change` returns: a Reply, JSON, or None for the server's own answer."""
    own = server.answer

    def answer(request: Request) -> Reply:
        other = change(request)
        if other is None:
            return own(request)
        return other if isinstance(other, Reply) else Reply(200, Entity(json.dumps(other).encode()))

    server.answer = answer  # type: ignore[assignment]


def listing_of(provider: str) -> Callable[[Request], bool]:
    """Whether a request is for that provider's listing."""
    return lambda request: request.path == "/api/models" and request.value("inference_provider") == provider


class Clock:
    """The real clock, ahead of itself by what was slept: a wait costs nothing and still passes."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = Lock()
        self.slept: list[float] = []

    def clock(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            until = self.clock() + seconds
        # Several threads wait for the same moment: together they wait once.
        with self._lock:
            self._ahead = max(self._ahead, until - time.monotonic())


class Pipe:
    """`python -m pipeline` in this process, into one folder; its environment is its own, and waits cost nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.out = folder / "dataset"
        self.clock = Clock()
        self._monkeypatch = monkeypatch
        for name in ("HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HF_HOME", str(folder / "home"))
        hub = partial(Hub, clock=self.clock.clock, sleep=self.clock.sleep)
        monkeypatch.setattr("pipeline.run.Hub", hub)
        monkeypatch.setattr("pipeline.commands.desk.Hub", hub)

    def main(self, command: str, url: str, *options: str, **environment: str) -> int:
        self._monkeypatch.setenv("HF_ENDPOINT", url)
        self._monkeypatch.setenv("HFP_ROUTER_URL", url)
        with self._monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return main([command, "--out", str(self.out), *options])

    def run(self, server: ReplayServer | str, *options: str, **environment: str) -> int:
        """The exit code of `run` against a server or an address."""
        return self.main("run", server if isinstance(server, str) else server.url, *options, **environment)

    def rows(self, table: str, **where: Any) -> list[dict[str, Any]]:
        """The published rows of a table that have these values, as pyarrow alone reads them."""
        path = self.out / "latest" / f"{table}.parquet"
        with pq.ParquetFile(path) as file:
            found: list[dict[str, Any]] = file.read().to_pylist()
        return [row for row in found if all(row[name] == value for name, value in where.items())]

    def row(self, table: str, **where: Any) -> dict[str, Any]:
        (found,) = self.rows(table, **where)
        return found

    @property
    def manifest(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.out / "manifest.json").read_text())
        return document

    def last_runs(self) -> list[dict[str, Any]]:
        """The rows that the last run added to `runs`: in the table, or in the manifest of an unchanged version."""
        pending: list[dict[str, Any]] = self.manifest["runs"]
        return pending or self.rows("runs")


def closed_port() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def pages_asked(server: ReplayServer) -> list[str]:
    """The provider of every list page that was asked for, in order."""
    listings = (parse_qs(seen.query) for seen in server.requests if seen.path == "/api/models")
    return [query["inference_provider"][0] for query in listings]


def ids(rows: Iterable[dict[str, Any]]) -> set[str]:
    return {row["model_id"] for row in rows}
