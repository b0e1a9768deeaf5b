"""A synthetic year of hourly runs: how large it gets, how long one more run takes, how fast it answers.

Everything here is made up: 20,000 offers of which 2,600 are measured every six hours, prices that change for 3 % of
the offers a month, a fiftieth of the offers failing and coming back each week.
"""

from __future__ import annotations

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from hf_providers.catalog import query_views
from hf_providers.catalog.schema import MEASUREMENTS, OFFERS, PRICE_HISTORY, ROUTE, RUNS, STATUS_HISTORY
from pipeline.assemble import packing, tables
from pipeline.history import intervals
from pipeline.history.record import record

OFFERS_COUNT, MEASURED, DAYS = 20_000, 2_600, 365
START = datetime(2025, 3, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)
US = pl.Datetime("us", "UTC")
STEPS = (
    ("zstd, in groups of 65,536 rows", "compression", "store_decimal_as_integer", "write_statistics"),
    ("no dictionary where values hardly repeat", "use_dictionary"),
    ("zstd's level 19", "compression_level"),
    ("one group of rows a month", "row_group_size"),
    ("the bytes of values that hardly repeat stored apart", "column_encoding"),
    ("one page a column", "max_rows_per_page", "data_page_size"),
)
"""Ways of packing, each with the options that it adds to those before it; all of them are those of a history."""


def routes(count: int) -> pl.DataFrame:
    """Synthetic routes: five providers a model."""
    numbers = np.arange(count)
    return pl.DataFrame(
        {
            "model_id": [f"synthetic/model-{n // 5:05d}" for n in numbers],
            "provider": [f"provider-{n % 5}" for n in numbers],
            "task": ["conversational"] * count,
        }
    )


def moments(hours: np.ndarray) -> pl.Series:
    """Hours since the start as times."""
    return pl.Series(hours.astype("int64") * 3_600_000_000 + int(START.timestamp() * 1e6)).cast(US)


def intervals_of(rng: np.random.Generator, changes_per_route: float) -> pl.DataFrame:
    """Route numbers and change hours: one at hour 0 for each route, and some later ones."""
    later = rng.poisson(changes_per_route * OFFERS_COUNT)
    number = np.concatenate([np.arange(OFFERS_COUNT), rng.integers(0, OFFERS_COUNT, later)])
    hour = np.concatenate([np.zeros(OFFERS_COUNT, "int64"), rng.integers(1, DAYS * 24, later)])
    frame = pl.DataFrame({"n": number, "valid_from": moments(hour)}).unique(["n", "valid_from"]).sort("n", "valid_from")
    return frame.with_columns(
        valid_to=pl.col("valid_from").shift(-1).over("n"), last_observed_at=pl.lit(END - timedelta(hours=1), US)
    ).with_columns(last_observed_at=pl.coalesce(pl.col("valid_to") - pl.duration(hours=1), "last_observed_at"))


def synthetic_year() -> dict[str, pa.Table]:
    """The three histories of a synthetic year."""
    rng = np.random.default_rng(20260226)
    who = routes(OFFERS_COUNT).with_row_index("n").cast({"n": pl.Int64})
    prices = intervals_of(rng, 0.03 * 12).join(who, on="n")
    cents = rng.integers(1, 1000, prices.height)
    prices = prices.with_columns(
        input_usd_per_mtok=pl.Series(cents).cast(pl.Decimal(18, 9)) / 100,
        output_usd_per_mtok=pl.Series(cents * 3).cast(pl.Decimal(18, 9)) / 100,
        is_free=pl.lit(None, pl.Boolean),
        source=pl.lit("hub-list"),
    )
    status = intervals_of(rng, 2 * 52 / 50).join(who, on="n")
    turns = status.with_columns(turn=pl.int_range(pl.len()).over("n"))["turn"] % 2
    status = status.with_columns(
        status=pl.when(turns == 0).then(pl.lit("live")).otherwise(pl.lit("error")),
        context_length=pl.lit(131072, pl.Int64),
        supports_tools=pl.lit(True),
        supports_structured_output=pl.lit(False),
        source=pl.lit("hub-list"),
    )
    return {
        PRICE_HISTORY.name: conformed(PRICE_HISTORY, prices),
        STATUS_HISTORY.name: conformed(STATUS_HISTORY, status),
        MEASUREMENTS.name: conformed(MEASUREMENTS, measured(rng, who)),
    }


def measured(rng: np.random.Generator, who: pl.DataFrame) -> pl.DataFrame:
    """Measurements of the first routes, every six hours, in steps as recorded: TTFT of 0.2 ms, latency of 1 ms."""
    times = np.repeat(np.arange(0, DAYS * 24, 6), MEASURED)
    number = np.tile(np.arange(MEASURED), DAYS * 4)
    ttft, latency = (base * rng.lognormal(0, 0.2, len(number)) for base in (700.0, 9000.0))
    figures = {
        "throughput_tps": pl.Series((60.0 * rng.lognormal(0, 0.2, len(number))).astype("float32")),
        "ttft_ms": pl.Series((np.round(ttft * 5) / 5).astype("float32")),
        "request_latency_ms": pl.Series(np.round(latency).astype("float32")),
    }
    return pl.DataFrame({"n": number, "observed_at": moments(times), **figures}).join(who, on="n")


def conformed(table, frame: pl.DataFrame) -> pa.Table:
    """A frame as one of the published tables; a nullable column that it lacks is NULL."""
    lacking = [column.name for column in table.columns if column.nullable and column.name not in frame.columns]
    whole = frame.with_columns(pl.lit(None).alias(name) for name in lacking).select(table.column_names)
    return tables.conform(table, whole.cast(pl.Schema(intervals.frame_schema(table))).to_arrow())


def one_run(year: dict[str, pa.Table]) -> pa.Table:
    """The offers of the next run: some changed prices, all speeds new."""
    last = pl.from_arrow(year[PRICE_HISTORY.name]).filter(pl.col("valid_to").is_null())
    rows = []
    for place, row in enumerate(last.iter_rows(named=True)):
        measured_now = place < MEASURED
        rows.append(
            dict.fromkeys(OFFERS.column_names)
            | {name: row[name] for name in (*ROUTE, "input_usd_per_mtok", "output_usd_per_mtok")}
            | {
                "provider_model_id": row["model_id"], "status": "live", "readiness": "hot", "type": "single-model",
                "price_source": "hub-list", "context_length": 131072, "supports_tools": True,
                "supports_structured_output": False, "first_seen_at": START, "changed_at": START, "stale": False,
                "throughput_tps": 50.5 + place if measured_now else None, "ttft_ms": 300.5 if measured_now else None,
                "request_latency_ms": 9999.5 if measured_now else None,
            }
        )  # fmt: skip
    return tables.from_rows(OFFERS, rows)


def hourly_runs() -> pa.Table:
    """A year of runs that read every provider's list."""
    counts = dict.fromkeys(("requests", "bytes", "records", "quarantined", "duration_ms"), 1)
    said = {"source": "hub-list", "result": "ok", "origin": "synthetic"} | counts
    empty = dict.fromkeys(RUNS.column_names)
    rows = [
        empty | said | {"run_at": START + timedelta(hours=hour), "provider": f"provider-{n}"}
        for hour in range(DAYS * 24)
        for n in range(5)
    ]
    return tables.from_rows(RUNS, rows)


def median_ms(work, times: int) -> float:
    """Median milliseconds of a piece of work."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begin) * 1000)
    return statistics.median(spent)


def files_of(year: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The year as it is published: the interval histories whole, the measurements by month."""
    months = intervals.by_month(pl.from_arrow(year[MEASUREMENTS.name]))
    return {f"{name}.parquet": year[name] for name in (PRICE_HISTORY.name, STATUS_HISTORY.name)} | {
        f"{month}/measurements.parquet": conformed(MEASUREMENTS, rows) for month, rows in months.items()
    }


def stored_bytes(files: dict[str, pa.Table], folder: Path) -> int:
    """Bytes of the year on disk."""
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        tables.write(data, folder / name, kept=True)
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def packed_bytes(files: dict[str, pa.Table], ways: Collection[str]) -> int:
    """Bytes of the year packed with some of the options of a history, and Arrow's own otherwise."""
    size = 0
    for data in files.values():
        every = packing.options(data, kept=True) | {"row_group_size": packing.rows_of_a_group(kept=True)}
        chosen = {name: value for name, value in every.items() if name in ways}
        packed = io.BytesIO()
        pq.write_table(data, packed, **{"row_group_size": packing.rows_of_a_group(kept=False)} | chosen)
        size += packed.getbuffer().nbytes
    return size


def packings(files: dict[str, pa.Table]) -> list[tuple[str, int]]:
    """What the year takes with each way of packing and those before it."""
    ways: list[str] = []
    sizes = []
    for what, *options in STEPS:
        ways += options
        sizes.append((what, packed_bytes(files, ways)))
    return sizes


def main() -> int:
    """Print the table, and return 1 where a figure is above its limit."""
    year = synthetic_year()
    offers = one_run(year)
    providers = {f"provider-{n}" for n in range(5)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = files_of(year)
        size = stored_bytes(files, folder)
        merge_ms = median_ms(lambda: record(year, offers, providers, END), 3)
        connection = duckdb.connect()
        for table in (PRICE_HISTORY.name, STATUS_HISTORY.name):
            connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{folder}/{table}.parquet')")
        connection.execute(f"CREATE VIEW measurements AS FROM read_parquet('{folder}/*/measurements.parquet')")
        connection.register("offers", offers)
        connection.register(RUNS.name, hourly_runs())
        query_views.add_views(connection, query_views.queries_folder())
        trend = f"SELECT * FROM price_trend('synthetic/model-00007', '{START.isoformat()}')"
        since = (END - timedelta(days=30)).isoformat()
        uptime = f"SELECT * FROM uptime('{since}', '{END.isoformat()}')"
        trend_ms = median_ms(lambda: connection.execute(trend).fetchall(), 15)
        uptime_ms = median_ms(lambda: connection.sql(uptime).to_arrow_table(), 7)
    rows = sum(table.num_rows for table in year.values())
    print(f"A synthetic year: {OFFERS_COUNT:,} offers, {MEASURED:,} measured every 6 h, {rows:,} rows\n")
    figures = [
        ("the year on disk", 25.0, size / 1e6, "MB"),
        ("merging one run into it", 2.0, merge_ms / 1000, "s"),
        ("`price_trend` of one model", 30.0, trend_ms, "ms"),
        ("`uptime` of all offers over 30 days", 300.0, uptime_ms, "ms"),
    ]
    print("| figure | limit | measured |\n| --- | ---: | ---: |")
    print("\n".join(f"| {what} | {limit:g} {unit} | {found:.2f} {unit} |" for what, limit, found, unit in figures))
    sizes = packings(files)
    assert sizes[-1][1] == size, "the ways of packing are not those in use"
    print("\n| way of packing, and those above it | the year |\n| --- | ---: |")
    print("\n".join(f"| {what} | {found / 1e6:.2f} MB |" for what, found in sizes))
    return int(any(found > limit for _, limit, found, _ in figures))


if __name__ == "__main__":
    sys.exit(main())
