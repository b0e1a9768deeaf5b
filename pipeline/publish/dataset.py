"""A dataset folder: a `manifest.json`, and the files it names by relative path.

`load` returns a dataset only after checking that each file is there, inside the folder, with the manifest's bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Literal

import pyarrow as pa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from hf_providers import files
from hf_providers.catalog import manifest
from hf_providers.catalog.manifest import MANIFEST
from hf_providers.catalog.schema import RUNS, SCHEMA_VERSION, TABLES
from hf_providers.errors import ManifestError
from pipeline.assemble import tables
from pipeline.errors import DatasetError

__all__ = [
    "MANIFEST",
    "VERSIONS",
    "Dataset",
    "DatasetError",
    "File",
    "Manifest",
    "Provenance",
    "Source",
    "Superseded",
    "inside",
    "load",
    "load_existing",
    "must_exist",
    "read_manifest",
    "unique",
    "verifies",
]

URL: Final = r"^(https://[0-9A-Za-z.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?/[!-~]{1,1000}$"
"""Where a file outside the folder may be: behind https, or on this machine; without credentials."""
VERSIONS: Final = "v1"
"""The folder of published versions, and of the months of partitioned tables."""
_REFETCH: Final = "restore the folder from a copy, or fetch the dataset again"


class _Record(BaseModel):
    """Part of a manifest. Fields that a later version added are kept and ignored."""

    model_config = ConfigDict(frozen=True, extra="allow", validate_by_name=True, validate_by_alias=True)


class File(_Record):
    """One file of the dataset: its path relative to the folder, and what its bytes must be.

    A file with a `url` is kept there and not in the folder: an archived month.
    """

    path: str
    table: str | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]
    rows: Annotated[int, Field(ge=0)] | None = None
    url: Annotated[str, Field(pattern=URL)] | None = None


class Superseded(_Record):
    """An earlier version: its files stay for a while; months that have changed since are set aside."""

    version: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    checked_at: AwareDatetime
    files: tuple[File, ...]


class Memory(_Record):
    """What the next run has to know of a source, besides how fresh it is.

    `healthy` and `low_since` are for other sources what `listed_offers` and `low_since` of `Source` are for a listing.
    `looks` are the times and sizes of the healthy answers of the last day. `low_looks` counts the implausibly small
    answers in a row, `refusals` those in which the Hub did not know the provider, since `refused_since`.
    `surged_since` is when new offers were held, `held` since when its prices or speeds are held, and `sighted` are
    digests of the values at that time. `asked_to` is the last model requested one by one, `renamed` are former ids,
    `refused_files` models whose file the server refused.
    """

    healthy: int | None = None
    low_since: AwareDatetime | None = None
    looks: tuple[tuple[AwareDatetime, int], ...] = ()
    low_looks: int = 0
    refused_since: AwareDatetime | None = None
    refusals: int = 0
    surged_since: AwareDatetime | None = None
    held: dict[str, AwareDatetime] = {}
    sighted: dict[str, tuple[str, ...]] = {}
    asked_to: str | None = None
    renamed: dict[str, str] = {}
    refused_files: dict[str, AwareDatetime] = {}


class Source(_Record):
    """How fresh one source's data is.

    `observed_at` is its last good observation; `low_since` is since when it has listed much less than before.
    """

    source: str
    provider: str
    result: str
    observed_at: AwareDatetime | None
    listed_offers: int | None
    low_since: AwareDatetime | None = None
    memory: Memory | None = None


class Provenance(_Record):
    """The source of a part of the history: observations between two moments or days, and their license."""

    source: str
    description: str
    url: str | None = None
    license: str | None = None
    from_: Annotated[AwareDatetime | date | None, Field(alias="from")] = None
    to: AwareDatetime | date | None = None


def unique(*entries: Provenance) -> tuple[Provenance, ...]:
    """Return the entries without repetitions."""
    return tuple({entry.model_dump_json(): entry for entry in entries}.values())


class Manifest(_Record):
    """What `manifest.json` says. `version` identifies the content; `runs` are those since then.

    `superseded` are the versions before it, the newest first. `answers` is what the last run left for the next one, and
    `made_by` a digest of the program that made what was deployed.
    """

    name: Literal["hf-providers"] = "hf-providers"
    schema_version: int = SCHEMA_VERSION
    version: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    result: Literal["complete", "partial"]
    checked_at: AwareDatetime
    changed_at: AwareDatetime
    generator: str
    origin: str
    accepted_drop: bool = False
    sources: tuple[Source, ...] = ()
    runs: tuple[dict[str, Any], ...] = ()
    provenance: tuple[Provenance, ...] = ()
    files: tuple[File, ...]
    superseded: tuple[Superseded, ...] = ()
    answers: File | None = None
    made_by: str | None = None

    def to_json(self) -> bytes:
        """Return the manifest as it is written to disk. A file that is in the folder has no `url` at all, not a null.

        Raises:
            DatasetError: readers would refuse it.
        """
        document = self.model_dump(by_alias=True, mode="json")
        for source, memory in zip(document["sources"], (source.memory for source in self.sources), strict=True):
            source["memory"] = memory and memory.model_dump(mode="json", exclude_defaults=True)
            if not source["memory"]:
                del source["memory"]
        for file in (*document["files"], *(file for entry in document["superseded"] for file in entry["files"])):
            if file["url"] is None:
                del file["url"]
        for name in ("answers", "made_by"):
            if document[name] is None:
                del document[name]
        body = json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
        try:
            manifest.parse(body, "the new manifest")
        except ManifestError as error:
            raise DatasetError(f"nothing published: {error}", "readers would refuse it: report this as a bug") from None
        return body


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset folder whose manifest was read and whose files were checked."""

    root: Path
    manifest: Manifest

    def paths(self, name: str) -> list[Path]:
        """Return the Parquet files of table `name` in the folder: none, one, or one a month."""
        named = [file for file in self.manifest.files if file.table == name]
        return [self.root / file.path for file in named if file.url is None or is_here(self.root, file)]

    def absent(self) -> list[File]:
        """Return the archived files that are not in the folder."""
        return [file for file in self.manifest.files if file.url is not None and not is_here(self.root, file)]

    def table(self, name: str) -> pa.Table:
        """Return all rows of table `name` in the folder, sorted by key; none where the manifest names no file of it."""
        table = TABLES[name]
        parts = [tables.read(path, table) for path in self.paths(name)]
        return tables.conform(table, pa.concat_tables(parts)) if parts else tables.empty(table)

    def unknown_columns(self) -> dict[str, list[str]]:
        """Return by table the columns that a newer release added: they are left out, and not published again."""
        unknown = {
            name: sorted({column for path in self.paths(name) for column in tables.unknown_columns(path, table)})
            for name, table in TABLES.items()
        }
        return {name: columns for name, columns in unknown.items() if columns}

    def runs(self) -> pa.Table:
        """Return every known run: those in the published table, and those since, which only the manifest has."""
        times = [column.name for column in RUNS.columns if column.type == "timestamp"]
        empty = dict.fromkeys(RUNS.column_names)
        try:
            since = [
                empty | row | {name: datetime.fromisoformat(row[name]) for name in times} for row in self.manifest.runs
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise _not_ours(self.root / MANIFEST, f"a run without a time: {error}") from None
        return tables.union(RUNS, [self.table(RUNS.name), tables.from_rows(RUNS, since)])


def in_place(manifest: Manifest) -> bool:
    """Return whether the files are in the layout of publishing, not in a release's."""
    return all(file.path.startswith(f"{VERSIONS}/") for file in manifest.files)


def is_month(file: File) -> bool:
    return file.table in TABLES and TABLES[file.table].partitioned


def load(root: Path, verify: bool = True) -> Dataset | None:
    """Return the dataset in `root`, or None where there is no manifest.

    Without `verify` no SHA-256 is computed; the files' presence, location and size are still checked. Archived files,
    and those of superseded versions alone, may be absent.

    Raises:
        DatasetError: the manifest is broken or of a newer layout, or a file is missing, elsewhere or altered.
    """
    path = root / MANIFEST
    if not path.exists():
        return None
    manifest = read_manifest(path)
    for file in manifest.files:
        if file.url is None:
            _check_file(root, file, verify=verify)
        else:
            inside(root, file.path)
    for entry in manifest.superseded:
        for file in entry.files:
            inside(root, file.path)
    return Dataset(root, manifest)


def load_existing(root: Path, verify: bool = True) -> Dataset:
    """Return the dataset in `root`, checked as `load` does.

    Raises:
        DatasetError: there is none, or what `load` raises.
    """
    dataset = load(root, verify)
    if dataset is None:
        raise _no_dataset(root)
    return dataset


def must_exist(root: Path) -> None:
    """Raise where `root` holds no dataset: called before a lock, which would make the folder."""
    if not (root / MANIFEST).exists():
        raise _no_dataset(root)


def _no_dataset(root: Path) -> DatasetError:
    return DatasetError(f"there is no dataset in {root}", "publish one there first: python -m pipeline run --out DIR")


def read_manifest(path: Path) -> Manifest:
    """Return what a manifest says.

    Raises:
        DatasetError: it is broken or of a newer layout.
    """
    try:
        text = files.read(path, manifest.MOST_BYTES)
        document = json.loads(text) if len(text) <= manifest.MOST_BYTES else None
        _refuse_newer(path, document)
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except (OSError, ValueError, RecursionError) as error:
        reason = str(error)
    raise _not_ours(path, reason)


def _not_ours(path: Path, reason: str) -> DatasetError:
    return DatasetError(f"{path} is not a manifest of this project: {reason}", _REFETCH)


def _refuse_newer(path: Path, document: object) -> None:
    """Refuse a newer layout, before the rest is validated: it may have other fields."""
    if not isinstance(document, dict):
        raise ValueError("not a JSON object, or too large")  # noqa: TRY004 - the caller reports bad content
    version = document.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise DatasetError(
            f"{path} has schema version {version}, newer than the {SCHEMA_VERSION} this program reads",
            "upgrade hf-providers",
        )


def inside(root: Path, name: str) -> Path:
    """Return the path of `name` in `root`.

    Raises:
        DatasetError: it is absolute, not in plain form, or leads out of the folder, be it by a symbolic link.
    """
    pure = PurePosixPath(name)
    plain = name.isprintable() and "\\" not in name and name == str(pure) and name != "."
    if not plain or pure.is_absolute() or ".." in pure.parts or not _resolves_inside(root, name):
        raise DatasetError(f"{name!r:.200} is not a path inside {root}", _REFETCH)
    return root / name


def _resolves_inside(root: Path, name: str) -> bool:
    try:
        return (root / name).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def _check_file(root: Path, file: File, *, verify: bool) -> None:
    path = inside(root, file.path)
    try:
        if not path.is_file():
            raise DatasetError(f"{path} is missing", _REFETCH)
        size = path.stat().st_size
        if size != file.bytes:
            raise DatasetError(f"{path} has {size} bytes, not {file.bytes}", _REFETCH)
        if verify and files.sha256(path) != file.sha256:
            raise DatasetError(f"{path} is damaged: its SHA-256 is not the manifest's", _REFETCH)
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror}", _REFETCH) from None


def verifies(root: Path, file: File) -> bool:
    """Return whether the file is archived, or is in the folder with the manifest's bytes."""
    return file.url is not None or is_here(root, file)


def is_here(root: Path, file: File) -> bool:
    """Return whether the file is in the folder with the manifest's bytes."""
    return files.holds(root / file.path, file.bytes, file.sha256)
