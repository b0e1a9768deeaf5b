"""The first run of all goes on from the repository's dataset: a recorded history is not lost by bootstrapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.deploy.artifact import deploy
from pipeline.publish.versions import publish
from pipeline.replay import serve
from tests.dataset_samples import ROOT, loaded, outcome, sample
from tests.deploy.served import serving
from tests.run.runs import Pipe, facts, many


def fetch(url: str, out: Path, *options: str) -> int:
    return main(["fetch-state", "--from", f"{url}/manifest.json", "--out", str(out), *options])


def test_a_first_run_keeps_the_history_that_the_repository_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = Pipe(monkeypatch, tmp_path)
    (tmp_path / "nothing").mkdir()
    with serving(tmp_path / "nothing") as pages:
        assert fetch(pages.url, pipe.out, "--seed", str(ROOT / "data")) == 1
        assert not (pipe.out / "manifest.json").exists()
        assert fetch(pages.url, pipe.out, "--seed", str(ROOT / "data"), "--bootstrap") == 0
    assert "with the history in" in capsys.readouterr().out
    before = loaded(ROOT / "data")
    with serve(facts(*many("novita", 3))) as server:
        assert pipe.run(server, "--require-state", "--accept-drop", "--observed-at", "2026-08-23T11:27:00Z") == 0
    after = loaded(pipe.out)
    for name in ("price_history", "status_history", "measurements"):
        assert after.table(name).num_rows >= before.table(name).num_rows > 0
    deployed = deploy(pipe.out, tmp_path / "up")
    assert loaded(tmp_path / "up" / "data").manifest.version == deployed.manifest.version


def test_a_published_state_is_fetched_and_the_seed_is_not_looked_at(tmp_path: Path) -> None:
    pages = deployed_once(tmp_path)
    with serving(pages / "data") as server:
        assert fetch(server.url, tmp_path / "state", "--bootstrap", "--seed", str(tmp_path / "is-not-there")) == 0
    assert loaded(tmp_path / "state").manifest.version == loaded(pages / "data").manifest.version


def deployed_once(folder: Path) -> Path:
    """A deployed folder with a dataset of the samples."""
    publish(folder / "dataset", sample(1), outcome())
    deploy(folder / "dataset", folder / "up")
    return folder / "up"
