"""A first run from a dataset that names an archived month: with its bytes, from the archive, or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hf_providers.catalog.schema import TABLES
from pipeline.__main__ import main
from pipeline.deploy import archived
from pipeline.deploy.artifact import deploy
from pipeline.publish.versions import flatten, publish
from pipeline.replay import serve
from tests.dataset_samples import ROOT, loaded, manifest_of, outcome
from tests.deploy.served import Static, files_in, serving
from tests.run.runs import Pipe, facts, many

JULY = "month=2025-07"


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipe:
    """The pipeline in this process; nobody waits for the archive."""
    monkeypatch.setattr(archived, "sleep", lambda _: None)
    return Pipe(monkeypatch, tmp_path)


@contextmanager
def deployed(tmp_path: Path) -> Iterator[tuple[Static, Path]]:
    """A server of an archive that has July 2025, and the state of a dataset deployed with it."""
    known = loaded(ROOT / "data")
    publish(tmp_path / "origin", {name: known.table(name) for name in TABLES}, outcome())
    entry = july(tmp_path / "origin")
    asset = tmp_path / "served/measurements-2025-07" / f"measurements-2025-07-{Path(str(entry['path'])).name}"
    asset.parent.mkdir(parents=True)
    shutil.copyfile(tmp_path / "origin" / str(entry["path"]), asset)
    with serving(tmp_path / "served") as server:
        deploy(tmp_path / "origin", tmp_path / "served/pages", archive_base=server.url)
        url = f"{server.url}/pages/data/manifest.json"
        assert main(["fetch-state", "--from", url, "--out", str(tmp_path / "state")]) == 0
        assert july(tmp_path / "state")["url"] == f"{server.url}/measurements-2025-07/{asset.name}"
        server.asked.clear()
        yield server, tmp_path / "state"


def july(folder: Path) -> dict[str, object]:
    [entry] = [file for file in manifest_of(folder)["files"] if JULY in file["path"]]
    return dict(entry)


def begin(server: Static, out: Path, seed: Path) -> int:
    """Bootstrap from the seed where nothing is published."""
    url = f"{server.url}/nothing/manifest.json"
    return main(["fetch-state", "--from", url, "--out", str(out), "--seed", str(seed), "--bootstrap"])


def goes_on(pipe: Pipe, whole: Path) -> None:
    """Run twice: every measurement is still there, and the archived file is as it was."""
    known = loaded(whole).table("measurements")
    with serve(facts(*many("novita", 3))) as hub:
        for at in ("2026-08-23T11:27:00Z", "2026-08-23T12:27:00Z"):
            assert pipe.run(hub, "--require-state", "--accept-drop", "--observed-at", at) == 0
    after = loaded(pipe.out)
    assert after.absent() == []
    assert after.table("measurements").slice(0, known.num_rows).equals(known)
    entry = july(pipe.out)
    assert entry == july(whole)
    path = pipe.out / str(entry["path"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == july(whole)["sha256"]


def test_a_release_names_the_month_and_a_first_run_has_it_from_the_archive(pipe: Pipe, tmp_path: Path) -> None:
    with deployed(tmp_path) as (server, state):
        assert main(["publish", str(state), str(tmp_path / "data")]) == 0
        assert not any(JULY in path for path in files_in(tmp_path / "data"))
        assert july(tmp_path / "data")["url"] == july(state)["url"]
        assert begin(server, pipe.out, tmp_path / "data") == 0
        goes_on(pipe, state)


def test_a_copy_that_has_the_month_needs_no_archive(pipe: Pipe, tmp_path: Path) -> None:
    with deployed(tmp_path) as (server, state):
        flatten(state, tmp_path / "copy")
        server.broken[str(july(state)["url"]).removeprefix(server.url)] = 404
        assert begin(server, pipe.out, tmp_path / "copy") == 0
        assert [path for path in server.asked if "2025-07" in path] == []
        goes_on(pipe, state)


def test_what_a_copy_has_instead_of_the_month_is_not_believed(pipe: Pipe, tmp_path: Path) -> None:
    with deployed(tmp_path) as (server, state):
        flatten(state, tmp_path / "copy")
        [other] = (tmp_path / "copy").glob(f"measurements/{JULY}/*.parquet")
        other.write_bytes(b"x" * other.stat().st_size)
        assert begin(server, pipe.out, tmp_path / "copy") == 0
        goes_on(pipe, state)


@pytest.mark.parametrize(
    ("answer", "says"),
    [(404, "the archive no longer has"), (503, " answered 503"), (b"PAR1", "the archive has other bytes")],
)
def test_without_the_month_nothing_begins_until_it_is_there(
    pipe: Pipe, tmp_path: Path, answer: int | bytes, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(tmp_path) as (server, state):
        assert main(["publish", str(state), str(tmp_path / "data")]) == 0
        asset = str(july(state)["url"]).removeprefix(server.url)
        server.broken[asset] = answer
        capsys.readouterr()
        assert begin(server, pipe.out, tmp_path / "data") == 1
        first, second = capsys.readouterr().err.splitlines()
        assert first.startswith("no state was fetched: ")
        assert says in first
        assert second
        assert files_in(pipe.out) <= {".lock", ".sync.lock"}
        with serve(facts(*many("novita", 3))) as hub:
            assert pipe.run(hub, "--require-state", "--accept-drop") == 1
            assert hub.requests == []
        del server.broken[asset]
        assert begin(server, pipe.out, tmp_path / "data") == 0
        goes_on(pipe, state)


def test_where_the_archive_is_lost_a_copy_goes_on_without_it_and_into_another(pipe: Pipe, tmp_path: Path) -> None:
    with deployed(tmp_path) as (server, state):
        flatten(state, tmp_path / "copy")
        archive = server.url
    assert main(["publish", "--unarchive", str(tmp_path / "copy"), str(tmp_path / "data")]) == 0
    assert "url" not in july(tmp_path / "data")
    with serving(tmp_path / "served") as server:
        assert server.url != archive
        assert begin(server, pipe.out, tmp_path / "data") == 0
        with serve(facts(*many("novita", 3))) as hub:
            at = "2026-08-23T11:27:00Z"
            assert pipe.run(hub, "--require-state", "--accept-drop", "--observed-at", at) == 0
        assert july(pipe.out) == july(tmp_path / "origin")
        deploy(pipe.out, tmp_path / "up", archive_base=server.url)
        assert july(tmp_path / "up/data")["url"] == str(july(state)["url"]).replace(archive, server.url)
    assert loaded(pipe.out).table("measurements").equals(loaded(state).table("measurements"))


def test_a_month_that_is_not_archived_is_carried_over_byte_for_byte(pipe: Pipe, tmp_path: Path) -> None:
    """Written again, by another version of a library, it would have other bytes than the archive may have by then."""
    seed = shutil.copytree(ROOT / "data", tmp_path / "seed")
    document = manifest_of(seed)
    [entry] = [file for file in document["files"] if JULY in file["path"]]
    rows = pq.ParquetFile(seed / entry["path"]).read()
    pq.write_table(rows, seed / entry["path"], compression="none")
    content = (seed / entry["path"]).read_bytes()
    entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (seed / "manifest.json").write_text(json.dumps(document))
    with serving(tmp_path) as server:
        assert begin(server, pipe.out, seed) == 0
    with serve(facts(*many("novita", 3))) as hub:
        assert pipe.run(hub, "--require-state", "--accept-drop", "--observed-at", "2026-08-23T11:27:00Z") == 0
    assert july(pipe.out)["sha256"] == entry["sha256"]
    assert (pipe.out / str(july(pipe.out)["path"])).read_bytes() == content
