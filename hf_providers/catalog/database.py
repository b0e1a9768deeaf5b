"""A snapshot's catalog.sqlite: whether it can be read, and what it holds, as plain dicts.

Offline and read-only. On the way to every answer, so it imports SQLite and nothing else at module level: no json
(SQLite reads the manifest, too), no pathlib, no typing. What only the build writes beside the tables: `lineage` (who
declares to be made from whom), `former` (models that only the histories know), `ranks` (a model's use, its family by
name), `names` and `trigrams` (the search).
"""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock

from hf_providers.catalog.json_text import manifest_text, read_json, sqlite, typed_value
from hf_providers.errors import SnapshotError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Literal

    from hf_providers.catalog.row_types import (
        ArchitectureRow,
        ChangeRow,
        DailyMeasurementRow,
        InstanceRow,
        JobsMachineRow,
        ModelRow,
        OfferRow,
        PriceIntervalRow,
        ProviderRow,
        SnapshotMeta,
        StatusIntervalRow,
        VariantRow,
    )

APPLICATION_ID = 0x68667031
"""Marks a SQLite file as a catalog of this project ("hfp1")."""
READS_SCHEMA: Literal[1] = 1
"""The newest layout this code reads: schema.SCHEMA_VERSION, which costs too much to import here."""
VARIANTS = 30
"""Variants of a model that are listed, the most used ones."""
FILE = "catalog.sqlite"
ADDED = {
    "offers": (
        "observed_at", "price_observed_at", "measured_at", "source", "measured_source", "free_until", "listed",
        "missing_since",
    ),
    "models": ("last_seen_at", "source"),
    "providers": ("ended_at", "ended_source", "source"),
    "endpoint_instances": ("source",),
    "jobs_hardware": ("source",),
    "architectures": ("source",),
}  # fmt: skip
"""Columns that are newer than the first catalogs of this layout: NULL in those."""
MEND = "fetch it again: hfp sync"
MOST_STEPS = 1000
"""Millions of steps of SQLite's machine that one statement may take: some seconds; honest ones need a few at most."""
MOST_CELL_BYTES = 16 << 20
"""The longest value that is read, or made on the way."""


_AT_ONCE = 500
"""Models asked for in one statement: SQLite before 3.32 takes no more than 999 values."""


class Catalog:
    """An open catalog, whose rows are dicts by column.

    Prices are exact decimals as text, times are ISO text; booleans, lists and maps are Python's, NULL is None.
    Every method raises SnapshotError where the file turns out to be damaged.
    """

    def __init__(self, path: str) -> None:
        """Open the file at `path`.

        Raises:
            SnapshotError: it is missing, no catalog, damaged, or of a newer layout.
        """
        if not os.path.isfile(path):  # noqa: PTH113 - pathlib costs more than the answer
            raise SnapshotError(f"there is no snapshot at {path}", MEND)
        self.path = path
        # Immutable: a published file never changes, and SQLite then needs neither locks nor a writable folder.
        # Threads may share it: one statement at a time.
        address = f"{file_uri(path)}?mode=ro&immutable=1"
        self._connection = sqlite.connect(address, uri=True, check_same_thread=False)
        self._lock = allocate_lock()
        self._meta: SnapshotMeta | None = None
        self._known: dict[str, dict[str, str]] = {}
        self._steps = steps = [0]

        def step() -> bool:
            steps[0] += 1
            return steps[0] > MOST_STEPS

        self._connection.set_progress_handler(step, 1_000_000)
        self._connection.setlimit(sqlite.SQLITE_LIMIT_LENGTH, MOST_CELL_BYTES)
        try:
            self._check()
        except BaseException:  # Python 3.13 warns of a connection that is dropped open
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def close_when_dropped(self) -> None:
        """Close the file too when nothing refers to this object any more, or the interpreter ends.

        For programs: Python 3.13 warns of a connection that is dropped open. `hfp` closes its own, and is spared the
        import.
        """
        from weakref import finalize

        finalize(self, self._connection.close)

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check(self) -> None:
        names = ("application_id", "user_version", "page_count", "page_size")
        application, version, pages, page_bytes = (self.query(f"PRAGMA {name}")[0][0] for name in names)
        if application != APPLICATION_ID:
            raise SnapshotError(f"{self.path} is no catalog of hf-providers", MEND)
        if version > READS_SCHEMA:
            reads = f"this hf-providers reads up to {READS_SCHEMA}"
            raise SnapshotError(
                f"the snapshot {self.path} has layout {version}; {reads}",
                "upgrade hf-providers: pip install --upgrade hf-providers",
            )
        if self.query(_NO_PLAIN_TABLES):
            raise SnapshotError(f"{self.path} is no catalog of hf-providers: it has more than plain tables", MEND)
        if _size(self.path) != pages * page_bytes:
            raise SnapshotError(f"the snapshot {self.path} is damaged: it is not whole", MEND)

    def query(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement as tuples."""
        try:
            with self._lock:
                self._steps[0] = 0
                return self._connection.execute(sql, values).fetchall()
        except sqlite.ProgrammingError:
            raise  # a mistake of the caller's, and no damage
        except (sqlite.DatabaseError, UnicodeDecodeError) as error:  # a name in SQLite's message may be no text
            raise SnapshotError(f"the snapshot {self.path} is damaged: {error}", MEND) from None

    def rows(self, table: str, **equal: str | None) -> list[Any]:
        """The rows of a table whose columns equal the given values (None: any), in the table's order: see `row_types`.

        Models stand in the order of use, all else in that of its key. A table that the snapshot lacks has no rows.
        """
        given = {name: value for name, value in equal.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        return self._rows_where(table, where, list(given.values()))

    def rows_of(self, table: str, model_ids: Sequence[str]) -> list[Any]:
        """The rows of a table for any of these models, in the table's order within each 500 of them."""
        parts = (model_ids[start : start + _AT_ONCE] for start in range(0, len(model_ids), _AT_ONCE))
        asked = ((f"model_id IN ({','.join('?' * len(part))})", part) for part in parts)
        return [row for where, part in asked for row in self._rows_where(table, where, part)]

    def _rows_where(self, table: str, where: str, values: Sequence[str]) -> list[Any]:
        columns = self._columns(table)
        if not columns:
            return []
        # The table is one that exists, the columns are keywords: no value stands in the SQL.
        found = self.query(f"SELECT * FROM {table} WHERE {where} ORDER BY rowid", values)  # noqa: S608
        typed = [(name, kind) for name, kind in columns.items() if kind in {"BOOLEAN", "JSON"}]
        newer = {name: None for name in ADDED.get(table, ()) if name not in columns}
        rows = [dict(zip(columns, row, strict=True)) | newer for row in found]
        try:
            for row in rows:
                for name, kind in typed:
                    if row[name] is not None:
                        row[name] = typed_value(row[name], kind)
        except ValueError as error:
            raise SnapshotError(f"the snapshot {self.path} is damaged: {error}", MEND) from None
        return rows

    def _columns(self, table: str) -> dict[str, str]:
        """The columns of a table and their types; none where the snapshot lacks it."""
        if table not in self._known:
            self._known[table] = dict(self.query("SELECT name, type FROM pragma_table_info(?)", (table,)))
        return self._known[table]

    def meta(self) -> SnapshotMeta:
        """What the snapshot says about itself; a version that was checked again since says when that was.

        As it stood when it was first asked for: one answer has one date.
        """
        if self._meta is None:
            said: Any = dict(self.query("SELECT key, value FROM meta"))
            self._meta = said | _checked_again(self.path, said.get("version"))
        return self._meta.copy()

    def recent_since(self) -> str | None:
        """Return the ISO moment from which on an observation is recent; None where the snapshot dates none."""
        found = self.query("SELECT value FROM meta WHERE key = 'recent_since'")
        return str(found[0][0]) if found else None

    def model(self, model_id: str) -> ModelRow | None:
        """The model of this exact id."""
        return next(iter(self.rows("models", model_id=model_id)), None)

    def models(self) -> list[ModelRow]:
        """All models, the most used first."""
        return self.rows("models")

    def offers(
        self, model_id: str | None = None, provider: str | None = None, task: str | None = None
    ) -> list[OfferRow]:
        """Offers of a model, a provider, a task, or any of them together."""
        return self.rows("offers", model_id=model_id, provider=provider, task=task)

    def providers(self) -> list[ProviderRow]:
        """All providers ever seen."""
        return self.rows("providers")

    def provider(self, provider: str) -> ProviderRow | None:
        """The provider of this id."""
        return next(iter(self.rows("providers", provider=provider)), None)

    def price_history(
        self, model_id: str, provider: str | None = None, task: str | None = None
    ) -> list[PriceIntervalRow]:
        """Intervals of unchanged price of a model's routes, by route and time."""
        return self.rows("price_history", model_id=model_id, provider=provider, task=task)

    def status_history(
        self, model_id: str, provider: str | None = None, task: str | None = None
    ) -> list[StatusIntervalRow]:
        """Intervals of unchanged status and capabilities of a model's routes, by route and time."""
        return self.rows("status_history", model_id=model_id, provider=provider, task=task)

    def measurements_daily(
        self, model_id: str, provider: str | None = None, task: str | None = None
    ) -> list[DailyMeasurementRow]:
        """Medians of each day's measurements of a model's routes, and `n`, how many they are of."""
        return self.rows("measurements_daily", model_id=model_id, provider=provider, task=task)

    def changes(self) -> list[ChangeRow]:
        """What changed, run by run."""
        return self.rows("changes")

    def architecture(self, model_id: str) -> ArchitectureRow | None:
        """What the config.json of a model of this exact id says."""
        return next(iter(self.rows("architectures", model_id=model_id)), None)

    def instances(self) -> list[InstanceRow]:
        """The instances of dedicated Inference Endpoints."""
        return self.rows("endpoint_instances")

    def jobs_machines(self) -> list[JobsMachineRow]:
        """The machines that HF Jobs run on."""
        return self.rows("jobs_hardware")

    def variants(self, model_id: str, limit: int = VARIANTS) -> list[VariantRow]:
        """Relatives of a model: `model_id`, `variant_id`, `relation`, `declared`.

        Relation is what the variant is: `base` (this model is made from it); `finetune`, `adapter`, `quantized`,
        `merge` or `derived` (it is made from this model); `sibling` (made from the same base); `family`: guessed
        by the name alone, the only ones not declared. They come in this order, then the most used first.
        """
        found: dict[str, VariantRow] = {}
        for variant_id, relation in self.query(_VARIANTS, {"id": model_id, "limit": limit + 1}):
            declared = relation != "family"
            row: VariantRow = {
                "model_id": model_id, "variant_id": variant_id, "relation": relation, "declared": declared,
            }  # fmt: skip
            if variant_id != model_id:
                found.setdefault(variant_id, row)
        return list(found.values())[:limit]


# A view or a generated column is a program: reading one could go on for ever, or fill the memory.
_NO_PLAIN_TABLES = (
    "SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index')"
    " OR (sql LIKE 'create virtual%' AND NOT (name = 'names' AND sql LIKE '%using fts5(text%')) UNION ALL"
    " SELECT 1 FROM sqlite_schema t, pragma_table_xinfo(t.name) c"
    " WHERE t.type = 'table' AND t.sql NOT LIKE 'create virtual%' AND c.hidden > 0 LIMIT 1"
)

_VARIANTS = """
WITH me AS (SELECT rowid AS row FROM models WHERE model_id = :id)
SELECT * FROM (SELECT base_id, 'base' FROM lineage WHERE model = (SELECT row FROM me) LIMIT :limit)
UNION ALL SELECT * FROM (
    SELECT m.model_id, CASE l.relation WHEN 'base' THEN 'derived' ELSE l.relation END
    FROM lineage l CROSS JOIN models m ON m.rowid = l.model WHERE l.base_id = :id ORDER BY l.model LIMIT :limit)
UNION ALL SELECT * FROM (
    SELECT m.model_id, 'sibling' FROM lineage mine CROSS JOIN lineage l ON l.base_id = mine.base_id
    CROSS JOIN models m ON m.rowid = l.model WHERE mine.model = (SELECT row FROM me) ORDER BY l.model LIMIT :limit)
UNION ALL SELECT * FROM (
    SELECT m.model_id, 'family' FROM ranks r CROSS JOIN models m ON m.rowid = r.model
    WHERE r.family = (SELECT family FROM ranks WHERE model = (SELECT row FROM me)) ORDER BY r.model LIMIT :limit)
"""


def _size(path: str) -> int:
    """The size of a file; -1 where it has just gone."""
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return -1


def file_uri(path: str, system: str = sys.platform) -> str:
    """Return a file's path as SQLite takes it for a URI: https://sqlite.org/uri.html#uri_filenames_in_sqlite."""
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    if system == "win32":
        quoted = quoted.replace("\\", "/")
        if quoted[1:2] == ":":
            quoted = f"/{quoted}"
    return f"file://{quoted}" if quoted.startswith("/") else f"file:{quoted}"


def _checked_again(path: str, version: str | None) -> dict[str, str]:
    """What the manifest of a catalog's dataset says of its last check, where it is of this very version.

    A run that finds nothing new publishes a manifest and no new catalog.
    """
    names = ("version", "checked_at", "result", "origin")
    asked = ", ".join(f":manifest ->> '$.{name}'" for name in names)
    answer = asked_of_manifest(path, f"SELECT {asked}")
    said = dict(zip(names, answer[0], strict=True)) if answer else {}
    if said.pop("version", None) != version:
        return {}
    return {name: value for name, value in said.items() if isinstance(value, str)}


def asked_of_manifest(path: str, sql: str) -> list[tuple[Any, ...]]:
    """Return what SQLite reads from the manifest of a catalog's dataset, `:manifest` in the statement.

    Nothing where there is none in the folders above, or it cannot be read.
    """
    folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
    for _ in range(3):
        manifest = f"{folder}/manifest.json"
        if os.path.isfile(manifest):  # noqa: PTH113
            break
        folder = os.path.dirname(folder)  # noqa: PTH120
    else:
        return []
    try:
        return read_json(sql, manifest=manifest_text(manifest))
    except (OSError, ValueError):
        return []
