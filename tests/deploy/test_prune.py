"""What stays in the folder after publishing: the current version, the two before it, and what they name."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from hf_providers.catalog.schema import MEASUREMENTS
from pipeline.assemble.tables import from_rows
from pipeline.errors import DatasetError
from pipeline.publish.dataset import Manifest
from pipeline.publish.versions import flatten, publish
from tests.dataset_samples import manifest_of, outcome, sample
from tests.deploy.served import files_in


def named(out: Path) -> set[str]:
    """Every file that the manifest or its superseded versions name, read as plain JSON."""
    document = manifest_of(out)
    every = [*document["files"], *(file for entry in document["superseded"] for file in entry["files"])]
    return {file["path"] for file in every}


def of_versions(out: Path) -> set[str]:
    return {path for path in files_in(out) if path.startswith("v1/")}


def test_the_last_two_versions_are_named_and_stand(tmp_path: Path) -> None:
    versions = [publish(tmp_path, sample(k), outcome(k)).version for k in range(5)]
    superseded = manifest_of(tmp_path)["superseded"]
    assert [entry["version"] for entry in superseded] == [versions[3], versions[2]]
    assert [entry["checked_at"] for entry in superseded] == ["2026-02-26T11:30:00Z", "2026-02-26T11:29:00Z"]
    assert of_versions(tmp_path) == named(tmp_path)
    assert {path.split("/")[1] for path in of_versions(tmp_path)} == {*versions[2:], "measurements", "superseded"}


def test_the_tables_of_the_manifest_before_last_still_stand(tmp_path: Path) -> None:
    publish(tmp_path, sample(0), outcome(0))
    early = manifest_of(tmp_path)
    for k in (1, 2):
        publish(tmp_path, sample(k), outcome(k))
        own = {file["path"] for file in early["files"] if file["table"] != "measurements"}
        assert own <= files_in(tmp_path)
    publish(tmp_path, sample(3), outcome(3))
    assert not (tmp_path / "v1" / early["version"]).exists()


def test_a_glob_over_the_months_counts_what_the_manifest_has(tmp_path: Path) -> None:
    for k in range(4):
        publish(tmp_path, sample(k), outcome(k))
        document = manifest_of(tmp_path)
        count = f"SELECT count(*) FROM '{tmp_path}/v1/measurements/month=*/*.parquet'"
        rows = sum(file["rows"] for file in document["files"] if file["table"] == "measurements")
        assert duckdb.sql(count).fetchall() == [(rows,)]


def test_months_of_earlier_versions_are_set_aside_whole(tmp_path: Path) -> None:
    was = []
    for k in range(4):
        publish(tmp_path, sample(k), outcome(k))
        was.append({file["sha256"] for file in manifest_of(tmp_path)["files"] if file["table"] == "measurements"})
    months = [
        [file for file in entry["files"] if file["table"] == "measurements"]
        for entry in manifest_of(tmp_path)["superseded"]
    ]
    assert [{file["sha256"] for file in entry} for entry in months] == [was[2], was[1]]
    for file in (file for entry in months for file in entry):
        assert sha256((tmp_path / file["path"]).read_bytes()).hexdigest() == file["sha256"]
    assert any(file["path"].startswith("v1/superseded/month=2026-03/") for entry in months for file in entry)


def test_a_run_that_changes_nothing_does_not_shift_them(tmp_path: Path) -> None:
    for k in range(3):
        publish(tmp_path, sample(k), outcome(k))
    before, there = manifest_of(tmp_path)["superseded"], files_in(tmp_path)
    publish(tmp_path, sample(2), outcome(60))
    assert manifest_of(tmp_path)["superseded"] == before
    assert files_in(tmp_path) == there


def test_many_runs_do_not_let_the_folder_grow(tmp_path: Path) -> None:
    for k in range(3):
        publish(tmp_path, sample(k), outcome(k))
    there = len(files_in(tmp_path))
    for k in range(3, 30):
        publish(tmp_path, sample(k), outcome(k))
        assert len(files_in(tmp_path)) == there


def test_a_superseded_version_that_is_no_longer_whole_is_not_named(tmp_path: Path) -> None:
    versions = [publish(tmp_path, sample(k), outcome(k)).version for k in range(2)]
    (tmp_path / "v1" / versions[0] / "offers.parquet").unlink()
    publish(tmp_path, sample(2), outcome(2))
    assert [entry["version"] for entry in manifest_of(tmp_path)["superseded"]] == [versions[1]]
    assert not (tmp_path / "v1" / versions[0]).exists()


def test_only_what_is_named_like_ours_is_removed(tmp_path: Path) -> None:
    publish(tmp_path, sample(0), outcome(0))
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "mine.txt").write_text("mine")
    foreign = ["v1/notes/mine.txt", "v1/0123/mine.txt", "v1/measurements/mine.parquet", "v1/mine.txt",
               "v1/measurements/month=2026-02/mine.txt", "0123456789abcdef/mine.txt"]  # fmt: skip
    for name in foreign:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    (tmp_path / "v1/fedcba9876543210").symlink_to(outside)
    ours = ["v1/0123456789abcdef/offers.parquet", "v1/measurements/month=2025-01/0123456789abcdef.parquet"]
    for name in ours:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"old")
    publish(tmp_path, sample(1), outcome(1))
    there = files_in(tmp_path)
    assert {*foreign, "elsewhere/mine.txt"} <= there
    assert (tmp_path / "v1/fedcba9876543210").is_symlink()
    assert not there & set(ours)
    assert not (tmp_path / "v1/measurements/month=2025-01").exists()


def test_nothing_is_removed_before_the_new_manifest_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(3):
        publish(tmp_path, sample(k), outcome(k))
    before = of_versions(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.publish.versions._manifest", full)
    with pytest.raises(DatasetError, match="nothing was published"):
        publish(tmp_path, sample(3), outcome(3))
    assert before <= of_versions(tmp_path)
    monkeypatch.undo()
    publish(tmp_path, sample(3), outcome(3))
    assert of_versions(tmp_path) == named(tmp_path)


def test_a_release_names_no_earlier_version(tmp_path: Path) -> None:
    for k in range(3):
        publish(tmp_path / "out", sample(k), outcome(k))
    flatten(tmp_path / "out", tmp_path / "data")
    assert manifest_of(tmp_path / "data")["superseded"] == []
    publish(tmp_path / "data", sample(3), outcome(3))
    assert manifest_of(tmp_path / "data")["superseded"] == []


def test_a_month_kept_elsewhere_stays_in_the_manifest_beside_new_rows(tmp_path: Path) -> None:
    publish(tmp_path, sample(0), outcome(0))
    manifest = Manifest.model_validate_json((tmp_path / "manifest.json").read_bytes())
    url = "https://example.org/measurements-2026-02.parquet"
    files = tuple(
        file.model_copy(update={"url": url}) if "month=2026-02" in file.path else file for file in manifest.files
    )
    (tmp_path / "manifest.json").write_bytes(manifest.model_copy(update={"files": files}).to_json())
    [february] = [file for file in manifest_of(tmp_path)["files"] if "url" in file]
    (tmp_path / february["path"]).unlink()
    only_march = sample(1)
    only_march["measurements"] = only_march["measurements"].slice(1)
    publish(tmp_path, only_march, outcome(1))
    assert february in manifest_of(tmp_path)["files"]
    late = sample(2)
    moved = late["measurements"].slice(0, 1).to_pylist()[0] | {"throughput_tps": 99.0}
    late["measurements"] = from_rows(MEASUREMENTS, [moved, *late["measurements"].slice(1).to_pylist()])
    publish(tmp_path, late, outcome(2))
    both = [file for file in manifest_of(tmp_path)["files"] if "month=2026-02" in file["path"]]
    assert february in both
    assert len(both) == 2
    flatten(tmp_path, tmp_path / "data")
    released = json.loads((tmp_path / "data/manifest.json").read_text())["files"]
    assert [file["path"] for file in released if "url" in file] == [february["path"].removeprefix("v1/")]
    publish(tmp_path / "data", late, outcome(3))
    assert february in manifest_of(tmp_path / "data")["files"]
