"""Tables in Arrow and Parquet: what goes in comes out, same content is same bytes, errors say where."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import MODELS, OFFERS, PRICE_HISTORY, QUARANTINE, TABLES
from pipeline.assemble import tables
from pipeline.errors import DatasetError
from tests.dataset_samples import ROUTE, START, row, sample, sample_rows

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT,
    "bool": st.booleans(),
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float32": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "float64": st.floats(allow_nan=False, allow_infinity=False),
    "timestamp": st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    "price": st.integers(0, 10**18 - 1).map(lambda nano: Decimal(nano).scaleb(-9)),
    "list<string>": st.lists(TEXT, max_size=3),
    "map<string,int64>": st.dictionaries(TEXT, st.integers(0, 2**63 - 1), max_size=3),
    "list<base_model>": st.lists(st.fixed_dictionaries({"model_id": TEXT, "relation": TEXT}), max_size=3),
}


def rows_of(table: Table) -> st.SearchStrategy[list[dict[str, Any]]]:
    columns = {
        column.name: st.none() | VALUES[column.type] if column.nullable else VALUES[column.type]
        for column in table.columns
    }
    return st.lists(
        st.fixed_dictionaries(columns),
        max_size=6,
        unique_by=lambda values: tuple(values[name] for name in table.key),
    )


def by_key(table: Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sorted by plain Python: texts by their UTF-8, as Parquet readers compare them."""
    return sorted(
        rows,
        key=lambda values: [
            part.encode() if isinstance(part, str) else part for part in (values[name] for name in table.key)
        ],
    )


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(table: Table, data: st.DataObject) -> None:
    rows = data.draw(rows_of(table))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "month=2026-02" / "t.parquet"
        path.parent.mkdir()
        tables.write(tables.from_rows(table, rows), path, kept=data.draw(st.booleans()))
        back = tables.read(path, table)
    assert tables.to_rows(back) == by_key(table, rows)
    assert back.schema.equals(tables.arrow_schema(table), check_metadata=True)


def test_another_reader_reads_the_same(tmp_path: Path) -> None:
    tables.write(sample(3)["offers"], tmp_path / "offers.parquet")
    relation = duckdb.read_parquet(str(tmp_path / "offers.parquet"))
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert types["input_usd_per_mtok"] == "DECIMAL(18,9)"
    assert types["first_seen_at"] == "TIMESTAMP WITH TIME ZONE"
    found = relation.project("provider_model_id, input_usd_per_mtok, epoch_us(first_seen_at), ttft_ms").fetchall()
    micros = int(START.timestamp() * 1_000_000)
    assert found == [("talk", Decimal("3E-9"), micros, None), ("talk-turbo", Decimal("3E-9"), micros, None)]


def test_columns_explain_themselves(tmp_path: Path) -> None:
    tables.write(tables.empty(OFFERS), tmp_path / "offers.parquet")
    schema = pq.read_schema(tmp_path / "offers.parquet")
    price = schema.field("input_usd_per_mtok")
    assert price.type == pa.decimal128(18, 9)
    assert price.metadata[b"unit"] == b"USD per million tokens"
    assert b"NULL is unknown" in price.metadata[b"description"]
    assert not schema.field("model_id").nullable
    assert schema.metadata[b"key"] == b"model_id,provider,task,provider_model_id"
    assert schema.metadata[b"schema_version"] == b"1"


def test_base_models_and_parameter_maps_have_their_types() -> None:
    schema = tables.arrow_schema(MODELS)
    assert schema.field("dtype_parameters").type == pa.map_(pa.string(), pa.int64())
    relation = schema.field("base_models").type.value_type
    assert [(field.name, field.type, field.nullable) for field in relation] == [
        ("model_id", pa.string(), False),
        ("relation", pa.string(), False),
    ]


def measurements(count: int) -> list[dict[str, Any]]:
    return [
        row(
            "measurements",
            **ROUTE,
            observed_at=START + timedelta(minutes=i),
            ttft_ms=float(i) if i % 3 else None,
        )
        for i in range(count)
    ]


def test_same_rows_same_bytes_whatever_their_order_and_chunks(tmp_path: Path) -> None:
    rows = measurements(500)
    table = TABLES["measurements"]
    tables.write(tables.from_rows(table, rows), tmp_path / "a")
    random.Random(5).shuffle(rows)
    shuffled = tables.from_rows(table, rows)
    tables.write(pa.concat_tables([shuffled.slice(0, 7), shuffled.slice(7)]), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_row_groups_have_statistics_and_bounded_size(tmp_path: Path) -> None:
    tables.write(tables.from_rows(TABLES["measurements"], measurements(70_000)), tmp_path / "m")
    metadata = pq.read_metadata(tmp_path / "m")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [65_536, 4_464]
    column = metadata.row_group(1).column(metadata.schema.names.index("observed_at"))
    assert column.compression == "ZSTD"
    assert column.statistics.min == START + timedelta(minutes=65_536)


def packed(value: float | None) -> bytes | None:
    return None if value is None else struct.pack("<f", value)


def test_a_history_is_packed_small_and_read_alike_by_others(tmp_path: Path) -> None:
    """Random numbers, of which each is another, and such that no packing may change: -0.0, the smallest, NULL."""
    seeded = random.Random(7)
    speeds = [-0.0, 1.401298464324817e-45, None, *(seeded.lognormvariate(4, 0.2) for _ in range(4_997))]
    rows = [
        row("measurements", **ROUTE, observed_at=START + timedelta(hours=hour), throughput_tps=speed)
        for hour, speed in enumerate(speeds)
    ]
    data = tables.from_rows(TABLES["measurements"], rows)
    for name, kept in (("once", False), ("kept", True), ("again", True)):
        tables.write(data, tmp_path / name, kept=kept)
    assert (tmp_path / "kept").read_bytes() == (tmp_path / "again").read_bytes()
    assert (tmp_path / "kept").stat().st_size < (tmp_path / "once").stat().st_size * 0.9
    metadata = pq.read_metadata(tmp_path / "kept")
    column = metadata.row_group(0).column(metadata.schema.names.index("throughput_tps"))
    assert "BYTE_STREAM_SPLIT" in column.encodings
    assert column.statistics.null_count == 1
    bits = [packed(value) for value in data["throughput_tps"].to_pylist()]
    query = f"SELECT throughput_tps FROM read_parquet('{tmp_path / 'kept'}') ORDER BY observed_at"
    in_duckdb = [value for (value,) in duckdb.sql(query).fetchall()]
    in_polars = pl.read_parquet(tmp_path / "kept")["throughput_tps"].to_list()
    for found in (in_duckdb, in_polars):
        assert [packed(value) for value in found] == bits
    assert tables.read(tmp_path / "kept", TABLES["measurements"]).equals(data)


def test_hash_ignores_order_chunks_volatile_columns_and_runs() -> None:
    table, rows = (
        PRICE_HISTORY,
        [
            row(
                "price_history",
                **ROUTE | {"provider": provider},
                valid_from=START,
                last_observed_at=START,
                source="s",
            )
            for provider in ("a", "b", "c")
        ],
    )
    data = tables.from_rows(table, rows)
    expected = tables.content_hash({"price_history": data})
    later = [values | {"last_observed_at": START + timedelta(days=1)} for values in rows]
    backwards = data.take([2, 1, 0])
    cut = pa.concat_tables([data.slice(0, 1), data.slice(1)])
    for same in (tables.from_rows(table, later), backwards, cut):
        assert tables.content_hash({"price_history": same}) == expected
    assert tables.content_hash({"price_history": data, "runs": tables.empty(TABLES["runs"])}) == expected


OTHER_VALUES: dict[str, Callable[[Any], Any]] = {
    "string": lambda value: "" if value is None else value + "x",
    "bool": lambda value: not value,
    "int64": lambda value: (value or 0) + 1 if value is not None else 0,
    "float32": lambda value: 0.0 if value is None else value + 1,
    "timestamp": lambda value: START if value is None else value + timedelta(microseconds=1),
    "price": lambda value: Decimal(0) if value is None else value + Decimal("1E-9"),
    "list<string>": lambda value: [] if value is None else None,
    "map<string,int64>": lambda value: {} if value is None else value | {"F64": 0},
    "list<base_model>": lambda value: [] if value is None else value + value,
}


@pytest.mark.parametrize(
    ("name", "column"),
    [(table.name, column) for table in TABLES.values() if table.name != "runs" for column in table.columns],
    ids=lambda part: part if isinstance(part, str) else part.name,
)
def test_hash_sees_every_stable_value_and_no_volatile_one(name: str, column: Any) -> None:
    rows = sample_rows(1)[name]
    changed = [rows[0] | {column.name: OTHER_VALUES[column.type](rows[0][column.name])}, *rows[1:]]
    before, after = (tables.content_hash({name: tables.from_rows(TABLES[name], r)}) for r in (rows, changed))
    assert (before == after) == column.volatile


def test_hash_keeps_texts_apart() -> None:
    def hashed(*reasons: str) -> str:
        rows = [
            row(
                "quarantine",
                source="s",
                provider="",
                record_id=str(i),
                field="",
                reason=reason,
                observed_at=START,
            )
            for i, reason in enumerate(reasons)
        ]
        return tables.content_hash({"quarantine": tables.from_rows(QUARANTINE, rows)})

    assert len({hashed("ab", "c"), hashed("a", "bc"), hashed("abc", ""), hashed("", "abc"), hashed("abc")}) == 5


def test_hash_of_a_filtered_table_is_that_of_its_rows() -> None:
    """A filter or slice leaves offsets and foreign bytes in the buffers, which are not content."""
    rows = measurements(20)
    table = TABLES["measurements"]
    whole = tables.from_rows(table, rows)
    part = tables.from_rows(table, rows[5:12])
    assert tables.content_hash({"measurements": whole.slice(5, 7)}) == tables.content_hash({"measurements": part})


OFFER = sample_rows(1)["offers"][0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": None}, ["offers.status", "NULL"]),
        ({"input_usd_per_mtok": 0.1}, ["offers.input_usd_per_mtok", "float"]),
        ({"input_usd_per_mtok": Decimal("0.0000000001")}, ["offers.input_usd_per_mtok", "data loss"]),
        ({"input_usd_per_mtok": Decimal("NaN")}, ["offers.input_usd_per_mtok"]),
        ({"input_usd_per_mtok": Decimal(10**9)}, ["offers.input_usd_per_mtok", "fit"]),
        ({"context_length": "64k"}, ["offers.context_length", "64k"]),
        ({"context_length": 2**63}, ["offers.context_length"]),
        ({"ttft_ms": math.nan}, ["offers.ttft_ms", "finite"]),
        ({"first_seen_at": datetime(2026, 1, 1)}, ["offers.first_seen_at", "time zone"]),  # noqa: DTZ001
        ({"first_seen_at": 5}, ["offers.first_seen_at", "time zone"]),
    ],
)
def test_a_wrong_value_is_named_with_its_table_column_and_key(change: dict[str, Any], words: list[str]) -> None:
    good = OFFER | {"model_id": "acme/Another"}
    with pytest.raises(DatasetError) as error:
        tables.from_rows(OFFERS, [good, OFFER | change])
    assert all(word in str(error.value) for word in [*words, "model_id=acme/Talk-7B", "provider=novita"])
    assert "\n" not in str(error.value)
    assert error.value.hint


def test_a_missing_column_is_an_error_not_null() -> None:
    lacking = {name: value for name, value in OFFER.items() if name != "is_free"}
    with pytest.raises(DatasetError, match=r"offers\.is_free is missing .*acme/Talk-7B"):
        tables.from_rows(OFFERS, [lacking])


def test_a_key_may_not_stand_twice() -> None:
    with pytest.raises(DatasetError, match=r"not unique .*provider_model_id=talk"):
        tables.from_rows(OFFERS, [OFFER, OFFER | {"context_length": 5}])


def test_a_base_model_has_an_id() -> None:
    model = sample_rows(1)["models"][0] | {"base_models": [{"model_id": None, "relation": "finetune"}]}
    with pytest.raises(DatasetError, match=r"models\.base_models"):
        tables.from_rows(MODELS, [model])


def test_times_of_another_zone_become_utc() -> None:
    east = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    [back] = tables.to_rows(tables.from_rows(OFFERS, [OFFER | {"first_seen_at": east}]))
    assert back["first_seen_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert back["first_seen_at"].utcoffset() == timedelta(0)


def test_a_polars_frame_conforms_by_its_types() -> None:
    price = pl.from_arrow(sample(1)["price_history"])
    assert isinstance(price, pl.DataFrame)
    assert tables.conform(PRICE_HISTORY, price.to_arrow()).equals(sample(1)["price_history"])
    floats = price.with_columns(pl.col("output_usd_per_mtok").cast(pl.Float64))
    with pytest.raises(DatasetError, match=r"price_history .*output_usd_per_mtok decimal128\(18, 9\).*double"):
        tables.conform(PRICE_HISTORY, floats.to_arrow())


def test_union_keeps_the_first_of_equal_keys() -> None:
    def offers(*names: str, context: int) -> pa.Table:
        rows = [OFFER | {"provider_model_id": name, "context_length": context} for name in names]
        return tables.from_rows(OFFERS, rows)

    merged = tables.to_rows(tables.union(OFFERS, [offers("b", "c", context=1), offers("a", "b", context=2)]))
    assert [(r["provider_model_id"], r["context_length"]) for r in merged] == [("a", 2), ("b", 1), ("c", 1)]


@pytest.mark.parametrize("cut", [0, 4, 300, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "offers.parquet"
    tables.write(sample(1)["offers"], path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DatasetError, match=r"offers\.parquet cannot be read"):
        tables.read(path, OFFERS)


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    tables.write(sample(1)["models"], tmp_path / "models.parquet")
    with pytest.raises(DatasetError, match="offers does not have its declared columns"):
        tables.read(tmp_path / "models.parquet", OFFERS)
