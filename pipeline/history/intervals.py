"""Change-only histories: merge a new observation into the known intervals. Pure functions over frames, no I/O.

Prices and status are intervals of a route (model_id, provider, task). One rule places every observation, early or late:
Prices and status are intervals of a route (model_id, provider, task). The rules, for early and late observations alike:
  its `valid_to` where no other interval begins (the route was seen to be absent). A history is the replay of its known
  instants in order of time; instants in between, at which nothing changed, are not kept.
- An observation adds an instant. Values that agree with the interval in force extend it; others end it and begin the
  next. So a late observation splits an interval at the known instants, extends the next interval backwards where that
  has the same values, or fills a gap until the next interval begins.
- A complete listing also says which of its provider's routes are absent, which ends an interval; no other absence does.
  A route that comes back begins a new interval. Absence outside any interval is not recorded.
- Only what a source states is compared. A NULL in a column that it `states` is an observation (there is none); any
  other NULL says nothing. A new interval holds what was stated at its start and nothing older.
- An offer that is not stated as free counts as not free: a source that says so later only completes the interval, and
  begins none, so that one price is one row. That an offer is free is a change.
- Of two observations at one instant the first counts: a later one that disagrees is a `Conflict`, one that states more
  is added to it. A merge of several sources orders them first (`pipeline.backfill.in_order`).

Measurements are points: a row where a value differs from the route's row before, early or late. No row is
changed or removed, so a late one holds until the next row.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import reduce
from itertools import groupby
from typing import Any, Final, NamedTuple

import polars as pl

from hf_providers.catalog.columns import Table
from hf_providers.catalog.schema import MEASUREMENTS, PRICE_HISTORY, PRICE_SCALE, ROUTE, STATUS_HISTORY
from hf_providers.rules import readiness

Route = tuple[str, str, str]
PRICE_VALUES: Final = ("input_usd_per_mtok", "output_usd_per_mtok", "is_free")
STATUS_VALUES: Final = ("status", "context_length", "supports_tools", "supports_structured_output")
MEASURED_VALUES: Final = readiness.MEASUREMENTS
HUB_LIST_STATES: Final = frozenset((*PRICE_VALUES[:2], *STATUS_VALUES, *MEASURED_VALUES))
"""The columns that a hub listing states: a missing price, feature or measurement means that there is none."""
NO_NEWS: Final[Mapping[str, Any]] = {"is_free": False}
"""Default values: after NULL, which in these columns always means not stated, they are no change."""

_OWN_SOURCE: Final = {PRICE_HISTORY.name: "price_source", MEASUREMENTS.name: "measured_source"}
"""The column of a row that names the source of its part for a table."""

DTYPES: Final[dict[str, pl.DataType]] = {
    "string": pl.String(),
    "bool": pl.Boolean(),
    "int64": pl.Int64(),
    "float32": pl.Float32(),
    "timestamp": pl.Datetime("us", "UTC"),
    "price": pl.Decimal(18, PRICE_SCALE),
}


@dataclass(frozen=True, slots=True)
class Observations:
    """What one source stated at one moment.

    Attributes:
        observed_at: The moment, in UTC.
        source: The source; a row's `price_source` or `measured_source`, where it has one, names that of its part
                instead.
            rows: One row for each listed route: the route and any value columns, by their names in `schema.py`.
            complete: Providers whose listing was complete: their routes that are not in `rows` are absent.
            states: Columns that the source states: NULL in one of them is a value. Elsewhere NULL says nothing.
    """

    observed_at: datetime
    source: str
    rows: pl.DataFrame
    complete: frozenset[str] = frozenset()
    states: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        """Refuse what would corrupt a history: a naive time, a route twice, a stated column that is missing."""
        if self.observed_at.utcoffset() is None:
            raise ValueError(f"{self.source}: the time of an observation needs a time zone")
        if missing := sorted(self.states.difference(self.rows.columns)):
            raise ValueError(f"{self.source}: stated columns are missing: {', '.join(missing)}")
        if self.rows.select(ROUTE).is_duplicated().any():
            raise ValueError(f"{self.source}: a route is listed twice; choose with representative_offers first")


class Conflict(NamedTuple):
    """An observation that was left out, because another is known of the route at the same instant."""

    route: Route
    observed_at: datetime
    source: str
    said: Mapping[str, Any] | None
    """The values it stated; None: the route was absent."""
    known: Mapping[str, Any] | None
    """The known values; None: the route was known to be absent."""


class Merged(NamedTuple):
    """The result of a merge: a whole history, or the new measurement rows, and the observations left out."""

    rows: pl.DataFrame
    conflicts: list[Conflict]


class Instant(NamedTuple):
    """A route at a moment: the stated values, or None for absent."""

    at: datetime
    said: Mapping[str, Any] | None
    source: str


HistoryRow = dict[str, Any]
"""A row of `price_history` or `status_history`: the route, and the values that the caller names."""
Instants = dict[datetime, Instant]
"""The known instants of a route, by their moment."""


def frame_schema(table: Table) -> dict[str, pl.DataType]:
    """Return the polars schema of one of the history tables."""
    return {column.name: DTYPES[column.type] for column in table.columns}


def empty(table: Table) -> pl.DataFrame:
    """Return a history table without rows."""
    return pl.DataFrame(schema=frame_schema(table))


def merge_prices(history: pl.DataFrame, obs: Observations) -> Merged:
    """Return `price_history` with one more observation, sorted by key. Prices compare at nano-USD scale.

    Raises:
        TypeError: a price is a float; money is decimal.
    """
    return _merge_intervals(history, obs, PRICE_HISTORY, PRICE_VALUES)


def merge_status(history: pl.DataFrame, obs: Observations) -> Merged:
    """Return `status_history` with one more observation, sorted by key. Rows without a status say nothing."""
    return _merge_intervals(history, obs, STATUS_HISTORY, STATUS_VALUES)


def merge_measurements(existing: pl.DataFrame, obs: Observations) -> Merged:
    """Return the rows to add to `measurements`, sorted by key; float32 values compare null-safe.

    A route gets its first row with its first value. A row has the status of its offer at that time; a change of status
    alone makes no row.
    """
    stated = stated_rows(obs, MEASUREMENTS, MEASURED_VALUES, MEASURED_VALUES)
    before = (
        existing.lazy()
        .filter(pl.col("observed_at") <= obs.observed_at)
        .join(stated.lazy().select(ROUTE), on=ROUTE, how="semi")
    )
    last = before.group_by(ROUTE).agg(pl.all().sort_by("observed_at").last()).collect()
    joined = stated.join(last, on=ROUTE, how="left", suffix="_known")
    differs = joined.filter(_differs(obs, MEASURED_VALUES))
    same_instant = pl.col("observed_at").eq_missing(obs.observed_at)
    new = differs.filter(~same_instant).with_columns(observed_at=pl.lit(obs.observed_at)).drop("status")
    new = new.join(_status_then(obs), on=ROUTE, how="left")
    return Merged(
        new.select(MEASUREMENTS.column_names).cast(pl.Schema(frame_schema(MEASUREMENTS))).sort(MEASUREMENTS.key),
        [_measurement_conflict(row, obs) for row in differs.filter(same_instant).rows(named=True)],
    )


def _status_then(obs: Observations) -> pl.DataFrame:
    """Return the status of each route as the observation states it; NULL where it does not."""
    status = pl.col("status") if "status" in obs.rows.columns else pl.lit(None, pl.String()).alias("status")
    return obs.rows.select(*ROUTE, status)


def by_month(measurements: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return each month's rows under its `YYYY-MM`, sorted by key; of rows with one key the first is kept."""
    unique = measurements.unique(MEASUREMENTS.key, keep="first", maintain_order=True).sort(MEASUREMENTS.key)
    month = pl.col("observed_at").dt.strftime("%Y-%m")
    parts = unique.with_columns(_month=month).partition_by("_month", as_dict=True, include_key=False)
    return {str(key[0]): parts[key] for key in sorted(parts)}


def _measurement_conflict(row: Mapping[str, Any], obs: Observations) -> Conflict:
    stated = {name: row[name] for name in MEASURED_VALUES if name in obs.states or row[name] is not None}
    known = {name: row[f"{name}_known"] for name in MEASURED_VALUES}
    return Conflict(route_of(row), obs.observed_at, obs.source, stated, known)


def route_of(row: Mapping[str, Any]) -> Route:
    """Return a row's route."""
    return (row["model_id"], row["provider"], row["task"])


def _stated(obs: Observations, name: str) -> pl.Expr:
    return pl.lit(True) if name in obs.states else pl.col(name).is_not_null()


def _any_of(tests: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(operator.or_, tests)


def _differs(obs: Observations, values: Sequence[str]) -> pl.Expr:
    """Return whether a stated value differs from the known one, `<name>_known`."""
    return _any_of(_stated(obs, name) & _is_news(name) for name in values)


def _is_news(name: str) -> pl.Expr:
    other = pl.col(name).ne_missing(pl.col(f"{name}_known"))
    if name not in NO_NEWS:
        return other
    expected = pl.col(f"{name}_known").is_null() & pl.col(name).eq_missing(pl.lit(NO_NEWS[name]))
    return other & ~expected


def stated_rows(obs: Observations, table: Table, values: Sequence[str], anchors: Sequence[str]) -> pl.DataFrame:
    """Return route, values (in the table's types) and source of the rows that state one of the anchors.

    Raises:
        TypeError: a price is a float; money is decimal.
    """
    schema = frame_schema(table)
    for name in values:
        if schema[name] == DTYPES["price"] and name in obs.rows.columns and obs.rows.schema[name].is_float():
            raise TypeError(f"{obs.source}: {name} is a float; prices are decimals")
    columns = [
        (pl.col(name) if name in obs.rows.columns else pl.lit(None)).cast(schema[name]).alias(name) for name in values
    ]
    own = _OWN_SOURCE.get(table.name)
    source = pl.coalesce(own, pl.lit(obs.source)) if own in obs.rows.columns else pl.lit(obs.source)
    rows = obs.rows.select(*ROUTE, *columns, source.alias("source"))
    return rows.filter(_any_of(_stated(obs, name) for name in anchors))


def _merge_intervals(history: pl.DataFrame, obs: Observations, table: Table, values: Sequence[str]) -> Merged:
    """Merge whole frames where the observation is its route's newest, and route by route where it is late."""
    at = pl.lit(obs.observed_at, dtype=DTYPES["timestamp"])
    seen = _judge(stated_rows(obs, table, values, values[:1]), history, at, _differs(obs, values))
    absent = _absent(history, obs, at)
    interval = [*ROUTE, "valid_from"]
    ended = [frame.select(interval) for frame in (seen.filter(case="change"), absent.filter(case="end"))]
    current = _stamp(history, pl.concat(ended), "valid_to", at)
    current = _stamp(current, seen.filter(case="extend").select(interval), "last_observed_at", at)
    current = _note(current, seen.filter(pl.col("case").is_in(["extend", "known"])), values)
    begun = seen.filter(pl.col("case").is_in(["begin", "change"]))
    begun = begun.with_columns(valid_from=at, last_observed_at=at, valid_to=None)

    late = {route_of(row): instant_of(row, obs, values) for row in seen.filter(case="late").rows(named=True)}
    missed = {route_of(row): instant_of(None, obs, values) for row in absent.filter(case="late").rows(named=True)}
    parts = [current, begun]
    conflicts: list[Conflict] = []
    if late or missed:
        placed, conflicts = _place_late(current, late | missed, values)
        parts = [current.join(placed, on=ROUTE, how="anti"), begun, placed]
    columns = pl.Schema(frame_schema(table))
    rows = pl.concat([part.select(table.column_names).cast(columns) for part in parts])
    return Merged(rows.sort(table.key), conflicts)


def _judge(stated: pl.DataFrame, history: pl.DataFrame, at: pl.Expr, differs: pl.Expr) -> pl.DataFrame:
    """Join each row with its route's last interval, and say as `case` what it does to the history."""
    last = history.filter(pl.col("valid_from") == pl.col("valid_from").max().over(ROUTE))
    newest = at > pl.max_horizontal("last_observed_at", "valid_to")
    case = (
        pl.when(pl.col("valid_from").is_null() | (newest & pl.col("valid_to").is_not_null()))
        .then(pl.lit("begin"))
        .when(newest & differs)
        .then(pl.lit("change"))
        .when(newest)
        .then(pl.lit("extend"))
        .when(at.is_between("valid_from", "last_observed_at") & ~differs)
        .then(pl.lit("known"))
        .otherwise(pl.lit("late"))
    )
    return stated.join(last, on=ROUTE, how="left", suffix="_known").with_columns(case=case)


def _absent(history: pl.DataFrame, obs: Observations, at: pl.Expr) -> pl.DataFrame:
    """Return the intervals in force at this moment whose route a complete listing lacks, with a `case`."""
    holding = history.filter(
        pl.col("provider").is_in(sorted(obs.complete)),
        pl.col("valid_from") <= at,
        pl.col("valid_to").is_null() | (pl.col("valid_to") > at),
    )
    newest = pl.col("valid_to").is_null() & (pl.col("last_observed_at") < at)
    case = pl.when(newest).then(pl.lit("end")).otherwise(pl.lit("late"))
    return holding.join(obs.rows, on=ROUTE, how="anti").with_columns(case=case)


def _stamp(history: pl.DataFrame, intervals: pl.DataFrame, column: str, at: pl.Expr) -> pl.DataFrame:
    """Set a time column of these intervals, named by route and valid_from."""
    if intervals.is_empty():
        return history
    marked = history.join(intervals.with_columns(_mark=at), on=[*ROUTE, "valid_from"], how="left")
    return marked.with_columns(pl.coalesce("_mark", column).alias(column)).drop("_mark")


def _note(history: pl.DataFrame, seen: pl.DataFrame, values: Sequence[str]) -> pl.DataFrame:
    """Fill unknown values of these intervals, named by route and `valid_from`, with stated defaults."""
    for name in NO_NEWS.keys() & set(values):
        heard = seen.filter(pl.col(name).is_not_null(), pl.col(f"{name}_known").is_null())
        if not heard.is_empty():
            marked = heard.select(*ROUTE, "valid_from", _said=name)
            joined = history.join(marked, on=[*ROUTE, "valid_from"], how="left")
            history = joined.with_columns(pl.coalesce(name, "_said").alias(name)).drop("_said")
    return history


def instant_of(row: HistoryRow | None, obs: Observations, values: Sequence[str]) -> Instant:
    """Return the instant of a row of `stated_rows`; without a row, that the route was absent."""
    if row is None:
        return Instant(obs.observed_at, None, obs.source)
    stated = {name: row[name] for name in values if name in obs.states or row[name] is not None}
    return Instant(obs.observed_at, stated, row["source"])


def add_instant(known: Instants, route: Route, new: Instant) -> list[Conflict]:
    """Add an instant to those of its route; where a different one is known at that moment, return a conflict."""
    before = known.setdefault(new.at, new)
    if before is new:
        return []
    if _agrees(before.said, new.said):
        known[new.at] = before._replace(said=_with(before.said, new.said))
        return []
    return [Conflict(route, new.at, new.source, new.said, before.said)]


def _place_late(
    history: pl.DataFrame, late: Mapping[Route, Instant], values: Sequence[str]
) -> tuple[pl.DataFrame, list[Conflict]]:
    """Return the rebuilt intervals of the routes with a late observation, and the conflicts."""
    wanted = pl.DataFrame(list(late), schema=list(ROUTE), orient="row")
    rows = history.join(wanted, on=ROUTE, how="semi").sort(*ROUTE, "valid_from").rows(named=True)
    rebuilt: list[HistoryRow] = []
    conflicts: list[Conflict] = []
    for route, intervals in groupby(rows, key=route_of):
        instants = known_instants(list(intervals), values)
        conflicts += add_instant(instants, route, late[route])
        rebuilt += [dict(zip(ROUTE, route, strict=True)) | interval for interval in replay(instants, values)]
    return pl.DataFrame(rebuilt, schema=history.schema), conflicts


def known_instants(intervals: Sequence[HistoryRow], values: Sequence[str]) -> Instants:
    """Return the known instants of one route, from its intervals in order."""
    known: Instants = {}
    for row in intervals:
        stated = {name: row[name] for name in values if name not in NO_NEWS or row[name] is not None}
        for name in ("valid_from", "last_observed_at"):
            at = row[name].astimezone(UTC)
            known[at] = Instant(at, stated, row["source"])
        if row["valid_to"] is not None:
            # An interval that begins at the same moment overwrites this: then another value was seen, not absence.
            at = row["valid_to"].astimezone(UTC)
            known[at] = Instant(at, None, row["source"])
    return known


def _agrees(known: Mapping[str, Any] | None, stated: Mapping[str, Any] | None) -> bool:
    """Return whether the stated values agree with the known ones; a value that is not known agrees with any."""
    if known is None or stated is None:
        return known is stated
    return all(
        known[name] == value or _expected(known[name], name, value) for name, value in stated.items() if name in known
    )


def _expected(known: Any, name: str, value: Any) -> bool:
    return known is None and name in NO_NEWS and value == NO_NEWS[name]


def _with(known: Mapping[str, Any] | None, stated: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the known values together with the stated ones that agree with them."""
    if known is None or stated is None:
        return None
    return {**stated, **{name: value for name, value in known.items() if value is not None or name not in NO_NEWS}}


def replay(instants: Instants, values: Sequence[str]) -> list[HistoryRow]:
    """Return the intervals that the instants make in order of time."""
    intervals: list[HistoryRow] = []
    for at in sorted(instants):
        instant = instants[at]
        current = intervals[-1] if intervals and intervals[-1]["valid_to"] is None else None
        if current and instant.said is not None and _agrees(current, instant.said):
            current["last_observed_at"] = at
            current.update(_with({name: current[name] for name in values}, instant.said) or {})
            continue
        if current:
            current["valid_to"] = at
        if instant.said is not None:
            opened = {name: instant.said.get(name) for name in values}
            times = {"valid_from": at, "valid_to": None, "last_observed_at": at}
            intervals.append(opened | times | {"source": instant.source})
    return intervals
