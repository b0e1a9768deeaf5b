"""Fixtures of every folder: a clean environment, `hfp` and the pipeline in this process, the committed dataset."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from hf_providers.cli.main import main
from tests.cli.hfp import Hfp, Result
from tests.run.runs import Pipe

if sys.platform == "win32":  # terminals, and kill -9 at any moment, are what POSIX has
    collect_ignore = ["cli/test_process.py", "live/test_watch.py", "sync/test_sync_kill.py"]
LONGEST = ("tests/drill/", "tests/publish/test_kill", "tests/publish/test_disk_full", "tests/sync/test_sync_kill")
# An example may take long on a busy machine, the first one above all: what has a limit measures it itself.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
DATA = Path(__file__).resolve().parents[1] / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: at the end all workers but one would wait for it."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """Keep what is imported and collected out of garbage collections: it stays, and is a million objects to look at."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def disk() -> Iterator[None]:
    """Do not wait for the disk: no test cuts the power, and a killed process leaves what it wrote."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # which refuses a closed file, too
        yield


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the variables of whoever runs the tests, and any synced snapshot of theirs."""
    for name in [name for name in os.environ if name.startswith(("HFP_", "HF_", "OLLAMA_", "TRANSFORMERS_"))]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "TERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HFP_CACHE", str(tmp_path / "no-cache"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the tables of `hfp` the width that they need to show every column."""
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def hfp(capsys: pytest.CaptureFixture[str]) -> Hfp:
    """Run `hfp` in this process."""

    def run(*argv: str) -> Result:
        capsys.readouterr()
        code = main(argv)
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    return run


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipe:
    """Give the pipeline in this process, publishing into a folder of the test."""
    return Pipe(monkeypatch, tmp_path)


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the committed dataset."""
    if not (DATA / "manifest.json").is_file():
        pytest.skip("the repository's data/ holds no dataset")
    return DATA


@pytest.fixture(scope="session")
def checked_at(data: Path) -> str:
    """Return when the facts of the committed dataset were last checked, as its manifest says."""
    said = json.loads((data / "manifest.json").read_bytes())["checked_at"]
    return f"{datetime.fromisoformat(said).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(autouse=True)
def no_default_snapshot_of_another_test() -> Iterator[None]:
    """Forget the default snapshot, which a process opens once: the next test may name another one."""
    yield
    module = sys.modules.get("hf_providers.snapshot")
    if module is not None:
        module.default_snapshot.cache_clear()
