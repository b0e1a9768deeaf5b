"""Part of a dataset is published and goes on to be deployed; only the verdict after that is red."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.deploy.artifact import deploy
from pipeline.replay import Fault, Faults, serve
from tests.run.runs import Pipe, facts, many


def test_a_partial_run_deploys_and_is_judged_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(monkeypatch, tmp_path)
    with serve(facts(*many("novita", 20), *many("groq", 3)), max_page=10) as server:
        assert pipe.run(server) == 0
        assert main(["verdict", "--data", str(pipe.out)]) == 0
        server.inject(Faults(faults=(Fault("malformed", "/", times=None, provider="novita", page=2),)))
        assert pipe.run(server, "--partial-ok", "--observed-at", "2026-02-26T12:27:00Z") == 0
    assert deploy(pipe.out, tmp_path / "up").manifest.result == "partial"
    assert main(["verdict", "--data", str(pipe.out)]) == 4


def test_a_run_that_published_nothing_is_never_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(monkeypatch, tmp_path)
    with serve(facts(*many("novita", 2))) as server:
        server.inject(Faults(faults=(Fault("status", "/", times=None, status=429, retry_after="20"),)))
        assert pipe.run(server, "--partial-ok") == 1
