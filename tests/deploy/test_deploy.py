"""The folder to upload: exactly what is in it, over HTTP as a reader sees it, and when it is refused."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog.schema import TABLES
from pipeline.__main__ import main
from pipeline.deploy import artifact as deploying
from pipeline.deploy.artifact import deploy
from pipeline.errors import DatasetError
from pipeline.publish.versions import flatten, publish
from tests.dataset_samples import manifest_of, outcome, sample
from tests.deploy.served import files_in, serving


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A dataset of four versions, the first of which is gone already."""
    for k in range(4):
        publish(tmp_path / "dataset", sample(k), outcome(k), extra={"catalog.sqlite": str(k).encode()})
    return tmp_path / "dataset"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two pages, with hidden files that are nobody's business."""
    for name in ("index.html", "models/acme/index.html", ".DS_Store", ".git/config", "models/.swp"):
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(f"<p>{name}")
    return tmp_path / "site"


def versions_in(paths: Iterable[str]) -> set[str]:
    """The versions that have a folder in what is uploaded."""
    return {path.split("/")[2] for path in paths if path.startswith("data/v1/")} - {"measurements", "superseded"}


def test_it_holds_the_site_and_three_versions_and_nothing_else(data: Path, site: Path, tmp_path: Path) -> None:
    (data / ".staging-1-dead").mkdir()
    (data / ".staging-1-dead/half").write_bytes(b"half")
    (data / "v1/notes.txt").write_text("mine")
    made = deploy(data, tmp_path / "up", site)
    document = manifest_of(data)
    every = [*document["files"], *(file for entry in document["superseded"] for file in entry["files"])]
    home = f"v1/{document['version']}/"
    alias = {f"data/latest/{f['path'].removeprefix(home)}" for f in document["files"] if f["path"].startswith(home)}
    there = files_in(tmp_path / "up")
    assert there == {f"data/{file['path']}" for file in every} | alias | {
        "data/manifest.json", ".nojekyll", "index.html", "models/acme/index.html",
    }  # fmt: skip
    assert len(versions_in(there)) == 3
    assert len(alias) == len(TABLES) - len({"measurements"}) + len({"catalog.sqlite", "datapackage.json"})
    deployed = manifest_of(tmp_path / "up/data")
    assert re.fullmatch("[0-9a-f]{16}", deployed.pop("made_by"))
    assert deployed == document
    assert made.files == len(there)
    assert made.bytes == sum((tmp_path / "up" / path).stat().st_size for path in there)
    assert {path.name for path in tmp_path.iterdir()} == {"dataset", "site", "up"}


def test_every_file_is_served_as_the_manifest_says(data: Path, tmp_path: Path) -> None:
    deploy(data, tmp_path / "up")
    with serving(tmp_path / "up") as server:

        def get(path: str) -> bytes:
            with urllib.request.urlopen(f"{server.url}/data/{path}") as response:
                body: bytes = response.read()
                return body

        document = json.loads(get("manifest.json"))
        for file in (*document["files"], *document["superseded"][0]["files"], *document["superseded"][1]["files"]):
            body = get(file["path"])
            assert (hashlib.sha256(body).hexdigest(), len(body)) == (file["sha256"], file["bytes"])
        assert get("latest/catalog.sqlite") == b"3"


def test_two_in_a_row_replace_it_whole(data: Path, site: Path, tmp_path: Path) -> None:
    first = deploy(data, tmp_path / "up", site)
    (site / "index.html").unlink()
    publish(data, sample(4), outcome(4))
    second = deploy(data, tmp_path / "up", site)
    there = files_in(tmp_path / "up")
    assert "index.html" not in there
    versions = versions_in(there)
    assert versions == {second.manifest.version, *(entry.version for entry in second.manifest.superseded)}
    assert first.manifest.version in versions
    assert len(versions) == 3


def test_the_command_says_how_much_it_is(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--data", str(data), "--out", str(tmp_path / "up")]) == 0
    said = capsys.readouterr()
    there = files_in(tmp_path / "up")
    size = sum((tmp_path / "up" / path).stat().st_size for path in there)
    assert f"{len(there)} files, {size:,} bytes (" in said.out
    assert "2 earlier versions, 0 files kept in the archive" in said.out
    assert said.err == ""


def test_more_than_may_be_uploaded_is_refused_and_says_what_is_large(
    data: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploying.LIMIT == 1_000_000_000
    deploy(data, tmp_path / "up", site)
    before = files_in(tmp_path / "up")
    with (site / "huge.bin").open("wb") as file:
        file.truncate(1_000_000_000)
    assert main(["deploy", "--data", str(data), "--out", str(tmp_path / "up"), "--site", str(site)]) == 1
    said = capsys.readouterr().err
    assert "more than the 1,000,000,000 that may be uploaded: site 1,000 MB, " in said
    assert len(said.splitlines()) == 2
    assert files_in(tmp_path / "up") == before
    (site / "huge.bin").unlink()
    made = deploy(data, tmp_path / "up", site)
    monkeypatch.setattr(deploying, "LIMIT", made.bytes)
    assert "100% of the bytes" in deploy(data, tmp_path / "up", site).notes[0]
    monkeypatch.setattr(deploying, "LIMIT", made.bytes * 10 // 8 - 10)
    assert "80% of the bytes" in deploy(data, tmp_path / "up", site).notes[0]
    monkeypatch.setattr(deploying, "LIMIT", made.bytes * 10 // 7)
    assert deploy(data, tmp_path / "up", site).notes == ()


def test_an_earlier_version_that_is_damaged_is_left_out_and_told(data: Path, tmp_path: Path) -> None:
    older = manifest_of(data)["superseded"][1]["version"]
    offers = data / "v1" / older / "offers.parquet"
    offers.write_bytes(bytes(offers.stat().st_size))
    made = deploy(data, tmp_path / "up")
    assert made.notes == (f"the earlier version {older} is not whole here: left out",)
    assert [entry["version"] for entry in manifest_of(tmp_path / "up/data")["superseded"]] == [
        manifest_of(data)["superseded"][0]["version"]
    ]
    assert not (tmp_path / "up/data/v1" / older).exists()


def refused(says: str, *given: Any) -> None:
    with pytest.raises(DatasetError, match=says) as error:
        deploy(*given)
    assert error.value.hint


def test_what_cannot_be_deployed_is_refused(data: Path, site: Path, tmp_path: Path) -> None:
    up, mine = tmp_path / "up", tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")
    flatten(data, tmp_path / "release")
    refused("there is no dataset", tmp_path / "nothing", up)
    refused("laid out for a release", tmp_path / "release", up)
    refused("there is no site", data, up, tmp_path / "no-site")
    refused("not made by this command", data, mine)
    refused("overlap", data, data / "up")
    refused("overlap", data, tmp_path)
    refused("overlap", data, site, site)
    (site / "data").mkdir()
    (site / "data/x.json").write_text("{}")
    refused("does not belong in a site", data, up, site)
    (site / "data/x.json").unlink()
    (site / "data").rmdir()
    (site / "link.html").symlink_to(mine / "letter.txt")
    refused("does not belong in a site", data, up, site)
    (data / "v1" / manifest_of(data)["version"] / "offers.parquet").write_bytes(b"half")
    refused("bytes, not", data, up)
    assert not up.exists()
    assert files_in(mine) == {"letter.txt"}
