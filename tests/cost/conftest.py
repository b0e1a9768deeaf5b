"""Fixtures: an environment of nobody's, and the pipeline run into a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.replay.runs import Pipe


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of whoever runs the tests counts, and no synced snapshot or ollama of theirs."""
    for name in [name for name in os.environ if name.startswith(("HFP_", "HF_", "OLLAMA_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HFP_CACHE", str(tmp_path / "no-cache"))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipe:
    return Pipe(monkeypatch, tmp_path)
