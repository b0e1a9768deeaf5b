"""Add up a Parquet log inside DuckDB: each request priced by the interval join of queries/bill.sql, in whole numbers.

This is for simple logs: one column each for time, model, provider, input and output tokens. Rows that DuckDB can't
price this way (a name that is no id, a time without a price, an odd count) are read one at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hf_providers.billing.duckdb_log import columns, fetched, reading
from hf_providers.billing.fields import field_of, object_of
from hf_providers.billing.price_book import Price, PriceBook
from hf_providers.billing.totals import COST, INPUT, KEYS, OUTPUT, PRICED, REQUESTS
from hf_providers.rules.tasks import CHAT_TASK
from hf_providers.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from hf_providers.billing.bill import Bill
    from hf_providers.catalog.database import Catalog

MEANINGS = ("time", "model", "provider", "input", "output")
MAX_TOKENS, MAX_NANO = 10**8, 10**10
"""Limits below which a request's cost in micro-nano-USD fits into 64 bits: 10^8 tokens at $10 a million."""
_INTEGERS = ("BIGINT", "INTEGER", "UINTEGER", "UBIGINT", "SMALLINT", "USMALLINT")
_EPOCH = (
    "make_timestamp(CASE WHEN {0} < 100000000000 THEN {0} * 1000000 WHEN {0} < 100000000000000 THEN {0} * 1000"
    " WHEN {0} < 100000000000000000 THEN {0} END)"
)
_TIMES = {
    "VARCHAR": "CAST(TRY_CAST({0} AS TIMESTAMPTZ) AS TIMESTAMP)",
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"), "CAST({0} AS TIMESTAMP)"),
    **dict.fromkeys(("TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"), "CAST({0} AS TIMESTAMP)"),
}
_JOINED = """
FROM (SELECT {time} AS time, {model} AS model, {provider} AS provider, {input} AS input, {output} AS output{more}
      FROM read_parquet($path{options})) AS u
LEFT JOIN prices AS p
    ON p.model_id = u.model AND p.provider = u.provider AND u.time >= p.held_from AND u.time < p.held_to
        AND u.input BETWEEN 0 AND {tokens} AND u.output BETWEEN 0 AND {tokens}
"""
_SUMS = """
SELECT u.model, u.provider, CAST(u.time AS DATE), count(*), sum(u.input), sum(u.output),
    sum((p.input_nano * u.input + p.output_nano * u.output + 999999) // 1000000),
    count(*) FILTER (u.time > p.seen_until)
{joined} WHERE p.model_id IS NOT NULL GROUP BY 1, 2, 3
"""
_REST = "SELECT u.file_row_number + 1 AS row, {names} {joined} WHERE p.model_id IS NULL"


def add(path: str, bill: Bill) -> bool:
    """Add a Parquet log to a bill; return False, and add nothing, where it has columns that this does not handle.

    Raises:
        LogError: DuckDB is not installed, or the file can't be read.
    """
    if set(bill.groups.by) - {"model", "provider", "day"} or bill.invoice is not None:
        return False
    with reading(path) as connection:
        used = _used(columns(connection, path))
        if used is None:
            return False
        _load_prices(connection, bill)
        priced = 0
        for model, provider, day, requests, input_tokens, output_tokens, cost, late in connection.execute(
            _SUMS.format(joined=_joined(used)), {"path": path}
        ).fetchall():
            sums = [0] * len(KEYS)
            sums[REQUESTS] = sums[PRICED] = requests
            sums[INPUT], sums[OUTPUT], sums[COST] = int(input_tokens), int(output_tokens), int(cost)
            values = {"model": clean(model)[:200], "provider": provider, "day": str(day)}
            bill.groups.add_sums(sums, tuple(values[name] for name in bill.groups.by))
            bill.past_last_seen += late
            priced += requests
        (every,) = connection.execute("SELECT count(*) FROM read_parquet($path)", {"path": path}).fetchone() or (0,)
        if priced < every:
            _add_rest(connection, path, used, bill)
    return True


def _used(types: dict[str, str]) -> dict[str, tuple[str, str]] | None:
    """Return the column and its expression by meaning; None where the log has other columns or types."""
    used: dict[str, tuple[str, str]] = {}
    for name, kind in types.items():
        field = field_of(name)
        if field is None and not object_of(name):
            continue
        meaning = "" if field is None else field.meaning
        expression = _expression(meaning, name, kind)
        if meaning in used or expression is None:
            return None
        used[meaning] = (name, expression)
    return used if set(used) == set(MEANINGS) else None


def _expression(meaning: str, name: str, kind: str) -> str | None:
    quoted = '"' + name.replace('"', '""') + '"'
    if meaning == "time":
        form = _EPOCH if kind in _INTEGERS else _TIMES.get(kind)
        return None if form is None else form.format(quoted)
    if meaning in ("input", "output"):
        return f"CAST({quoted} AS BIGINT)" if kind in _INTEGERS and kind != "UBIGINT" else None
    return quoted if meaning in ("model", "provider") and kind == "VARCHAR" else None


def _joined(used: dict[str, tuple[str, str]], more: str = "", options: str = "") -> str:
    expressions = {meaning: used[meaning][1] for meaning in MEANINGS}
    return _JOINED.format(**expressions, more=more, options=options, tokens=MAX_TOKENS)


def _load_prices(connection: duckdb.DuckDBPyConnection, bill: Bill) -> None:
    """Create the table of prices with both sides known, up to the latest plausible time."""
    prices = list(_prices(bill.pricer.book, bill.pricer.catalog))
    latest = bill.pricer.latest.replace(tzinfo=None)
    lists = [list(column) for column in zip(*prices, strict=True)] if prices else [[] for _ in range(7)]
    kinds = ("VARCHAR", "VARCHAR", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP", "BIGINT", "BIGINT")
    names = ("model_id", "provider", "held_from", "held_to", "seen_until", "input_nano", "output_nano")
    parts = ", ".join(f"unnest(CAST(? AS {kind}[])) AS {name}" for kind, name in zip(kinds, names, strict=True))
    held_to = "least(coalesce(held_to, ?), ?) AS held_to"
    # The names are this module's own, the values are parameters.
    sql = f"CREATE TEMP TABLE prices AS SELECT * REPLACE ({held_to}) FROM (SELECT {parts})"  # noqa: S608
    connection.execute(sql, [latest, latest, *lists])


def _prices(book: PriceBook, catalog: Catalog) -> Iterator[tuple[Any, ...]]:
    for (model_id,) in catalog.query("SELECT DISTINCT model_id FROM price_history"):
        for (task, provider), held in book.history(model_id).prices.items():
            if task == CHAT_TASK:
                for price in held:
                    if _fits(price):
                        begin, seen = price.begin.replace(tzinfo=None), price.seen_until.replace(tzinfo=None)
                        end = None if price.end is None else price.end.replace(tzinfo=None)
                        yield model_id, provider, begin, end, seen, price.input_nano, price.output_nano


def _fits(price: Price) -> bool:
    return all(nano is not None and nano <= MAX_NANO for nano in (price.input_nano, price.output_nano))


def _add_rest(connection: duckdb.DuckDBPyConnection, path: str, used: dict[str, tuple[str, str]], bill: Bill) -> None:
    """Price the rows that the join did not, one at a time."""
    names = [name for name, _ in used.values()]
    columns = [f'"{name}" AS "_{index}"'.replace('""', '"') for index, name in enumerate(names)]
    listed = ", ".join(f'u."_{index}"' for index in range(len(names)))
    more = ", file_row_number, " + ", ".join(columns)
    sql = _REST.format(names=listed, joined=_joined(used, more, ", file_row_number = true"))
    for _, row in fetched(connection.execute(sql, {"path": path})):
        values = {name: row[f"_{index}"] for index, name in enumerate(names)}
        bill.take(row["row"], values)
