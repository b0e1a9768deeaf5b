"""Publishing: what stands afterwards, what a second run changes, and what a full disk leaves."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.errors import DatasetError
from pipeline.publish.dataset import Provenance, Source, load
from pipeline.publish.versions import PENDING_RUNS, Outcome, flatten, lock, publish
from tests.dataset_samples import (
    ROOT,
    START,
    alias_is_the_version,
    loaded,
    manifest_of,
    outcome,
    run_row,
    sample,
    state,
)


def test_what_is_published_stands_in_its_layout(tmp_path: Path) -> None:
    source = Source(source="hub-list", provider="novita", result="ok", observed_at=START, listed_offers=2)
    past = Provenance(source="archive", description="Prices of a year", from_=date(2025, 1, 1), to=START)
    manifest = publish(tmp_path, sample(1), outcome(sources=[source], provenance=[past], accepted_drop=True))
    document = manifest_of(tmp_path)
    assert document["version"] == manifest.version == tables.content_hash(sample(1))
    assert document["checked_at"] == document["changed_at"] == "2026-02-26T11:27:00Z"
    assert (document["result"], document["accepted_drop"], document["runs"]) == ("complete", True, [])
    assert document["sources"] == [
        {"source": "hub-list", "provider": "novita", "result": "ok", "observed_at": "2026-02-26T11:27:00Z",
         "listed_offers": 2, "low_since": None}
    ]  # fmt: skip
    assert document["provenance"][0]["from"] == "2025-01-01"
    assert document["provenance"][0]["to"] == "2026-02-26T11:27:00Z"
    for file in document["files"]:
        content = (tmp_path / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"])
        assert file["path"].startswith((f"v1/{manifest.version}/", "v1/measurements/month=2026-0"))
    rows = {file["table"]: file["rows"] for file in document["files"] if file["table"]}
    assert rows == dict.fromkeys(TABLES, 1) | {"offers": 2}
    assert alias_is_the_version(tmp_path)
    assert not list(tmp_path.glob(".staging-*"))


def test_identical_content_changes_only_the_manifest(tmp_path: Path) -> None:
    first = publish(tmp_path, sample(1), outcome(0))
    before = state(tmp_path)
    second = publish(tmp_path, sample(1), outcome(60))
    after = state(tmp_path)
    assert {path for path in before | after if before.get(path) != after.get(path)} == {"manifest.json"}
    assert (second.version, second.changed_at) == (first.version, first.checked_at)
    assert second.checked_at == START + timedelta(minutes=60)
    assert [run["run_at"] for run in second.runs] == ["2026-02-26T12:27:00Z"]
    assert tables.to_rows(loaded(tmp_path).runs()) == [run_row(0), run_row(60)]


def test_values_that_say_when_one_looked_are_not_a_new_version(tmp_path: Path) -> None:
    first = publish(tmp_path, sample(1), outcome(0))
    later = sample(1)
    history = later["price_history"]
    place = history.schema.get_field_index("last_observed_at")
    moved = pa.array([START + timedelta(days=9)], history.schema.field(place).type)
    later["price_history"] = history.set_column(place, history.schema.field(place), moved)
    assert publish(tmp_path, later, outcome(1)).version == first.version


def test_runs_are_carried_into_the_next_version_once(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome(0))
    publish(tmp_path, sample(1), outcome(1))
    known = loaded(tmp_path).runs()
    third = publish(tmp_path, sample(2) | {"runs": known}, outcome(2))
    assert third.runs == ()
    assert tables.to_rows(loaded(tmp_path).table("runs")) == [run_row(0), run_row(1), run_row(2)]


def test_a_manifest_carries_a_bounded_number_of_runs(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome(0))
    many = [run_row(minute) for minute in range(1, PENDING_RUNS + 50)]
    manifest = publish(tmp_path, sample(1), outcome(1, runs=many))
    kept = tables.to_rows(loaded(tmp_path).runs())
    assert len(manifest.runs) == PENDING_RUNS
    assert kept == [run_row(0), *many[-PENDING_RUNS:]]


def test_a_month_that_did_not_change_is_not_rewritten(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome(0))
    before = state(tmp_path)
    publish(tmp_path, sample(2), outcome(1))
    paths = {file["path"] for file in manifest_of(tmp_path)["files"] if file["table"] == "measurements"}
    [february] = [path for path in paths if "2026-02" in path]
    [march] = [path for path in paths if "2026-03" in path]
    assert state(tmp_path)[february] == before[february]
    assert march not in before
    [replaced] = [path for path in before if "measurements/month=2026-03" in path and path.startswith("v1/")]
    assert {p: s for p, s in state(tmp_path).items() if p in before and p.startswith("v1/")} == {
        p: s for p, s in before.items() if p.startswith("v1/") and p != replaced
    }
    apart = f"v1/superseded/{replaced.removeprefix('v1/measurements/')}"
    assert state(tmp_path)[apart][0] == before[replaced][0]


def test_an_old_version_that_comes_back_is_found_as_it_was(tmp_path: Path) -> None:
    first = publish(tmp_path, sample(1), outcome(0))
    publish(tmp_path, sample(2), outcome(1))
    before = state(tmp_path)
    again = publish(tmp_path, sample(1), outcome(2))
    assert again.version == first.version
    version = {p: s for p, s in before.items() if p.startswith(f"v1/{first.version}/")}
    assert {p: s for p, s in state(tmp_path).items() if p in version} == version
    assert tables.to_rows(loaded(tmp_path).runs()) == [run_row(0), run_row(1), run_row(2)]
    assert alias_is_the_version(tmp_path)


def test_a_damaged_folder_of_the_same_version_is_made_anew(tmp_path: Path) -> None:
    first = publish(tmp_path, sample(1), outcome(0))
    publish(tmp_path, sample(2), outcome(1))
    (tmp_path / "v1" / first.version / "offers.parquet").write_bytes(b"half")
    publish(tmp_path, sample(1), outcome(2))
    assert loaded(tmp_path).table("offers").equals(sample(1)["offers"])


def test_further_files_belong_to_the_version_but_not_to_its_identity(tmp_path: Path) -> None:
    built: list[str] = []

    def build(given: dict[str, pa.Table], folder: Path) -> None:
        built.append(",".join(sorted(given)))
        (folder / "catalog.sqlite").write_bytes(b"catalog")
        pq.write_table(pa.table({"x": [1, 2]}), folder / "cheapest.parquet")

    first = publish(tmp_path, sample(1), outcome(0), extra={"feeds/changes.json": b"{}"}, build=build)
    second = publish(tmp_path, sample(1), outcome(1), extra={"feeds/changes.json": b"[]"}, build=build)
    assert first.version == second.version == tables.content_hash(sample(1))
    assert built == [",".join(sorted(TABLES))]
    assert (tmp_path / "latest/feeds/changes.json").read_bytes() == b"{}"
    entries = {Path(f["path"]).name: (f["table"], f["rows"]) for f in manifest_of(tmp_path)["files"]}
    assert entries["catalog.sqlite"] == (None, None)
    assert entries["cheapest.parquet"] == (None, 2)
    assert entries["changes.json"] == (None, None)
    loaded(tmp_path)
    publish(tmp_path, sample(2), outcome(2))
    assert alias_is_the_version(tmp_path)
    assert not (tmp_path / "latest/catalog.sqlite").exists()


def test_an_interval_history_is_packed_to_be_kept(tmp_path: Path) -> None:
    (first,) = tables.to_rows(sample(1)["price_history"].slice(0, 1))
    rows = [first | {"valid_from": START + timedelta(minutes=n * n)} for n in range(3_000)]
    history = tables.from_rows(TABLES["price_history"], rows)
    publish(tmp_path / "out", sample(1) | {"price_history": history}, outcome())
    for name, kept in (("kept", True), ("read", False)):
        tables.write(history, tmp_path / name, kept=kept)
    published = (tmp_path / "out" / "latest" / "price_history.parquet").read_bytes()
    assert published == (tmp_path / "kept").read_bytes()
    assert len(published) < (tmp_path / "read").stat().st_size


@pytest.mark.parametrize("damage", ["missing", "altered", "surplus", "folder missing"])
def test_the_next_run_repairs_the_alias(tmp_path: Path, damage: str) -> None:
    publish(tmp_path, sample(1), outcome(0))
    offers = tmp_path / "latest/offers.parquet"
    if damage == "missing":
        offers.unlink()
    elif damage == "altered":
        offers.write_bytes(bytes(offers.stat().st_size))
    elif damage == "surplus":
        (tmp_path / "latest/older.parquet").write_bytes(b"x")
    else:
        (tmp_path / "latest").rename(tmp_path / "gone")
    publish(tmp_path, sample(1), outcome(1))
    assert alias_is_the_version(tmp_path)


def test_writing_to_the_alias_does_not_write_to_the_version(tmp_path: Path) -> None:
    publish(tmp_path, sample(1), outcome(0))
    with (tmp_path / "latest/offers.parquet").open("r+b") as handle:
        handle.write(b"xxxx")
    assert loaded(tmp_path).table("offers").equals(sample(1)["offers"])


def test_a_missing_table_is_refused_rather_than_published_empty(tmp_path: Path) -> None:
    lacking = {name: data for name, data in sample(1).items() if name != "price_history"}
    with pytest.raises(DatasetError, match=r"missing: \['price_history'\], tables unknown: \['prices'\]"):
        publish(tmp_path, lacking | {"prices": sample(1)["offers"]}, outcome())
    assert load(tmp_path) is None


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/../../evil"])
def test_a_further_file_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match="is not a path inside"):
        publish(tmp_path / "out", sample(1), outcome(), extra={name: b"x"})
    assert [path.name for path in tmp_path.rglob("*")] == ["out", ".lock"]


def test_a_damaged_dataset_is_not_published_over(tmp_path: Path) -> None:
    first = publish(tmp_path, sample(1), outcome(0))
    (tmp_path / "v1" / first.version / "offers.parquet").write_bytes(b"half")
    with pytest.raises(DatasetError, match="bytes, not"):
        publish(tmp_path, sample(2), outcome(1))
    assert manifest_of(tmp_path)["version"] == first.version


def test_what_a_dead_run_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".staging-1-dead" / "v"
    left.mkdir(parents=True)
    (left / "offers.parquet").write_bytes(b"half")
    publish(tmp_path, sample(1), outcome())
    assert not left.parent.exists()


HOLD = """
import sys
from pathlib import Path
from pipeline.publish.disk import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("ended_by", ["exit", "kill"])
def test_a_second_run_is_refused_until_the_first_ends(tmp_path: Path, ended_by: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatasetError, match=rf"another run is publishing into .* \(pid {holder.pid}\)") as error:
            publish(tmp_path, sample(1), outcome())
        assert "wait" in error.value.hint
        assert not (tmp_path / "manifest.json").exists()
        if ended_by == "kill":
            holder.kill()
        else:
            holder.communicate("\n")
        holder.wait(timeout=30)
        publish(tmp_path, sample(1), outcome())


def test_the_lock_may_be_held_around_publishing(tmp_path: Path) -> None:
    with lock(tmp_path):
        publish(tmp_path, sample(1), outcome(0))
        with lock(tmp_path / "." / "x" / ".."):
            publish(tmp_path, sample(2), outcome(1))
    assert loaded(tmp_path).manifest.version == tables.content_hash(sample(2))


def test_a_release_is_flat_and_can_be_published_over(tmp_path: Path) -> None:
    published, release = tmp_path / "out", tmp_path / "data"
    for number in (1, 2):
        manifest = publish(published, sample(number), outcome(number))
        flat = flatten(published, release)
        assert flat.version == manifest.version
        assert loaded(release).table("measurements").equals(sample(number)["measurements"])
        tops = {path.name for path in release.iterdir()}
        assert tops == {"manifest.json", "latest", "measurements"}
        named = {file["path"] for file in manifest_of(release)["files"]}
        there = {path.relative_to(release).as_posix() for path in release.rglob("*") if path.is_file()}
        assert there == named | {"manifest.json"}
    again = publish(release, sample(2), outcome(9))
    assert (again.version, again.changed_at) == (flat.version, flat.changed_at)
    assert all(file.path.startswith("v1/") for file in again.files)
    assert alias_is_the_version(release)
    loaded(release)


def test_there_is_nothing_to_release_where_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no dataset"):
        flatten(tmp_path, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_outcomes_of_a_partial_run_are_told(tmp_path: Path) -> None:
    told = Outcome(result="partial", checked_at=START, origin="replay")
    manifest = publish(tmp_path, sample(1), told)
    assert (manifest.result, manifest.origin) == ("partial", "replay")
    assert loaded(tmp_path).table("runs").num_rows == 0


def test_a_link_that_somebody_put_into_latest_is_replaced_and_not_followed(tmp_path: Path) -> None:
    publish(tmp_path / "out", sample(1), outcome(0))
    (tmp_path / "letter").write_text("mine")
    planted = tmp_path / "out" / "latest" / "offers.parquet"
    planted.unlink()
    planted.symlink_to(tmp_path / "letter")
    manifest = publish(tmp_path / "out", sample(2), outcome(1))
    assert (tmp_path / "letter").read_text() == "mine"
    assert not planted.is_symlink()
    offers = tmp_path / "out" / "v1" / manifest.version / "offers.parquet"
    assert planted.read_bytes() == offers.read_bytes()
