"""Derive files from the tables of a version: the table of changes, and the views that are published as files.

They are written next to those tables, are deterministic, and do not count for a version's identity.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypedDict

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from hf_providers.catalog import duckdb_tables, query_views
from hf_providers.catalog.database import FILE as CATALOG
from hf_providers.catalog.schema import CHANGES, DERIVED, OFFERS, SCHEMA_VERSION, TABLES
from hf_providers.files import move, sha256, staging
from pipeline.assemble.tables import content_hash
from pipeline.assemble.tables import write as write_parquet
from pipeline.history.changes import changes
from pipeline.publish import catalog_build, dataset, report, versions
from pipeline.publish.disk import plainly
from pipeline.publish.queries import QUERIES, Query, read

VIEWS: Final = (
    "cheapest",
    "coverage",
    "fastest",
    "model_summary",
    "pareto",
    "price_changes",
    "price_index",
    "provider_price_index",
    "provider_summary",
    "router_choice",
    "status_known",
    "uptime",
    "variants",
)
"""The queries published as Parquet; the others have parameters, or are only used by these."""
OF_ALL_TIME: Final = {"uptime": "uptime(NULL, NULL)"}
"""The call by which a query with parameters is published."""
PLAIN: Final = {
    f"{table.name}_plain": replace(
        table,
        name=f"{table.name}_plain",
        description=f"The same as {table.name} without its maps, for tools that read none.",
        columns=tuple(column for column in table.columns if not column.type.startswith("map")),
    )
    for table in TABLES.values()
    if any(column.type.startswith("map") for column in table.columns)
}
"""Tables that have maps, without them: Hugging Face's `datasets` reads no file that has one."""
CHANGES_JSON: Final = "changes.json"
CHANGES_ATOM: Final = "changes.atom"


def derive(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the table `changes`, every published view of the tables in its own order, and tables without their maps.

    Raises:
        duckdb.Error: a query is not valid over the tables.
        QueryError: a query's comment does not describe it.
    """
    return {CHANGES.name: _changes(tables)} | _views(tables)


def _changes(tables: Mapping[str, pa.Table]) -> pa.Table:
    return changes(tables["price_history"], tables["status_history"], tables["providers"])


def _views(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    derived: dict[str, pa.Table] = {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET threads = 1")  # the catalogue is built beside it
        duckdb_tables.register(connection, tables)
        query_views.add_views(connection, QUERIES, VIEWS, computed=True)
        for name in VIEWS:
            data = connection.sql(f"FROM {OF_ALL_TIME.get(name, name)}").to_arrow_table()
            derived[name] = described(data, read(QUERIES / f"{name}.sql"))
    return derived | _plain(tables)


def _plain(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    return {name: tables[name.removesuffix("_plain")].select(table.column_names) for name, table in PLAIN.items()}


def described(data: pa.Table, query: Query) -> pa.Table:
    """Return a view's rows, with its query's description of it and of its columns as metadata."""
    notes = {column.name: column for column in query.columns}
    fields = [
        field.with_metadata(
            {"description": notes[field.name].text}
            | ({"unit": notes[field.name].unit} if notes[field.name].unit else {})
        )
        for field in data.schema
    ]
    metadata = {"description": f"{query.question} {query.grain}", "schema_version": str(SCHEMA_VERSION)}
    return data.cast(pa.schema(fields, metadata=metadata))


def write(
    derived: Mapping[str, pa.Table],
    folder: Path,
    checked_at: datetime,
    since: datetime | None,
    known: pa.Table | None = None,
) -> None:
    """Write derived tables as Parquet, and the changes as a feed and as JSON, into a version's folder.

    Args:
        derived: The tables of `derive`.
        folder: The version's folder.
        checked_at: When the version was observed.
        since: When the version before it was last checked, or None where there is none.
        known: The changes that this version told.
    """
    for name, data in derived.items():
        write_parquet(data, folder / f"{name}.parquet")
    changes = derived[CHANGES.name]
    (folder / CHANGES_ATOM).write_bytes(report.as_atom(changes, checked_at))
    (folder / CHANGES_JSON).write_bytes(report.as_json(report.since(changes, since, known), since, checked_at))


def refresh(out: Path) -> list[str]:
    """Make the derived tables of a published dataset again, and return the names of the files that were replaced.

    For a version whose queries have changed since it was made. The files are removed from the manifest, replaced, and
    added again: at every moment the dataset is what its manifest says.

    Raises:
        DatasetError: there is no dataset, it is damaged, or it cannot be written.
    """
    dataset.must_exist(out)
    with versions.lock(out), plainly(out, "run it again"), staging(out) as stage:
        published = dataset.load_existing(out)
        for name, data in derive({name: published.table(name) for name in TABLES}).items():
            write_parquet(data, stage / f"{name}.parquet")
        home = _home(published.manifest)
        standing = {file.path: file for file in published.manifest.files}
        made = {f"{home}/{path.name}": path for path in sorted(stage.iterdir())}
        stale = {
            target: path
            for target, path in made.items()
            if target not in standing or standing[target].sha256 != sha256(path)
        }
        if stale:
            _replace(out, stage, published.manifest, stale)
    return sorted(path.name for path in stale.values())


def _home(manifest: dataset.Manifest) -> str:
    """Return the folder in which the manifest has the version's own files."""
    return next(file.path.rpartition("/")[0] for file in manifest.files if file.table == OFFERS.name)


def _replace(out: Path, stage: Path, manifest: dataset.Manifest, stale: Mapping[str, Path]) -> None:
    kept = tuple(file for file in manifest.files if file.path not in stale)
    _put(out, stage, manifest.model_copy(update={"files": kept}))
    new = [_file(name, path) for name, path in stale.items()]
    for name, path in stale.items():
        alias = out / versions.LATEST / path.name
        if alias != out / name:
            shutil.copyfile(path, stage / "alias")
            move(stage / "alias", alias, out)
        move(path, out / name, out)
    files = tuple(sorted((*kept, *new), key=lambda file: file.path))
    _put(out, stage, manifest.model_copy(update={"files": files}))


def _file(place: str, path: Path) -> dataset.File:
    size, rows = path.stat().st_size, pq.read_metadata(path).num_rows
    table = path.stem if path.stem in DERIVED else None
    return dataset.File(path=place, table=table, sha256=sha256(path), bytes=size, rows=rows)


def _put(out: Path, stage: Path, manifest: dataset.Manifest) -> None:
    (stage / dataset.MANIFEST).write_bytes(manifest.to_json())
    move(stage / dataset.MANIFEST, out / dataset.MANIFEST, out)


class Builders(TypedDict):
    """The arguments `build` and `build_catalog` of `versions.publish`."""

    build: versions.Build
    build_catalog: versions.Build


def builders(outcome: versions.Outcome, since: datetime | None = None, known: pa.Table | None = None) -> Builders:
    """Return the functions that write a version's derived files: the changes and views, and the catalogue.

    Args:
        outcome: When the facts of the version were observed, and their source.
        since: When the version before it was last checked: changes since then are its changes.
        known: The changes that this version told.
    """

    def build_views(content: dict[str, pa.Table], folder: Path) -> None:
        write(derive(content), folder, outcome.checked_at, since, known)

    def build_catalog(content: dict[str, pa.Table], folder: Path) -> None:
        meta = {
            "version": content_hash(content),
            "checked_at": f"{outcome.checked_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "origin": outcome.origin,
            "result": outcome.result,
        }
        catalog_build.build(content | {CHANGES.name: _changes(content)}, folder / CATALOG, meta)

    return {"build": build_views, "build_catalog": build_catalog}
