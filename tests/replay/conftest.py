"""The one fixture of the tests of whole runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay.runs import Pipe


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipe:
    """The pipeline in this process, publishing into a folder of the test."""
    return Pipe(monkeypatch, tmp_path)
