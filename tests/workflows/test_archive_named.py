"""Months that the manifest names by address: compared every day too, and uploaded again where they are gone."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.publish.versions import publish
from tests.dataset_samples import START, manifest_of, outcome, sample
from tests.workflows.github_server import Server

OWN = "https://github.com/Acme/fork/releases/download"
MONTHS = ("2026-02", "2026-03")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A dataset observed in June whose measurements, of February and March, are named in releases of `acme/fork`."""
    publish(tmp_path / "dataset", sample(0), outcome(0))
    publish(tmp_path / "dataset", sample(1), outcome(1, checked_at=START + timedelta(days=100)))
    return name(tmp_path / "dataset", OWN)


def name(data: Path, base: str) -> Path:
    """Name the months below that address."""
    document = manifest_of(data)
    for file in document["files"]:
        for month in MONTHS:
            if f"month={month}" in file["path"]:
                file["url"] = f"{base}/measurements-{month}/measurements-{month}-{Path(file['path']).name}"
    (data / "manifest.json").write_text(json.dumps(document))
    return data


def month(data: Path, number: int) -> Path:
    [path] = [data / f["path"] for f in manifest_of(data)["files"] if MONTHS[number] in f["path"]]
    return path


def assets(hub: Server) -> dict[str, str]:
    """The digests of the assets of published releases."""
    published = [release["id"] for release in hub.releases if not release["draft"]]
    return {asset["name"]: asset["digest"] for number in published for asset in hub.assets[number]}


def run(data: Path) -> int:
    return main(["archive", "--data", str(data)])


def lose(hub: Server, number: int) -> None:
    hub.assets[hub.releases[number]["id"]].clear()


def test_one_that_is_gone_is_uploaded_again_under_its_name(
    hub: Server, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data) == 0
    before = assets(hub)
    assert before == {
        f"measurements-{name}-{path.name}": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for name, path in zip(MONTHS, (month(data, 0), month(data, 1)), strict=True)
    }
    lose(hub, 0)
    capsys.readouterr()
    assert run(data) == 0
    assert assets(hub) == before
    assert capsys.readouterr().out.splitlines() == [
        "measurements-2026-02: 1 files, 1 of them uploaded now",
        "measurements-2026-03: 1 files, 0 of them uploaded now",
    ]


def test_one_that_was_replaced_is_an_error(hub: Server, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data) == 0
    hub.assets[hub.releases[1]["id"]][0]["digest"] = f"sha256:{'0' * 64}"
    for options in ([], ["--dry-run"]):
        assert main(["archive", "--data", str(data), *options]) == 1
        assert "has other bytes than" in capsys.readouterr().err


def test_one_that_the_folder_lacks_is_compared_and_not_uploaded(
    hub: Server, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(data) == 0
    month(data, 0).unlink()
    assert run(data) == 0
    lose(hub, 0)
    capsys.readouterr()
    assert run(data) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "is to be uploaded, is missing" in first
    assert "mirror" in second


@pytest.mark.parametrize("base", [OWN.replace("Acme", "other"), "https://example.org/archive"])
def test_one_that_is_named_elsewhere_is_not_ours(hub: Server, data: Path, base: str) -> None:
    name(data, base)
    assert run(data) == 0
    assert hub.asked == []
