"""Values of columns, made once each, against what Arrow makes of every one of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import copysign
from typing import Any

import pyarrow as pa
import pytest

from pipeline.assemble.column_values import converted, values

NOON = datetime(2026, 2, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (pa.string(), ["a", None, "", "a", "é"]),
        (pa.timestamp("us", "UTC"), [NOON, NOON + timedelta(microseconds=1), None, NOON]),
        (pa.decimal128(18, 9), [Decimal("0.1"), Decimal(0), None, Decimal("0.100000000")]),
        (pa.float32(), [0.0, -0.0, None, 1.5]),
        (pa.bool_(), [True, None, False]),
        (pa.map_(pa.string(), pa.int64()), [{"BF16": 1}, None, {}]),
        (pa.list_(pa.string()), [["x", "x"], None, []]),
    ],
    ids=str,
)
@pytest.mark.parametrize("cut", [0, 2])
def test_values_are_what_arrow_makes_of_each(kind: pa.DataType, said: list[Any], cut: int) -> None:
    as_given = [list(value.items()) if isinstance(value, dict) else value for value in said]
    parts = [pa.array(part, kind) for part in (as_given[:cut], as_given[cut:])]
    column = pa.chunked_array(parts, kind).slice(1)
    found = values(column)
    assert found == [value.as_py(maps_as_pydicts="strict") for value in column]
    assert [repr(value) for value in found] == [repr(value) for value in column.to_pylist(maps_as_pydicts="strict")]


def test_zero_keeps_its_sign() -> None:
    signs = [copysign(1, value) for value in values(pa.chunked_array([pa.array([0.0, -0.0])]))]
    assert signs == [1, -1]


def test_equal_texts_are_one_object_and_are_converted_once() -> None:
    column = pa.chunked_array([pa.array(["live" * 100, None, "live" * 100])])
    first, none, last = values(column)
    assert (first is last, none) == (True, None)
    asked: list[int] = []

    def upper(distinct: pa.Array) -> list[Any]:
        asked.append(len(distinct))
        return [value.upper() for value in distinct.to_pylist()]

    assert converted(column, upper) == ["LIVE" * 100, None, "LIVE" * 100]
    assert asked == [1]


def test_a_column_without_rows_has_no_values() -> None:
    assert values(pa.chunked_array([], pa.string())) == []
