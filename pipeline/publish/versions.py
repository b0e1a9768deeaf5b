"""Publish: at every moment a dataset on disk is either the complete old one or the complete new one.

A version is made in a staging folder and renamed into place; then the manifest that names its files is
renamed over the old one: that publishes it. `latest/`, an alias for people, follows; if a run dies before that,
the next run catches up. Nothing is named before it is on the disk.

The two versions before it are kept, and the manifest names them; their months that have changed since are set aside, so
that a month's folder holds the current files only. Older versions are removed after the manifest no longer names them.
A run with less history than is published is refused.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from hf_providers.catalog.schema import DERIVED, RUNS, TABLES
from hf_providers.files import holds, move, own_folder, sha256, staging, swap_folder, to_disk
from pipeline.assemble.tables import conform, content_hash, from_rows, read, to_rows, union, write
from pipeline.errors import DatasetError
from pipeline.history.history_guard import INTERVALS, by_month, refuse_shorter
from pipeline.publish import answers as kept
from pipeline.publish.datapackage import DATAPACKAGE, datapackage
from pipeline.publish.dataset import (
    MANIFEST,
    VERSIONS,
    Dataset,
    File,
    Manifest,
    Provenance,
    Source,
    Superseded,
    in_place,
    inside,
    is_here,
    is_month,
    load,
    load_existing,
)
from pipeline.publish.disk import NOT_PUBLISHED, lock, plainly
from pipeline.publish.prune import prune
from pipeline.publish.superseded import before, set_aside

__all__ = ["LATEST", "VERSIONS", "Build", "Outcome", "flatten", "lock", "publish"]

Tables = Mapping[str, pa.Table]
Build = Callable[[dict[str, pa.Table], Path], None]
"""A function that writes files derived from the tables into the version's folder."""

Archived = Literal["copied", "left out", "as others"]

LATEST: Final = "latest"
PENDING_RUNS: Final = 5_000
"""Most runs in a manifest while its version stays the same: four days of hourly ones. After that the oldest are
dropped, so that the manifest stays small."""

_HASHED_AT_ONCE: Final = 2

_JSON_ROWS: Final = TypeAdapter(tuple[dict[str, Any], ...])


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run's own entry in the manifest. `runs` are rows of the `runs` table, of this run only."""

    result: Literal["complete", "partial"]
    checked_at: datetime
    origin: str
    accepted_drop: bool = False
    sources: Sequence[Source] = ()
    runs: Sequence[Mapping[str, Any]] = ()
    provenance: Sequence[Provenance] = ()


def publish(
    out: Path,
    tables: Tables,
    outcome: Outcome,
    extra: Mapping[str, bytes] | None = None,
    build: Build | None = None,
    build_catalog: Build | None = None,
    answers: bytes | None = None,
) -> Manifest:
    """Publish `tables` into the folder `out`, and return its new manifest.

    `tables` must have every table of the schema, except `runs`: its rows are those already published, those in
    `tables`, and this outcome's. Unchanged content only gives a new manifest. `extra` (bytes by relative path) and the
    files of `build` and `build_catalog` belong to a version, but not to its identity. `build_catalog` has a thread of
    its own: its rows need the interpreter's lock, as Arrow and DuckDB do not. `answers` are what the next run is to
    ask about.

    Raises:
        DatasetError: the tables are not publishable or have less history than is published, the dataset there is
            damaged, another run holds the folder, or it cannot be written. Unless the message says otherwise, the
            folder is as it was.
    """
    with lock(out), plainly(out, NOT_PUBLISHED), staging(out) as stage:
        previous = load(out)
        whole = _whole(tables, outcome, previous)
        version = content_hash(whole)
        files = _standing_files(version, previous)
        if previous is not None:
            refuse_shorter(previous, whole, outcome.provenance)
        if files is None:
            folder = inside(out, f"{VERSIONS}/{version}")
            if not _has_content(folder, version, whole):
                _write_version(stage / version, whole, extra or {}, build, build_catalog)
                swap_folder(stage / version, folder, stage / "damaged")
            files = [*_files(out, folder), *_partitions(out, stage, whole, previous)]
        manifest = _manifest(
            outcome,
            previous,
            version=version,
            files=files,
            pending=_pending(out, version, whole),
            superseded=set_aside(out, stage, before(out, version, previous), files),
        ).model_copy(update={"answers": kept.write(out, answers)})
        (stage / MANIFEST).write_bytes(manifest.to_json())
        to_disk(stage / MANIFEST)
        alias = _stage_alias(out, stage, manifest)
        (stage / MANIFEST).replace(out / MANIFEST)
        with plainly(out, f"version {version} is published, but {LATEST}/ may be behind until the next run"):
            to_disk(out)
            _swap_alias(out, alias, manifest)
            prune(out, manifest)
            kept.prune(out, manifest)
    return manifest


def _whole(tables: Tables, outcome: Outcome, previous: Dataset | None) -> dict[str, pa.Table]:
    """Return all tables of the schema, conforming, with every known run."""
    names, wanted = tables.keys() | {RUNS.name}, TABLES.keys()
    if names != wanted:
        raise DatasetError(
            f"tables missing: {sorted(wanted - names)}, tables unknown: {sorted(names - wanted)}",
            "pass every table of the schema; tables.empty makes one without rows",
        )
    published = [previous.runs()] if previous else []
    passed = [conform(RUNS, tables[RUNS.name])] if RUNS.name in tables else []
    runs = union(RUNS, [*published, *passed, from_rows(RUNS, outcome.runs)])
    return {name: conform(TABLES[name], data) for name, data in (dict(tables) | {RUNS.name: runs}).items()}


def _standing_files(version: str, previous: Dataset | None) -> Sequence[File] | None:
    """Return the files of `version` if it is published already; in a release's layout it is not."""
    if previous is None or previous.manifest.version != version or not in_place(previous.manifest):
        return None
    return previous.manifest.files


def _has_content(folder: Path, version: str, whole: Tables) -> bool:
    """Return whether `folder`, left by an earlier run, has the content of `version`."""
    try:
        hashes = {
            name: data if TABLES[name].partitioned else read(folder / f"{name}.parquet", TABLES[name])
            for name, data in whole.items()
        }
    except DatasetError:
        return False
    return content_hash(hashes) == version


def _write_version(
    folder: Path,
    whole: dict[str, pa.Table],
    extra: Mapping[str, bytes],
    build: Build | None,
    build_catalog: Build | None,
) -> None:
    folder.mkdir()
    with ThreadPoolExecutor(1) as thread:
        written = thread.submit(build_catalog, whole, folder) if build_catalog else None
        for name, data in whole.items():
            if not TABLES[name].partitioned:
                write(data, folder / f"{name}.parquet", kept=TABLES[name] in INTERVALS)
        if build:
            build(whole, folder)
        if written:
            written.result()
    for name, content in extra.items():
        path = inside(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    descriptor = datapackage(_files(folder, folder))
    text = json.dumps(descriptor, indent=2, ensure_ascii=False) + "\n"
    (folder / DATAPACKAGE).write_text(text, encoding="utf-8")
    to_disk(*folder.rglob("*"), folder)


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _files(root: Path, folder: Path) -> list[File]:
    """Return what the manifest says of each file in a folder."""
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as threads:
        return list(threads.map(partial(_file, root), _files_in(folder)))


def _file(root: Path, path: Path, table: str | None = None) -> File:
    parquet = path.suffix == ".parquet"
    return File(
        path=path.relative_to(root).as_posix(),
        table=table or (path.stem if parquet and path.stem in TABLES | DERIVED else None),
        sha256=sha256(path),
        bytes=path.stat().st_size,
        rows=pq.read_metadata(path).num_rows if parquet else None,
    )


def _partitions(out: Path, stage: Path, whole: Tables, previous: Dataset | None) -> list[File]:
    """Write the monthly files of partitioned tables. A file is named after its content, so an old month is kept.

    Archived files stay in the manifest, next to files that were added to their months since.
    """
    standing = _standing_months(out, stage, previous) if previous else {}
    files = {target: file for target, file in standing.items() if file.url}
    for name, data in whole.items():
        for month, rows in by_month(data).items() if TABLES[name].partitioned else ():
            path = out / VERSIONS / name / f"month={month}" / f"{content_hash({name: rows})}.parquet"
            target = path.relative_to(out).as_posix()
            if target not in standing:
                write(rows, stage / path.name, kept=True)
                move(stage / path.name, inside(out, target), out)
            files[target] = standing.get(target) or _file(out, path, name)
    return list(files.values())


def _standing_months(out: Path, stage: Path, previous: Dataset) -> dict[str, File]:
    """Return the published monthly files by their path in the layout of publishing; copy them there where needed."""
    months = {}
    for file in previous.manifest.files:
        if is_month(file):
            target = f"{VERSIONS}/{file.path.removeprefix(f'{VERSIONS}/')}"
            moved = months[target] = file.model_copy(update={"path": target})
            if moved != file and is_here(out, file) and not is_here(out, moved):
                shutil.copyfile(out / file.path, stage / file.sha256)
                move(stage / file.sha256, inside(out, target), out)
    return months


def _manifest(
    outcome: Outcome,
    previous: Dataset | None,
    *,
    version: str,
    files: Sequence[File],
    pending: tuple[dict[str, Any], ...],
    superseded: tuple[Superseded, ...],
) -> Manifest:
    unchanged = previous is not None and previous.manifest.version == version
    return Manifest(
        version=version,
        result=outcome.result,
        checked_at=outcome.checked_at,
        changed_at=previous.manifest.changed_at if previous and unchanged else outcome.checked_at,
        generator=f"hf-providers/{installed_version('hf-providers')}",
        origin=outcome.origin,
        accepted_drop=outcome.accepted_drop,
        sources=tuple(outcome.sources),
        runs=pending,
        provenance=tuple(outcome.provenance),
        files=tuple(sorted(files, key=lambda file: file.path)),
        superseded=superseded,
    )


def _pending(out: Path, version: str, whole: Tables) -> tuple[dict[str, Any], ...]:
    """Return the newest runs that the published version's own table lacks, as JSON values."""
    published = read(out / VERSIONS / version / f"{RUNS.name}.parquet", RUNS)
    have = set(zip(*(published[name].to_pylist() for name in RUNS.key), strict=True))
    runs = whole[RUNS.name]
    newest = to_rows(runs.slice(max(runs.num_rows - PENDING_RUNS, 0)))
    pending = tuple(row for row in newest if tuple(row[name] for name in RUNS.key) not in have)
    return tuple(_JSON_ROWS.dump_python(pending, mode="json"))


def _stage_alias(out: Path, stage: Path, manifest: Manifest) -> dict[Path, Path]:
    """Copy the files that `latest/` lacks, first, so that the swap itself needs no space; return them by target.

    Copies, not links: a program that opens one for writing, as SQLite may, must not write into the version.
    """
    own_folder(out / LATEST)  # files that the version lacks are removed there
    staged: dict[Path, Path] = {}
    for file, target in _alias_places(out, manifest):
        if not holds(target, file.bytes, file.sha256):
            copy = stage / f"{LATEST}-{len(staged)}"
            shutil.copyfile(out / file.path, copy)
            to_disk(copy)
            staged[target] = copy
    return staged


def _alias_places(out: Path, manifest: Manifest) -> list[tuple[File, Path]]:
    prefix = f"{VERSIONS}/{manifest.version}/"
    named = [file for file in manifest.files if file.path.startswith(prefix)]
    return [(file, out / LATEST / file.path.removeprefix(prefix)) for file in named]


def _swap_alias(out: Path, staged: Mapping[Path, Path], manifest: Manifest) -> None:
    """Replace the files that differ, each atomically, then remove those that the version does not have."""
    for target, copy in staged.items():
        inside(out, target.parent.relative_to(out).as_posix())  # a link at the target itself is replaced, not followed
        target.parent.mkdir(parents=True, exist_ok=True)
        copy.replace(target)
    targets = {target for _, target in _alias_places(out, manifest)}
    for path in _files_in(out / LATEST):
        if path not in targets:
            path.unlink()
    to_disk(out / LATEST)


def flatten(source: Path, target: Path, archived: Archived = "copied") -> Manifest:
    """Copy the dataset in `source` to `target` in a release's layout: `latest/`, `measurements/`, no `v1/`.

    Each folder is swapped as a whole, the manifest written last. If it dies in between, `target` does not verify: run
    it again. Only a release writes there, and nobody reads it meanwhile.

    Args:
        source: The dataset's folder.
        target: The folder to write.
        archived: How archived months that `source` has are treated; "as others" drops their addresses.

    Raises:
        DatasetError: there is no dataset in `source`, it is damaged, or `target` cannot be written.
    """
    dataset = load_existing(source)
    manifest = _flat(dataset.manifest)
    copies = {
        new.path: source / old.path
        for old, new in zip(dataset.manifest.files, manifest.files, strict=True)
        if old.url is None or (archived != "left out" and is_here(source, old))
    }
    if archived == "as others":
        files = [f.model_copy(update={"url": None}) if f.path in copies else f for f in manifest.files]
        manifest = manifest.model_copy(update={"files": tuple(files)})
    with plainly(target, "run it again before the folder is used"):
        target.mkdir(parents=True, exist_ok=True)
        with staging(target) as stage:
            _copy(copies, stage)
            for made in [path for path in stage.iterdir() if path.is_dir()]:
                swap_folder(made, target / made.name, stage / f"old-{made.name}")
            (stage / MANIFEST).write_bytes(manifest.to_json())
            move(stage / MANIFEST, target / MANIFEST, target)
    return manifest


def _copy(files: Mapping[str, Path], root: Path) -> None:
    for target, original in files.items():
        copy = inside(root, target)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, copy)
    to_disk(*root.rglob("*"), root)


def _flat(manifest: Manifest) -> Manifest:
    version = f"{VERSIONS}/{manifest.version}/"
    files = [
        file.model_copy(update={"path": file.path.replace(version, f"{LATEST}/", 1).removeprefix(f"{VERSIONS}/")})
        for file in manifest.files
    ]
    left_behind = {"superseded": (), "answers": None, "made_by": None}
    return manifest.model_copy(update={"files": tuple(files), **left_behind})
