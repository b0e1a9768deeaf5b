"""What is wrong with a catalog that a command failed on: asked for afterwards, since it takes longer than an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hf_providers.catalog import verification
from hf_providers.catalog.columns import Column, Table
from hf_providers.catalog.database import ADDED, Catalog
from hf_providers.catalog.locate import find
from hf_providers.catalog.schema import DERIVED, TABLES
from hf_providers.errors import SnapshotError

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import AnyRow

_NEEDED: Final = ("models", "offers", "providers")
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_PRICE: Final = re.compile(r"[0-9]+(\.[0-9]+)?")


def of_snapshot(explicit: str | None, environ: Mapping[str, str]) -> str | None:
    """Return what is wrong with the snapshot that `explicit` or the environment names; None where nothing is."""
    try:
        path = find(explicit, environ)
    except SnapshotError:
        return None
    try:
        with Catalog(path) as catalog:
            return _wrong_bytes(path) or _wrong_content(catalog)
    except SnapshotError as error:
        return str(error)


def _wrong_bytes(path: str) -> str | None:
    """Return whether the file is another than the manifest says; a catalog alone has none to say it."""
    try:
        wrong = verification.verify(path).wrong
    except SnapshotError:
        return None
    name = next((name for name in wrong if Path(name).name == Path(path).name), None)
    return f"the snapshot is damaged: {name}: {wrong[name]}" if name else None


def _wrong_content(catalog: Catalog) -> str | None:
    [(said,)] = catalog.query("PRAGMA integrity_check(1)")
    if said != "ok":
        return f"the snapshot {catalog.path} is damaged: {said}"
    meta: AnyRow = catalog.meta()  # of a damaged one nothing need be there
    moments = [meta.get("checked_at", ""), *(meta[name] for name in ("observed_at", "recent_since") if name in meta)]
    if "version" not in meta or not all(map(_is_moment, moments)):
        return f"the snapshot {catalog.path} is damaged: it does not say what it is"
    known = TABLES | DERIVED
    held = {name for (name,) in catalog.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for name in [*_NEEDED, *sorted(held & known.keys() - set(_NEEDED))]:
        if wrong := _wrong_rows(catalog, known[name]):
            return f"the snapshot {catalog.path} is damaged: table {name}: {wrong}"
    return None


def _wrong_rows(catalog: Catalog, table: Table) -> str | None:
    """Return what of a table is not as the schema has it; columns that came later may be lacking."""
    held = [name for (name,) in catalog.query("SELECT name FROM pragma_table_info(?)", (table.name,))]
    lacking = [name for name in table.column_names if name not in held and name not in ADDED.get(table.name, ())]
    renamed = any(name not in table.column_names for name in held)
    if lacking and (table.name in _NEEDED or renamed):
        return f"there is no column {lacking[0]}"
    for column in table.columns:
        if column.name in held:
            rows = catalog.query(f"SELECT DISTINCT {column.name} FROM {table.name}")  # noqa: S608 - the schema's names
            if not all(_fits(value, column) for (value,) in rows):
                return f"{column.name} holds what it cannot be"
    return None


def _fits(value: Any, column: Column) -> bool:
    if value is None:
        return column.nullable
    return _CHECKS.get(column.type, _json)(value) and (not column.enum or value in column.enum)


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(_MOMENT.fullmatch(value)) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _json(text: object) -> bool:
    try:
        return isinstance(text, str) and isinstance(json.loads(text), list | dict)
    except (ValueError, RecursionError):
        return False


_CHECKS: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "bool": lambda value: value in (0, 1),
    "int32": lambda value: isinstance(value, int),
    "int64": lambda value: isinstance(value, int),
    "float32": lambda value: isinstance(value, int | float),
    "float64": lambda value: isinstance(value, int | float),
    "timestamp": _is_moment,
    "price": lambda value: isinstance(value, str) and bool(_PRICE.fullmatch(value)),
}
