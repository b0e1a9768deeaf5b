"""A dataset folder is believed only where its bytes are what the manifest says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables
from pipeline.errors import DatasetError
from pipeline.publish.dataset import load
from pipeline.publish.versions import publish
from tests.dataset_samples import manifest_of, outcome, run_row, sample, sample_rows


@pytest.fixture
def root(tmp_path: Path) -> Path:
    publish(tmp_path / "data", sample(1), outcome())
    return tmp_path / "data"


def edit(root: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = manifest_of(root)
    change(document)
    (root / "manifest.json").write_text(json.dumps(document))


def offers_path(root: Path) -> Path:
    [path] = [file["path"] for file in manifest_of(root)["files"] if file["table"] == "offers"]
    return root / str(path)


def test_no_manifest_is_no_dataset(tmp_path: Path) -> None:
    assert load(tmp_path) is None
    assert load(tmp_path / "nowhere") is None


def test_tables_come_back_with_all_partitions(root: Path) -> None:
    dataset = load(root)
    assert dataset is not None
    for name, rows in sample_rows(1).items():
        assert tables.to_rows(dataset.table(name)) == rows, name
    months = [path.parent.name for path in dataset.paths("measurements")]
    assert months == ["month=2026-02", "month=2026-03"]
    assert tables.to_rows(dataset.runs()) == [run_row(0)]


def test_a_table_the_manifest_does_not_name_is_empty(root: Path) -> None:
    edit(root, lambda m: m.update(files=[f for f in m["files"] if f["table"] != "quarantine"]))
    dataset = load(root)
    assert dataset is not None
    assert dataset.table("quarantine").equals(tables.empty(TABLES["quarantine"]))


def test_what_a_later_version_adds_to_the_manifest_is_kept_and_ignored(root: Path) -> None:
    edit(root, lambda m: (m.update(mirror="x"), m["files"][0].update(etag="y")))
    dataset = load(root)
    assert dataset is not None
    assert json.loads(dataset.manifest.to_json())["mirror"] == "x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "Expecting value"),
        (b"[]", "not a JSON object"),
        (b'"' + b"x" * 2**24 + b'"', "too large"),
        (b"[" * 100_000, "recursion"),
        (b"\xff\xfe{}", "manifest"),
    ],
)
def test_what_is_not_a_manifest_is_refused(root: Path, text: bytes, words: str) -> None:
    (root / "manifest.json").write_bytes(text)
    with pytest.raises(DatasetError, match=words) as error:
        load(root)
    assert "\n" not in str(error.value)


def test_every_truncation_of_the_manifest_is_refused(root: Path) -> None:
    whole = (root / "manifest.json").read_bytes().rstrip()
    for length in range(0, len(whole), 97):
        (root / "manifest.json").write_bytes(whole[:length])
        with pytest.raises(DatasetError, match="not a manifest"):
            load(root)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"version": "../../../etc"},
        {"result": "good"},
        {"checked_at": "2026-02-26T11:27:00"},
        {"files": None},
        {"files": [{"path": "x", "sha256": "00", "bytes": 1}]},
        {"files": [{"path": "x", "sha256": "0" * 64, "bytes": -1}]},
    ],
)
def test_a_manifest_of_wrong_values_is_refused(root: Path, change: dict[str, Any]) -> None:
    edit(root, lambda m: m.update(change))
    with pytest.raises(DatasetError, match=next(iter(change))):
        load(root)


def test_a_newer_layout_asks_for_an_upgrade(root: Path) -> None:
    (root / "manifest.json").write_text('{"schema_version": 2, "entirely": "different"}')
    with pytest.raises(DatasetError, match="newer than the 1") as error:
        load(root)
    assert "upgrade" in error.value.hint


@pytest.mark.parametrize(
    "path",
    [
        "../manifest.json",
        "/etc/hostname",
        "v1/../manifest.json",
        "./manifest.json",
        "",
        ".",
        "a\\b",
        "a\nb",
        "v1//x",
        "a\0b",
    ],
)
def test_paths_that_escape_or_disguise_are_refused(root: Path, path: str) -> None:
    edit(root, lambda m: m["files"][0].update(path=path))
    with pytest.raises(DatasetError, match="is not a path inside"):
        load(root)


@pytest.mark.parametrize("target", ["file", "folder", "loop"])
def test_symbolic_links_out_of_the_folder_are_refused(root: Path, tmp_path: Path, target: str) -> None:
    path = offers_path(root)
    outside = tmp_path / "outside"
    if target == "file":
        path.rename(outside)
        path.symlink_to(outside)
    elif target == "folder":
        path.parent.rename(outside)
        path.parent.symlink_to(outside)
    else:
        path.unlink()
        path.symlink_to(path)
    with pytest.raises(DatasetError, match=r"is not a path inside|is missing"):
        load(root)


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (Path.unlink, "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes, not"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "bytes, not"),
        (flip_a_bit, "is damaged"),
        (replace_by_pipe, "is missing"),
    ],
    ids=["missing", "shorter", "longer", "altered", "pipe"],
)
def test_every_damage_to_any_file_is_found(root: Path, damage: Callable[[Path], object], words: str) -> None:
    paths = [root / file["path"] for file in manifest_of(root)["files"]]
    assert len(paths) > len(TABLES)
    for path in paths:
        content = path.read_bytes()
        damage(path)
        with pytest.raises(DatasetError, match=words) as error:
            load(root)
        assert path.name in str(error.value)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
    assert load(root) is not None


def test_without_verification_only_the_hash_is_skipped(root: Path) -> None:
    flip_a_bit(offers_path(root))
    assert load(root, verify=False) is not None
    offers_path(root).unlink()
    with pytest.raises(DatasetError, match="is missing"):
        load(root, verify=False)


@pytest.mark.parametrize("run", [{}, {"run_at": 5}, {"run_at": "yesterday"}, {"run_at": "2026-02-26T11:27:00Z"}])
def test_a_broken_run_in_the_manifest_is_an_error(root: Path, run: dict[str, Any]) -> None:
    edit(root, lambda m: m.update(runs=[run]))
    dataset = load(root)
    assert dataset is not None
    with pytest.raises(DatasetError, match="run"):
        dataset.runs()
