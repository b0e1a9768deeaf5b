"""A folder is deployed over what its state was made from, or not at all: nobody's run is lost to another's."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.deploy.artifact import deploy
from pipeline.publish.versions import publish
from tests.dataset_samples import outcome, sample
from tests.deploy.served import Static, serving


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


def address(server: Static) -> str:
    return f"{server.url}/data/manifest.json"


def over(server: Static, tmp_path: Path, data: Path) -> int:
    return main(["deploy", "--data", str(data), "--out", str(tmp_path / "next"), "--over", address(server)])


def test_a_state_that_is_still_the_last_is_deployed(tmp_path: Path) -> None:
    publish(tmp_path / "origin", sample(0), outcome(0))
    deploy(tmp_path / "origin", tmp_path / "pages")
    data = tmp_path / "data"
    with serving(tmp_path / "pages") as server:
        assert main(["fetch-state", "--from", address(server), "--out", str(data)]) == 0
        publish(data, sample(1), outcome(1))
        assert over(server, tmp_path, data) == 0


def test_one_that_another_run_has_overtaken_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(tmp_path / "origin", sample(0), outcome(0))
    deploy(tmp_path / "origin", tmp_path / "pages")
    data = tmp_path / "data"
    with serving(tmp_path / "pages") as server:
        assert main(["fetch-state", "--from", address(server), "--out", str(data)]) == 0
        publish(tmp_path / "origin", sample(0), outcome(1))  # the same content, another run: that is something, too
        deploy(tmp_path / "origin", tmp_path / "pages")
        publish(data, sample(1), outcome(1))
        assert over(server, tmp_path, data) == 1
    message, hint = capsys.readouterr().err.splitlines()
    assert "is not the state" in message
    assert "fetch the state again" in hint
    assert not (tmp_path / "next").exists()


def test_a_first_run_is_deployed_only_where_there_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    data = tmp_path / "data"
    with serving(tmp_path / "pages") as server:
        assert main(["fetch-state", "--from", address(server), "--out", str(data), "--bootstrap"]) == 0
        publish(data, sample(0), outcome(0))
        assert over(server, tmp_path, data) == 0
        publish(tmp_path / "other", sample(1), outcome(1))
        deploy(tmp_path / "other", tmp_path / "pages")
        assert over(server, tmp_path, data) == 1
