"""Fixtures of the live tests: a replay to ask, a snapshot to compare with, and nobody's token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hf_providers.hub import Hub, Settings
from pipeline.replay import ReplayServer, serve
from tests.live import made


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    """A replay of what the Hub says now."""
    with serve(made.hub()) as running:
        yield running


@pytest.fixture
def settings(server: ReplayServer) -> Settings:
    """Settings that lead to the replay, with a token."""
    return Settings(endpoint=server.url, router_url=server.url, token=made.TOKEN)


@pytest.fixture
def hub(settings: Settings) -> Iterator[Hub]:
    """A client of the replay."""
    with Hub(settings) as client:
        yield client


@pytest.fixture
def online(server: ReplayServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The environment in which `hfp` asks the replay and knows the snapshot; a token only where one is set."""
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    monkeypatch.setenv("HFP_ROUTER_URL", server.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HFP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HFP_SNAPSHOT", str(made.snapshot(tmp_path / "snapshot")))
    monkeypatch.setenv("COLUMNS", "120")
    return lambda: monkeypatch.setenv("HF_TOKEN", made.TOKEN)
