"""`fetch-state`: what was published comes back as it was; nothing but a definite "there is none" begins anew."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from hf_providers.sync.update import sync
from pipeline.__main__ import main
from pipeline.deploy.artifact import deploy
from pipeline.publish.versions import publish
from tests.dataset_samples import loaded, manifest_of, outcome, sample, state
from tests.deploy.served import Static, files_in, serving
from tests.run.runs import closed_port


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pipeline.deploy.archived.sleep", lambda _: None)
    monkeypatch.setattr("pipeline.deploy.fetch_state.sync", partial(sync, sleep=lambda _: None))


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as it is uploaded: a dataset of three versions."""
    folder = tmp_path_factory.mktemp("uploaded")
    for k in range(3):
        publish(folder / "origin", sample(k), outcome(k))
    deploy(folder / "origin", folder / "pages")
    return folder / "pages"


@pytest.fixture
def pages(uploaded: Path, tmp_path: Path) -> Path:
    """That folder, to be damaged."""
    return shutil.copytree(uploaded, tmp_path / "pages")


def address(server: Static | str) -> str:
    return f"{server if isinstance(server, str) else server.url}/data/manifest.json"


def fetch(server: Static | str, out: Path, *options: str) -> int:
    return main(["fetch-state", "--from", address(server), "--out", str(out), *options])


def of_dataset(folder: Path) -> set[str]:
    """Its manifest, and all in `v1/`."""
    return {path for path in files_in(folder) if path.startswith("v1/") or path == "manifest.json"}


def as_it_was(out: Path, before: dict[str, tuple[str, int, int]]) -> bool:
    """Whether every file of the dataset is the same, not even written again."""
    now = state(out) if out.exists() else {}
    hidden = {path for path in now | before if path.startswith(".")}
    return {path for path in now | before if now.get(path) != before.get(path)} <= hidden


def test_all_that_was_published_comes_back(pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(pages) as server:
        assert fetch(server, tmp_path / "out") == 0
    said = capsys.readouterr()
    assert of_dataset(tmp_path / "out") == of_dataset(pages / "data")
    for path in of_dataset(pages / "data"):
        assert (tmp_path / "out" / path).read_bytes() == (pages / "data" / path).read_bytes()
    document = manifest_of(pages / "data")
    assert len(document["superseded"]) == 2
    assert document["version"] in said.out
    assert "2 earlier versions" in said.out


def test_what_is_fetched_is_gone_on_from(pages: Path, tmp_path: Path) -> None:
    with serving(pages) as server:
        assert fetch(server, tmp_path / "out") == 0
    publish(tmp_path / "out", sample(3), outcome(3))
    document = manifest_of(tmp_path / "out")
    before = manifest_of(pages / "data")
    assert [entry["version"] for entry in document["superseded"]] == [
        before["version"], before["superseded"][0]["version"],
    ]  # fmt: skip
    deploy(tmp_path / "out", tmp_path / "next")
    with serving(tmp_path / "next") as server:
        assert fetch(server, tmp_path / "out2") == 0
        assert fetch(server, tmp_path / "out") == 0
    fetched = manifest_of(tmp_path / "out2")
    assert fetched.pop("made_by"), "what deployed it"
    assert fetched == document


def test_where_nothing_was_published_only_a_person_begins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    with serving(tmp_path / "empty") as server:
        assert fetch(server, out) == 1
        first = capsys.readouterr().err.splitlines()
        assert len(first) == 2
        assert "--bootstrap" in first[1]
        assert main(["run", "--out", str(out), "--require-state"]) == 1
        assert "the history must not start over" in capsys.readouterr().err
        server.broken["*"] = 410
        assert fetch(server, out, "--bootstrap") == 0
    assert "nothing was ever published" in capsys.readouterr().out
    assert files_in(out) - {".lock", ".sync.lock"} == {".bootstrap"}


HTML = b"<!DOCTYPE html><title>Welcome to the hotel</title>"


@pytest.mark.parametrize("options", [(), ("--bootstrap",)])
@pytest.mark.parametrize("fault", ["nobody", "offline", 403, 500, HTML, b'{"version": "12'])
def test_a_lost_network_begins_nothing(
    pages: Path,
    tmp_path: Path,
    options: tuple[str, ...],
    fault: str | int | bytes,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    with serving(tmp_path / "empty") as server:
        assert fetch(server, out, "--bootstrap") == 0
    capsys.readouterr()
    if fault == "offline":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with serving(pages) as server:
        if isinstance(fault, int | bytes):
            server.broken["*"] = fault
        assert fetch(closed_port() if fault == "nobody" else server, out, *options) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert not of_dataset(out)
    assert main(["run", "--out", str(out), "--require-state"]) == 1, "the mark of an earlier bootstrap is no leave"


@pytest.mark.parametrize("fault", ["nobody", 404, 500, HTML])
def test_a_state_that_is_there_stays_as_it_was(pages: Path, tmp_path: Path, fault: str | int | bytes) -> None:
    out = tmp_path / "out"
    publish(out, sample(0), outcome(0))
    before = state(out)
    with serving(pages) as server:
        if isinstance(fault, int | bytes):
            server.broken["*"] = fault
        assert fetch(closed_port() if fault == "nobody" else server, out, "--bootstrap") == 1
    assert as_it_was(out, before)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("fault", [b"other bytes", b"", 404, 500])
def test_a_damaged_file_is_not_taken(pages: Path, tmp_path: Path, fault: bytes | int, there: bool) -> None:
    out = tmp_path / "out"
    if there:
        publish(out, sample(0), outcome(0))
    before = state(out) if there else {}
    version = manifest_of(pages / "data")["version"]
    with serving(pages) as server:
        server.broken[f"/data/v1/{version}/price_history.parquet"] = fault
        assert fetch(server, out, "--bootstrap") == 1
        assert as_it_was(out, before)
        server.broken.clear()
        assert fetch(server, out) == 0
    assert manifest_of(out)["version"] == version


def test_bootstrap_changes_nothing_where_something_is_published(pages: Path, tmp_path: Path) -> None:
    with serving(pages) as server:
        assert fetch(server, tmp_path / "out", "--bootstrap") == 0
    assert of_dataset(tmp_path / "out") == of_dataset(pages / "data")
    assert ".bootstrap" not in files_in(tmp_path / "out")


def test_an_older_state_than_the_one_there_is_refused(pages: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with serving(pages) as server:
        assert fetch(server, out) == 0
        publish(out, sample(7), outcome(7))
        before = state(out)
        assert fetch(server, out) == 1
    assert as_it_was(out, before)


def test_earlier_versions_come_as_far_as_they_can_be_had(
    pages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newer, older = (entry["version"] for entry in manifest_of(pages / "data")["superseded"])
    with serving(pages) as server:
        server.broken[f"/data/v1/{newer}/offers.parquet"] = b"other bytes"
        assert fetch(server, tmp_path / "out") == 0
    assert newer in capsys.readouterr().err
    publish(tmp_path / "out", sample(3), outcome(3))
    standing = {entry["version"] for entry in manifest_of(tmp_path / "out")["superseded"]}
    assert standing == {manifest_of(pages / "data")["version"], older}


def archived(pages: Path, server: Static) -> str:
    """Take February out of the pages and into an archive that the server has too; its path there."""
    document = manifest_of(pages / "data")
    (pages / "archive").mkdir()
    for file in (f for entry in (document, *document["superseded"]) for f in entry["files"]):
        if "month=2026-02" in file["path"]:
            if (pages / "data" / file["path"]).exists():
                (pages / "data" / file["path"]).rename(pages / "archive/m.parquet")
            file["url"] = f"{server.url}/archive/m.parquet"
    (pages / "data/manifest.json").write_text(json.dumps(document))
    return "/archive/m.parquet"


def test_an_archived_month_comes_from_the_archive(pages: Path, tmp_path: Path) -> None:
    """Without it the next run would take what is measured for new, and the catalog would lose its days."""
    rows = loaded(pages / "data").table("measurements")
    with serving(pages) as server:
        archived(pages, server)
        assert fetch(server, tmp_path / "out") == 0
        assert not any("month=2026-02" in path for path in server.asked)
    found = loaded(tmp_path / "out")
    assert found.table("measurements").equals(rows)
    assert [file.url is not None for file in found.manifest.files if file.table == "measurements"] == [True, False]


@pytest.mark.parametrize("fault", [404, 500, b"other bytes"])
def test_without_the_archive_there_is_no_state(pages: Path, tmp_path: Path, fault: int | bytes) -> None:
    with serving(pages) as server:
        server.broken[archived(pages, server)] = fault
        assert fetch(server, tmp_path / "out") == 1
    assert main(["run", "--out", str(tmp_path / "out"), "--require-state"]) == 1, "nor may a run follow"


def test_no_cache_on_the_way_has_an_answer_for_it(pages: Path, tmp_path: Path) -> None:
    with serving(pages) as server:
        assert fetch(server, tmp_path / "one") == 0
        assert fetch(server, tmp_path / "two") == 0
        manifests = [path for path in server.asked if path.startswith("/data/manifest.json")]
    assert len(set(manifests)) == len(manifests) == 2
