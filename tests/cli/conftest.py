"""Fixtures of the tests of `hfp`: an environment of nobody's, and the committed dataset."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hf_providers.cli import main
from tests.cli.hfp import DATA, Result

Hfp = Callable[..., Result]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of whoever runs the tests counts, and no synced snapshot of theirs."""
    for name in [name for name in os.environ if name.startswith(("HFP_", "HF_"))]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "TERM", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HFP_CACHE", str(tmp_path / "no-cache"))
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def hfp(capsys: pytest.CaptureFixture[str]) -> Hfp:
    """Run `hfp` in this process."""

    def run(*argv: str) -> Result:
        capsys.readouterr()
        code = main(argv)
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def data() -> Path:
    """The committed dataset."""
    if not (DATA / "manifest.json").is_file():
        pytest.skip("the repository's data/ holds no dataset")
    return DATA
