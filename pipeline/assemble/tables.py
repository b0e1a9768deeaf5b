"""The tables of `hf_providers.catalog.schema` as Arrow data: made from rows, sorted, hashed, read and written.

`from_rows` and `conform` make sure that a table has exactly its declared schema, is sorted by its key, and has no NULL
where none is allowed and no key twice; all other code relies on it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hf_providers.catalog.columns import Column, Table
from hf_providers.catalog.schema import OFFERS, PRICE_SCALE, SCHEMA_VERSION, TABLES
from hf_providers.rules.recency import RECENT_DAYS
from pipeline.assemble import packing
from pipeline.assemble.column_values import values
from pipeline.errors import DatasetError

BATCH_ROWS: Final = 8_192
"""Rows that are made Arrow data of at a time."""
NOT_IDENTITY: Final = frozenset({"runs"})
"""Tables that say that a run took place, not what it found: not part of a version's identity."""

_BASE_MODEL: Final = pa.struct(
    [pa.field("model_id", pa.string(), nullable=False), pa.field("relation", pa.string(), nullable=False)]
)
_ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "price": pa.decimal128(18, PRICE_SCALE),
    "list<string>": pa.list_(pa.string()),
    "map<string,int64>": pa.map_(pa.string(), pa.int64()),
    "list<base_model>": pa.list_(_BASE_MODEL),
}


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of `table`, with descriptions, units, key and schema version as metadata."""
    metadata = {
        "description": table.description,
        "key": ",".join(table.key),
        "schema_version": str(SCHEMA_VERSION),
    }
    return pa.schema([_arrow_field(column) for column in table.columns], metadata=metadata)


def _arrow_field(column: Column) -> pa.Field:
    metadata = {"description": column.description} | ({"unit": column.unit} if column.unit else {})
    return pa.field(column.name, _ARROW_TYPES[column.type], nullable=column.nullable, metadata=metadata)


def empty(table: Table) -> pa.Table:
    """Return `table` without rows."""
    return arrow_schema(table).empty_table()


def from_rows(table: Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return the rows as an Arrow table, sorted by key.

    Every column must be a key of every row (None is NULL); other keys are ignored. Prices are Decimals
    of at most nine places, times are aware datetimes.

    Raises:
        DatasetError: naming table, column and row, where a value is missing, of a wrong type, not finite,
            NULL in a column that may not be, or where two rows have the same key.
    """
    schema = arrow_schema(table)
    parts = [
        pa.Table.from_arrays([_array(table, column, part) for column in table.columns], schema=schema)
        for part in _batches(rows)
    ]
    return conform(table, pa.concat_tables([schema.empty_table(), *parts]).combine_chunks())


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the rows in parts: those that are made one by one are never all there at once."""
    left = iter(rows)
    while part := list(islice(left, BATCH_ROWS)):
        yield part


def _array(table: Table, column: Column, rows: Sequence[Mapping[str, Any]]) -> pa.Array:
    try:
        return _typed(column, rows)
    except (KeyError, TypeError, ValueError, OverflowError, pa.ArrowException):
        row, reason = _culprit(column, rows)
        raise _bad(table, column.name, reason, {name: row.get(name) for name in table.key}) from None


def _typed(column: Column, rows: Sequence[Mapping[str, Any]]) -> pa.Array:
    values = [row[column.name] for row in rows]
    if column.type == "map<string,int64>":
        values = [None if value is None else sorted(value.items()) for value in values]
    if column.type == "timestamp":
        _refuse_unaware(values)
    array = pa.array(values, _ARROW_TYPES[column.type])
    if column.type.startswith("float") and pc.all(pc.is_finite(array)).as_py() is False:
        raise ValueError("is not a finite number")
    return array


def _refuse_unaware(values: Iterable[Any]) -> None:
    """Raise where Arrow would guess: it takes a naive time for UTC, and a number for microseconds."""
    for value in values:
        if value is not None and (not isinstance(value, datetime) or value.utcoffset() is None):
            raise ValueError("is not a datetime with a time zone")


def _culprit(column: Column, rows: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], str]:
    """Return the first row whose value does not fit `column`, and why; there must be one."""
    for row in rows:
        try:
            _typed(column, [row])
        except KeyError:
            return row, "is missing"
        except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
            return row, f"has {row[column.name]!r:.80}: {error}"
    return {}, "has values that do not fit one column"


def _bad(table: Table, column: str, reason: str, key: Mapping[str, Any]) -> DatasetError:
    where = ", ".join(f"{name}={value!s:.120}" for name, value in key.items())
    return DatasetError(
        f"{table.name}.{column} {reason} (row {where})",
        "correct or quarantine the row where its source is read",
    )


def conform(table: Table, data: pa.Table) -> pa.Table:
    """Return `data` in the declared schema (with its metadata), sorted by key; any layout of text is accepted.

    Raises:
        DatasetError: the columns or types differ, a NULL is where none is allowed, or a key is not unique.
    """
    schema = arrow_schema(table)
    data = _plain_text(data)
    if _shapes(data.schema) != _shapes(schema):
        raise DatasetError(
            f"{table.name} does not have its declared columns: {_difference(data.schema, schema)}",
            "make it with from_rows, or as a table of the schema's types",
        )
    data = pa.Table.from_arrays(data.columns, schema=schema)
    _refuse_nulls(table, data)
    if _ascending(data, table.key):
        return data
    data = _sorted(table, data)
    if not _ascending(data, table.key):
        raise _bad(table, ",".join(table.key), "is a key that is not unique", _duplicate(table, data))
    return data


def _plain_text(data: pa.Table) -> pa.Table:
    """Return the data with plain strings, for Polars and DuckDB use other layouts of text; cast nothing else."""
    text = (pa.large_string(), pa.string_view())
    if not any(field.type in text for field in data.schema):
        return data
    columns = [column.cast(pa.string()) if column.type in text else column for column in data.columns]
    return pa.table(columns, names=data.column_names)


def _shapes(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """Return names and types; nullability is checked on the values."""
    return [(field.name, field.type) for field in schema]


def _difference(have: pa.Schema, want: pa.Schema) -> str:
    missing = [f"{name} {kind}" for name, kind in _shapes(want) if (name, kind) not in _shapes(have)]
    surplus = [f"{name} {kind}" for name, kind in _shapes(have) if (name, kind) not in _shapes(want)]
    return f"expected {missing}, found {surplus}" if missing or surplus else "they are in another order"


def _refuse_nulls(table: Table, data: pa.Table) -> None:
    for column in table.columns:
        values = data[column.name]
        if not column.nullable and values.null_count:
            row = data.select(table.key).filter(values.is_null()).slice(0, 1)
            raise _bad(table, column.name, "must not be NULL", to_rows(row)[0])
        if column.type == "list<base_model>":
            _refuse_empty_relations(table, column, values)


def _refuse_empty_relations(table: Table, column: Column, lists: pa.ChunkedArray) -> None:
    for chunk in lists.chunks:
        models = chunk.flatten()
        if models.null_count or any(part.null_count for part in models.flatten()):
            raise DatasetError(
                f"{table.name}.{column.name} has a base model without a model_id or relation",
                "leave it out where its source is read",
            )


def sort_table(table: Table, data: pa.Table) -> pa.Table:
    """Return `data` in the order of the table's key; as it is where it is already in order."""
    return data if _ascending(data, table.key) else _sorted(table, data)


def _sorted(table: Table, data: pa.Table) -> pa.Table:
    return data.sort_by([(name, "ascending") for name in table.key])


def _ascending(data: pa.Table, key: Sequence[str]) -> bool:
    """Return whether every key is greater than the one before: sorted and unique. Much cheaper than sorting."""
    if data.num_rows < 2:
        return True
    before, after = data.slice(0, data.num_rows - 1), data.slice(1)
    less = pa.scalar(value=False)
    for name in reversed(key):
        less = pc.or_(pc.less(before[name], after[name]), pc.and_(pc.equal(before[name], after[name]), less))
    return bool(pc.all(less, min_count=0).as_py())


def _duplicate(table: Table, data: pa.Table) -> Mapping[str, Any]:
    counts = data.group_by(list(table.key)).aggregate([([], "count_all")])
    twice = counts.filter(pc.greater(counts["count_all"], 1)).select(table.key)
    first: Mapping[str, Any] = to_rows(twice.slice(0, 1))[0]
    return first


def union(table: Table, parts: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of all parts, sorted; of rows with the same key, the first."""
    data = pa.concat_tables([empty(table), *parts])
    numbered = data.select(table.key).append_column("place", pa.array(range(data.num_rows), pa.int64()))
    first = numbered.group_by(list(table.key)).aggregate([("place", "min")])
    return conform(table, data.take(first["place_min"]))


def to_rows(data: pa.Table) -> list[Any]:
    """Return the rows as dicts: prices as Decimal, times as aware UTC datetimes, maps as dicts, NULL as None."""
    names = data.column_names
    columns = [values(column) for column in data.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def write(data: pa.Table, path: Path, *, kept: bool = False) -> None:
    """Write `data` as Parquet: the same rows in the same order give the same bytes, however chunked.

    A table without rows has no row group: some readers use the size of the first one as their batch size.

    Args:
        data: The rows.
        path: The file.
        kept: Whether it is a history, which grows for years: then it takes longer to write, and less space.
    """
    with pq.ParquetWriter(path, data.schema, **packing.options(data, kept=kept)) as file:
        if data.num_rows:
            file.write_table(data.combine_chunks(), row_group_size=packing.rows_of_a_group(kept=kept))


def read(path: Path, table: Table) -> pa.Table:
    """Return the rows of one Parquet file of `table`, with its columns by name.

    Another release may have written the file: a nullable column that it lacks is NULL, an unknown one is left out.

    Raises:
        DatasetError: the file is missing, is not Parquet, or lacks a column that must not be NULL.
    """
    try:
        # Not read_table: it would turn a folder named month=… into a column.
        with pq.ParquetFile(path) as file:
            data = file.read()
    except (OSError, pa.ArrowException) as error:
        reason = str(error).partition("\n")[0]
        raise DatasetError(f"{path} cannot be read: {reason}", "fetch or publish the dataset again") from None
    return conform(table, _by_name(table, data))


def _by_name(table: Table, data: pa.Table) -> pa.Table:
    """Return the table's own columns in their order; a nullable one that `data` lacks is NULL."""
    known = set(data.column_names)
    columns = {
        column.name: data[column.name] if column.name in known else pa.nulls(data.num_rows, _ARROW_TYPES[column.type])
        for column in table.columns
        if column.name in known or column.nullable
    }
    return pa.table(columns)


def unknown_columns(path: Path, table: Table) -> list[str]:
    """Return the columns of a Parquet file that a newer release added: `read` leaves them out."""
    return [name for name in pq.read_schema(path).names if name not in table.column_names]


def lacking_columns(path: Path, table: Table) -> list[str]:
    """Return the columns of `table` that a Parquet file of an older release lacks: `read` fills them with NULL."""
    names = frozenset(pq.read_schema(path).names)
    return [name for name in table.column_names if name not in names]


def content_hash(tables: Mapping[str, pa.Table]) -> str:
    """Return the identity of content: 16 hex digits of a SHA-256 over the schema version and all stable values.

    Volatile columns and the `runs` table are left out; order, chunks and row groups make no difference. Nor does a
    column without any value: one that a newer release added is not new content until it has values.
    Of dates only this counts: when the price of a recent offer is no longer recent itself, it is no longer ranked.
    The hash reads Arrow's documented memory layout, not Parquet files: a new version of a library is not new data.
    """
    digest = hashlib.sha256(f"schema {SCHEMA_VERSION}\n".encode())
    for name in sorted(tables.keys() - NOT_IDENTITY):
        table, data = TABLES[name], sort_table(TABLES[name], tables[name])
        for column in table.stable_names:
            if data[column].null_count == data.num_rows:
                continue
            digest.update(f"{name}.{column}\n".encode())
            _feed(digest, pa.concat_arrays(data[column].chunks or [pa.array([], data[column].type)]))
        if name == OFFERS.name and (outdated := _outdated_prices(data)):
            digest.update(b"outdated prices\n")
            _feed(digest, pa.array(outdated, pa.int64()))
    return digest.hexdigest()[:16]


def _outdated_prices(offers: pa.Table) -> list[int]:
    """Return the positions of recent offers whose price is no longer recent, as its source fails.

    Old offers and speeds need no such mark: they already change the providers' counts, and the readiness.
    """
    if "observed_at" not in offers.column_names or (newest := pc.max(offers["observed_at"]).as_py()) is None:
        return []
    since = pa.scalar(newest - timedelta(days=RECENT_DAYS), offers["observed_at"].type)
    outdated = pc.and_(pc.greater_equal(offers["observed_at"], since), pc.less(offers["price_observed_at"], since))
    return [position for position, is_outdated in enumerate(outdated.to_pylist()) if is_outdated]


def _feed(digest: hashlib._Hash, array: pa.Array) -> None:
    """Feed an array's values in canonical form; the bytes under a NULL are arbitrary and left out."""
    digest.update(struct.pack("<q", len(array)))
    digest.update(_fixed_bytes(array.is_valid().cast(pa.int8())))
    present = array.drop_null()
    if pa.types.is_map(present.type):
        entry = pa.struct([pa.field("key", present.type.key_type), pa.field("value", present.type.item_type)])
        present = present.cast(pa.list_(entry))
    if pa.types.is_struct(present.type):
        for child in present.flatten():
            _feed(digest, child)
    elif pa.types.is_list(present.type):
        digest.update(_fixed_bytes(pc.list_value_length(present)))
        _feed(digest, present.flatten())
    elif pa.types.is_string(present.type):
        digest.update(_fixed_bytes(pc.binary_length(present)))
        digest.update(_string_bytes(present))
    else:
        digest.update(_fixed_bytes(present.cast(pa.int8()) if pa.types.is_boolean(present.type) else present))


def _fixed_bytes(array: pa.Array) -> memoryview:
    """Return the bytes of an array of fixed width without NULLs."""
    width = array.type.bit_width // 8
    return memoryview(array.buffers()[1] or b"")[array.offset * width : (array.offset + len(array)) * width]


def _string_bytes(array: pa.Array) -> memoryview:
    """Return the concatenated text of a string array without NULLs."""
    _, offsets, text = array.buffers()
    if len(array) == 0 or text is None:
        return memoryview(b"")
    bounds = memoryview(offsets).cast("i")
    return memoryview(text)[bounds[array.offset] : bounds[array.offset + len(array)]]
