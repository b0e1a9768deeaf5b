"""How a table is packed in Parquet: its compression, its encodings, its pages and its row groups.

What each choice saves, over a synthetic year of measurements, stands in docs/speed.md.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

_GROUP_ROWS: Final = 65_536
"""Small enough that a filter on the key skips most of a large table, large enough to compress."""
_KEPT_GROUP_ROWS: Final = 1_048_576
"""The same for histories, whose size counts more: each group has dictionaries of its own."""
_SMALLEST: Final = 19
"""The level of zstd for what is kept; without one, Arrow takes 1."""
_WIDEST_BYTES: Final = 16
"""Of a number: that of a price."""


def rows_of_a_group(*, kept: bool) -> int:
    """Return how many rows a row group has at most; `kept` says that they are of a history."""
    return _KEPT_GROUP_ROWS if kept else _GROUP_ROWS


def options(data: pa.Table, *, kept: bool) -> dict[str, Any]:
    """Return the options of Arrow's writer for these rows; `kept` says that they are of a history.

    Measurements that hardly ever repeat get no dictionary. In a history the bytes of such numbers are stored apart: all
    first bytes, then all second ones, and so on. There a column of a group is one page, because zstd compresses blocks
    of 128 KiB: in smaller pages, one block has all four bytes of a number.
    """
    rare = _hardly_repeating(data)
    repeating = [leaf for field in data.schema if field.name not in rare for leaf in _leaves(field.name, field.type)]
    common = {
        "compression": "zstd",
        "use_dictionary": repeating,
        "write_statistics": True,
        "store_decimal_as_integer": True,
    }
    if not kept:
        return common
    return common | {
        "compression_level": _SMALLEST,
        "column_encoding": dict.fromkeys(rare, "BYTE_STREAM_SPLIT"),
        "max_rows_per_page": _KEPT_GROUP_ROWS,
        "data_page_size": _KEPT_GROUP_ROWS * _WIDEST_BYTES,
    }


def _hardly_repeating(data: pa.Table) -> list[str]:
    """Return the measurements for which a dictionary would take more than it saves."""
    return [
        field.name
        for field in data.schema
        if pa.types.is_floating(field.type) and pc.count_distinct(data[field.name]).as_py() * 2 >= data.num_rows
    ]


def _leaves(path: str, kind: pa.DataType) -> list[str]:
    """Return the Parquet paths of a column; those of a list or a map are several names deep."""
    if pa.types.is_map(kind):
        return [*_leaves(f"{path}.key_value.key", kind.key_type), *_leaves(f"{path}.key_value.value", kind.item_type)]
    if pa.types.is_list(kind):
        return _leaves(f"{path}.list.element", kind.value_type)
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(f"{path}.{field.name}", field.type)]
    return [path]
