"""The table `changes`, derived from the histories: what changed, and when that was seen.

Only observed changes count. A price changed where two stated prices differ, or where nobody states one any more. Any
other value changed where both values are known, or where one source stated both: a source that does not state a value
has not seen it change. An offer was added where its provider's list had been read before without it; the first list of
a provider adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import polars as pl
import pyarrow as pa

from hf_providers.catalog.row_types import AnyRow
from hf_providers.catalog.schema import CHANGES, ROUTE
from pipeline.assemble.tables import arrow_schema
from pipeline.crawl.sources import hub_list
from pipeline.history.record import frame

FLAPPING: Final = ("status", "tools", "structured_output")
"""Kinds of which a day's changes of one route are one row, because Hugging Face's tests fail and pass again."""

_KINDS: Final = {
    "status": "status",
    "context_length": "context",
    "supports_tools": "tools",
    "supports_structured_output": "structured_output",
}
_INPUT, _OUTPUT = "input_usd_per_mtok", "output_usd_per_mtok"
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
_ONCE: Final[Mapping[str, object]] = dict.fromkeys(CHANGES.column_names) | {"times": 1}


def changes(price_history: pa.Table, status_history: pa.Table, providers: pa.Table) -> pa.Table:
    """Return every change in the histories, as the table `changes`, sorted by its key."""
    listed = frame(status_history)
    status = _with_previous(listed)
    parts = [
        _price_changes(frame(price_history)),
        _prices_gone(frame(price_history)),
        *(_value_changes(status, column, kind) for column, kind in _KINDS.items()),
        _added(status),
        _returned(status),
        _gone(listed),
        *_provider_changes(listed, frame(providers)),
    ]
    rows = pl.concat(map(_complete, parts)).sort(CHANGES.key, nulls_last=False)
    return rows.to_arrow().cast(arrow_schema(CHANGES))


def ended_as_before(row: AnyRow) -> bool:
    """Return whether it changed several times in a day, and was at the end what it had been before."""
    return bool(row["times"] > 1 and row["before"] == row["after"])


def _complete(part: pl.DataFrame) -> pl.DataFrame:
    """Return a part with every column of `changes`: NULL where it has none, and `times` 1."""
    missing = [pl.lit(value).alias(name) for name, value in _ONCE.items() if name not in part.columns]
    types = pl.Schema(pa.schema([field.remove_metadata() for field in arrow_schema(CHANGES)]))
    return part.with_columns(missing).select(CHANGES.column_names).cast(types)


def _with_previous(intervals: pl.DataFrame) -> pl.DataFrame:
    """Add to each interval the values of its route's previous one, as `<name>_before`."""
    same_route = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in ROUTE)
    values = [name for name in intervals.columns if name not in ROUTE]
    previous = (pl.when(same_route).then(pl.col(name).shift(1)).alias(f"{name}_before") for name in values)
    return intervals.sort(*ROUTE, "valid_from").with_columns(previous)


def _price_changes(price_history: pl.DataFrame) -> pl.DataFrame:
    stated = price_history.filter(pl.col(_INPUT).is_not_null() & pl.col(_OUTPUT).is_not_null())
    differs = (pl.col(_INPUT) != pl.col(f"{_INPUT}_before")) | (pl.col(_OUTPUT) != pl.col(f"{_OUTPUT}_before"))
    old, new = (3 * _number(_INPUT, end) + _number(_OUTPUT, end) for end in ("_before", ""))
    return (
        _with_previous(stated)
        .filter(differs)
        .with_columns(
            changed_at="valid_from",
            kind=pl.lit("price"),
            before=_price_text("_before"),
            after=_price_text(""),
            percent=pl.when(old != 0).then(100 * (new - old) / old),
        )
    )


def _prices_gone(price_history: pl.DataFrame) -> pl.DataFrame:
    """Return where a price became unknown: no source that answered states one any more."""
    gone = pl.col(_INPUT).is_null() & pl.col(f"{_INPUT}_before").is_not_null()
    follows = pl.col("valid_from") == pl.col("valid_to_before")
    return (
        _with_previous(price_history)
        .filter(gone & follows)
        .with_columns(changed_at="valid_from", kind=pl.lit("price"), before=_price_text("_before"))
    )


def _number(price: str, end: str) -> pl.Expr:
    """Return a price as a float, for a percentage only."""
    return pl.col(f"{price}{end}").cast(pl.Float64)


def _price_text(end: str) -> pl.Expr:
    """Return both prices as exact decimals without trailing zeros."""
    exact = (pl.col(f"{price}{end}").cast(pl.String) for price in (_INPUT, _OUTPUT))
    return pl.concat_str(*(text.str.strip_chars_end("0").str.strip_chars_end(".") for text in exact), separator=" / ")


def _value_changes(status: pl.DataFrame, column: str, kind: str) -> pl.DataFrame:
    """Return where `column` differs from the interval that ended when this one began."""
    value, before = pl.col(column), pl.col(f"{column}_before")
    known = (value.is_not_null() & before.is_not_null()) | (pl.col("source") == pl.col("source_before"))
    follows = pl.col("valid_from") == pl.col("valid_to_before")
    changed = status.filter(follows & known & value.ne_missing(before)).with_columns(
        changed_at="valid_from",
        kind=pl.lit(kind),
        before=before.cast(pl.String),
        after=value.cast(pl.String),
        times=pl.lit(1),
    )
    return _folded(changed) if kind in FLAPPING else changed


def _folded(changed: pl.DataFrame) -> pl.DataFrame:
    """Return one row a route and day (UTC): from the first value before to the last one after."""
    day = pl.col("changed_at").dt.date().alias("day")
    return (
        changed.sort("changed_at")
        .group_by(*ROUTE, "kind", day)
        .agg(pl.col("before", "source_before").first(), pl.col("after", "source", "changed_at").last(), times=pl.len())
    )


def _added(status: pl.DataFrame) -> pl.DataFrame:
    first_list = pl.col("valid_from").filter(pl.col("source") == hub_list.NAME).min().over("provider")
    new = pl.col("valid_from_before").is_null() & (pl.col("source") == hub_list.NAME)
    return status.filter(new & (pl.col("valid_from") > first_list)).with_columns(
        changed_at="valid_from", kind=pl.lit("added"), after="status"
    )


def _returned(status: pl.DataFrame) -> pl.DataFrame:
    return status.filter(pl.col("valid_from") > pl.col("valid_to_before")).with_columns(
        changed_at="valid_from", kind=pl.lit("returned"), before="status_before", after="status"
    )


def _gone(listed: pl.DataFrame) -> pl.DataFrame:
    """Return the intervals that ended where no other begins: the route was missing from a complete list."""
    begins = listed.select(*ROUTE, valid_to="valid_from")
    return (
        listed.filter(pl.col("valid_to").is_not_null())
        .join(begins, on=[*ROUTE, "valid_to"], how="anti")
        .rename({"source": "source_before"})
        .with_columns(changed_at="valid_to", kind=pl.lit("gone"), before="status")
    )


def _provider_changes(listed: pl.DataFrame, providers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the providers that came or came back, with their first route, and those that left, with their last."""
    ends = pl.col("valid_to").fill_null(_NEVER)
    seen_until = ends.cum_max().shift(1).over("provider")
    begins = pl.col("valid_from") > seen_until.fill_null(datetime(1, 1, 1, tzinfo=UTC))
    spans = (
        listed.sort("provider", "valid_from")
        .with_columns(span=begins.cum_sum().over("provider"), end=ends)
        .group_by("provider", "span")
        .agg(
            pl.col("valid_from", "source").first(),
            pl.col("end").max(),
            came=(pl.col("valid_from") == pl.col("valid_from").min()).sum(),
            left=(pl.col("end") == pl.col("end").max()).sum(),
        )
        .join(providers.select("provider", "first_seen"), on="provider", how="left")
    )
    # NULL where no list was ever read: then nothing counts as new.
    first_list = pl.lit(listed.filter(source=hub_list.NAME)["valid_from"].min(), listed.schema["valid_from"])
    new = (pl.col("source") == hub_list.NAME) & (pl.col("first_seen") >= pl.col("valid_from"))
    came = spans.filter((pl.col("span") > 1) | (new & (pl.col("valid_from") > first_list)))
    left = spans.filter(pl.col("end") < _NEVER)
    return (
        came.with_columns(changed_at="valid_from", kind=pl.lit("provider_added"), after=_routes("came")),
        left.drop("source").with_columns(changed_at="end", kind=pl.lit("provider_gone"), before=_routes("left")),
    )


def _routes(count: str) -> pl.Expr:
    return pl.when(pl.col(count) == 1).then(pl.lit("1 route")).otherwise(pl.format("{} routes", pl.col(count)))
