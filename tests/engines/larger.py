"""A made-up dataset of any size with gaps, ties, unknown prices and flapping statuses; none of it was ever observed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from hf_providers.catalog.schema import TABLES
from pipeline.assemble import tables

PROVIDERS: Final = 8
END: Final = "TIMESTAMPTZ '2026-06-01 00:00:00+00'"

_PRICE: Final = "CASE WHEN {u} < 0.05 THEN NULL WHEN {u} < 0.1 THEN 0 ELSE (1 + hash({k}) % 40) * 0.0125 END"
_ROUTE: Final = (
    "'made/model-' || lpad((r // {providers})::VARCHAR, 5, '0') AS model_id,"
    " 'provider-' || r % {providers} AS provider, 'conversational' AS task"
)


def _uniform(key: str) -> str:
    """Return SQL for a number from 0 to 1 that depends on the key alone."""
    return f"(hash({key}) % 1000003 / 1000003.0)"


def statements(routes: int, days: int, measured: int) -> dict[str, str]:
    """Return what selects the rows of each table that is not left empty."""
    return _current(routes, days) | _history(routes, days, measured) | _endpoints()


def _prices() -> tuple[str, str]:
    """Return SQL for the input and the output price of route `r` in its interval `n`."""
    input_price, output_price = (
        _PRICE.format(u=_uniform(f"(r, n, '{side}')"), k=f"(n, r % 97, '{side}')") for side in "io"
    )
    return input_price, output_price


def _current(routes: int, days: int) -> dict[str, str]:
    """Return what selects the offers, models and providers."""
    route, begin = _ROUTE.format(providers=PROVIDERS), f"{END} - to_days({days})"
    input_price, output_price = (price.replace("(r, n,", "(r, 9,").replace("(n,", "(9,") for price in _prices())
    offer = f"""
        SELECT r, {route}, 'x' AS provider_model_id,
            CASE WHEN {_uniform("(r, 's')")} < 0.9 THEN 'live' ELSE 'error' END AS status, 'hot' AS readiness,
            'single-model' AS type, {input_price} AS input_usd_per_mtok,
            {output_price} AS output_usd_per_mtok, 'router' AS price_source,
            CASE WHEN r % 3 = 0 THEN CAST(20 + hash((r, 't')) % 50 AS FLOAT) END AS throughput_tps,
            CASE WHEN r % 3 = 0 THEN CAST(200 + hash((r, 'f')) % 500 AS FLOAT) END AS ttft_ms,
            {begin} AS first_seen_at, {begin} AS changed_at, FALSE AS stale, 131072 AS context_length,
            r % 2 = 0 AS supports_tools, {END} - to_days(r % 60) AS observed_at, {END} AS price_observed_at,
            {END} AS measured_at
        FROM range({routes}) AS a (r)"""
    return {
        "offers": offer,
        "models": f"""
            SELECT 'made/model-' || lpad(m::VARCHAR, 5, '0') AS model_id, 'made' AS author, 'model-' || m AS name,
                'text' AS modality, (m % 400 + 1) * 1000000000 AS parameters,
                CASE WHEN m % 5 = 1 THEN [{{'model_id': 'made/model-00000', 'relation': 'finetune'}}] END AS base_models
            FROM range({routes // PROVIDERS}) AS a (m)""",
        "providers": f"""
            SELECT 'provider-' || p AS provider, 'serverless' AS kind, 1 AS models, 1 AS live_offers, TRUE AS active,
                FALSE AS stale
            FROM range({PROVIDERS}) AS a (p)""",
    }


def _history(routes: int, days: int, measured: int) -> dict[str, str]:
    """Return what selects the intervals of prices and status, the measurements and the runs."""
    route, begin = _ROUTE.format(providers=PROVIDERS), f"{END} - to_days({days})"
    input_price, output_price = _prices()

    def moment(part: str) -> str:
        return f"{begin} + to_hours(CAST(least(1, {part}) * {days} * 24 AS BIGINT))"

    piece = f"(n + 0.6 * {_uniform('(r, n)')}) / 5"
    # Each interval ends where the next one begins, or is seen to end an hour after it was last observed.
    intervals = f"""
        SELECT r, n, {route}, {moment(piece)} AS valid_from,
            CASE WHEN n < 4 THEN {moment(f"(n + 1 + 0.6 * {_uniform('(r, n + 1)')}) / 5")}
                WHEN r % 7 = 0 THEN {END} END AS valid_to,
            CASE WHEN n < 4 THEN {moment(f"(n + 1 + 0.6 * {_uniform('(r, n + 1)')}) / 5")} - INTERVAL 1 HOUR
                WHEN r % 7 = 0 THEN {END} - INTERVAL 30 DAY ELSE {END} END AS last_observed_at
        FROM range({routes}) AS a (r), range(5) AS b (n) WHERE {_uniform("(r, n, 'there')")} < 0.9"""
    return {
        "price_history": f"SELECT *, {input_price} AS input_usd_per_mtok, {output_price} AS output_usd_per_mtok,"
        f" CASE WHEN n % 2 = 0 THEN 'router' ELSE 'hub-list' END AS source FROM ({intervals})",
        "status_history": f"SELECT *, CASE WHEN {_uniform('(r, n, 1)')} < 0.8 THEN 'live' ELSE 'error' END AS status,"
        f" 'hub-list' AS source FROM ({intervals})",
        "measurements": f"""
            SELECT {route}, {END} - to_hours(h) AS observed_at, 'live' AS status,
                CAST(20 + hash((r, h)) % 500 / 10.0 AS FLOAT) AS throughput_tps,
                CAST(200 + hash((r, h, 1)) % 5000 / 10.0 AS FLOAT) AS ttft_ms,
                CAST(2000 + hash((r, h, 2)) % 50000 / 10.0 AS FLOAT) AS request_latency_ms
            FROM range({measured}) AS a (r), range({days * 24}) AS b (h)""",
        "runs": f"""
            SELECT {END} - to_hours(h) AS run_at, 'hub-list' AS source, 'provider-' || p AS provider, 'ok' AS result,
                'made' AS origin, 1 AS requests, 1 AS bytes, 1 AS records, 0 AS quarantined, 1 AS duration_ms
            FROM range({days * 24}) AS a (h), range({PROVIDERS}) AS b (p) WHERE h % 500 > 60""",
    }


def _endpoints() -> dict[str, str]:
    """Return what selects the dedicated instances and their prices over time."""
    return {
        "endpoint_instances": f"""
            SELECT 'aws' AS cloud, 'nvidia-' || i AS instance_type, 'x1' AS size, 'gpu' AS kind,
                (1 + i) * 0.125 AS usd_per_hour, 1 AS units, (i + 1) * 16000000000 AS memory_bytes,
                FALSE AS deprecated, {END} AS observed_at, FALSE AS stale
            FROM range(40) AS a (i)""",
        "endpoint_price_history": f"""
            SELECT 'aws' AS cloud, 'nvidia-t4' AS instance_type, 'x' || i AS size, 'gpu' AS kind,
                (1 + hash((i, n)) % 20) * 0.05 AS usd_per_hour, FALSE AS deprecated, 'made' AS source,
                {END} - to_days(100 * (5 - n)) AS valid_from,
                CASE WHEN n < 4 THEN {END} - to_days(100 * (4 - n)) END AS valid_to,
                {END} - to_days(100 * (4 - n) + 1) AS last_observed_at
            FROM range(8) AS a (i), range(5) AS b (n)""",
    }


def larger(root: Path, routes: int = 2_000, days: int = 200, measured: int = 20) -> Path:
    """Write the dataset and return its folder. The same call writes the same rows."""
    made = statements(routes, days, measured)
    (root / "latest").mkdir(parents=True)
    files = []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, table in TABLES.items():
            schema = tables.empty(table).schema
            rows = connection.sql(made[name]).to_arrow_table() if name in made else schema.empty_table()
            for part, path in _parts(connection, name, rows):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                pq.write_table(_conformed(part, schema, table.key), root / path, compression="zstd")
                files.append({"path": path, "table": name, "sha256": "0" * 64, "bytes": 1, "rows": part.num_rows})
    document = {
        "schema_version": 1, "version": "0" * 16, "result": "complete", "origin": "made",
        "checked_at": "2026-06-01T00:00:00Z", "changed_at": "2026-06-01T00:00:00Z", "files": files,
    }  # fmt: skip
    (root / "manifest.json").write_text(json.dumps(document))
    return root


def _parts(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> list[tuple[pa.Table, str]]:
    """Return the files of a table: one, or one a month of measurements."""
    if name != "measurements":
        return [(rows, f"latest/{name}.parquet")]
    connection.register("rows", rows)
    month = "strftime(observed_at, '%Y-%m')"
    months = [value for (value,) in connection.execute(f"SELECT DISTINCT {month} FROM rows ORDER BY 1").fetchall()]
    return [
        (
            connection.sql(f"SELECT * FROM rows WHERE {month} = '{value}'").to_arrow_table(),
            f"measurements/month={value}/made.parquet",
        )
        for value in months
    ]


def _conformed(rows: pa.Table, schema: pa.Schema, key: tuple[str, ...]) -> pa.Table:
    names = set(rows.column_names)
    columns = [
        rows[field.name].cast(field.type) if field.name in names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema).sort_by([(name, "ascending") for name in key])
