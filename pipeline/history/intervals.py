"""Change-only histories: what a new observation adds to what was known. Pure functions over frames, no I/O.

Prices and status are intervals of a route (model_id, provider, task). One rule places every observation,
early or late:

- What is *known* of a route are instants: each interval's `valid_from` and `last_observed_at` (its values
  were seen) and its `valid_to` where no other interval begins (the route was seen to be absent). A history
  is the replay of its known instants in order of time; instants in between, at which nothing changed, are
  not kept.
- An observation adds an instant. Values that agree with the interval in force extend it; others end it and
  begin the next. So a late one splits an interval at the instants that are known, lengthens backwards the
  interval that follows with the same values, or stands in a gap until the next interval begins.
- A listing that was complete also says which of its provider's routes are absent: that ends an interval,
  and no other absence does. A route that comes back begins a new one. Absence where no interval holds is
  not recorded.
- Only what a source states is compared. A NULL in a column that it `states` is an observation (there is
  none); any other NULL says nothing. A new interval holds what was said at its start and nothing older.
- That an offer is not free is what silence about it is taken for: said later, it is noted in the interval and begins
  none, so that one price stands in one row. That it is free is news.
- Of two observations at one instant the first keeps it: a later one that disagrees is a `Conflict`, one that says more
  adds to it. Whoever merges several sources puts them in order (`pipeline.backfill.in_order`).

Measurements are points: a row where a value differs from the route's row before, whether it comes in order
or late. No row is changed or taken away, so a late one holds until the next row.
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
"""What a hub listing speaks of: there a missing price, feature or measurement means that it has none."""
NO_NEWS: Final[Mapping[str, Any]] = {"is_free": False}
"""Values that nobody expects to hear: after NULL, which in these columns is always silence, they change nothing."""

_OWN_SOURCE: Final = {PRICE_HISTORY.name: "price_source", MEASUREMENTS.name: "measured_source"}
"""The column in which a row names what stated its part for a table."""

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
    """What one source said at one moment.

    Attributes:
        observed_at: The moment, in UTC.
        source: Who said it; a row's `price_source` or `measured_source`, where it has one, names the source of that
            part instead.
        rows: One row a route that was listed: the route and any value columns, by their names in `schema.py`.
        complete: Providers whose listing was complete: a route of theirs that is not in `rows` is absent.
        states: Columns that the source speaks of: NULL in one of them is a value. Elsewhere NULL is silence.
    """

    observed_at: datetime
    source: str
    rows: pl.DataFrame
    complete: frozenset[str] = frozenset()
    states: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        """Refuse what would corrupt a history: a naive time, a doubled route, a stated column not there."""
        if self.observed_at.utcoffset() is None:
            raise ValueError(f"{self.source}: the time of an observation needs a time zone")
        if missing := sorted(self.states.difference(self.rows.columns)):
            raise ValueError(f"{self.source}: columns said to be stated are missing: {', '.join(missing)}")
        if self.rows.select(ROUTE).is_duplicated().any():
            raise ValueError(f"{self.source}: a route stands twice; choose with representative_offers first")


class Conflict(NamedTuple):
    """An observation that was left out: at the same instant something else was already known of the route."""

    route: Route
    observed_at: datetime
    source: str
    said: Mapping[str, Any] | None
    """The values it stated; None: it found the route absent."""
    known: Mapping[str, Any] | None
    """The values that stand; None: the route was known to be absent."""


class Merged(NamedTuple):
    """What a merge gives: a whole history, or the new measurement rows, and the observations left out."""

    rows: pl.DataFrame
    conflicts: list[Conflict]


class Instant(NamedTuple):
    """What was seen of a route at a moment: the stated values, or None for absent."""

    at: datetime
    said: Mapping[str, Any] | None
    source: str


Instants = dict[datetime, Instant]
"""What is known of a route, by the moment."""


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

    A route that was never measured gets its first row with its first value. A row says the status of its offer then;
    another status alone makes no row.
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


def _measurement_conflict(row: dict[str, Any], obs: Observations) -> Conflict:
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
    """Whether a stated value is news beside the known one, which stands as `<name>_known`."""
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
    placed, conflicts = _place_late(current, late | missed, values)
    kept = current.join(placed, on=ROUTE, how="anti")
    columns = pl.Schema(frame_schema(table))
    parts = [frame.select(table.column_names).cast(columns) for frame in (kept, begun, placed)]
    return Merged(pl.concat(parts).sort(table.key), conflicts)


def _judge(stated: pl.DataFrame, history: pl.DataFrame, at: pl.Expr, differs: pl.Expr) -> pl.DataFrame:
    """Put each row beside its route's last interval and say, as `case`, what it does to the history."""
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
    """Return the intervals in force at this moment that a complete listing lacks, with a `case`."""
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
    """Fill in what these intervals, named by route and `valid_from`, have not heard of and is no news."""
    for name in NO_NEWS.keys() & set(values):
        heard = seen.filter(pl.col(name).is_not_null(), pl.col(f"{name}_known").is_null())
        if not heard.is_empty():
            marked = heard.select(*ROUTE, "valid_from", _said=name)
            joined = history.join(marked, on=[*ROUTE, "valid_from"], how="left")
            history = joined.with_columns(pl.coalesce(name, "_said").alias(name)).drop("_said")
    return history


def instant_of(row: dict[str, Any] | None, obs: Observations, values: Sequence[str]) -> Instant:
    """Return what an observation says in a row of `stated_rows`; without a row, that the route was absent."""
    if row is None:
        return Instant(obs.observed_at, None, obs.source)
    stated = {name: row[name] for name in values if name in obs.states or row[name] is not None}
    return Instant(obs.observed_at, stated, row["source"])


def add_instant(known: Instants, route: Route, new: Instant) -> list[Conflict]:
    """Add an instant to those of its route, unless something else is known of that moment: that is a conflict."""
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
    """Return the rebuilt intervals of the routes with a late observation, and what was left out."""
    wanted = pl.DataFrame(list(late), schema=list(ROUTE), orient="row") if late else history.select(ROUTE).clear()
    rows = history.join(wanted, on=ROUTE, how="semi").sort(*ROUTE, "valid_from").rows(named=True)
    rebuilt: list[dict[str, Any]] = []
    conflicts: list[Conflict] = []
    for route, intervals in groupby(rows, key=route_of):
        instants = known_instants(list(intervals), values)
        conflicts += add_instant(instants, route, late[route])
        rebuilt += [dict(zip(ROUTE, route, strict=True)) | interval for interval in replay(instants, values)]
    return pl.DataFrame(rebuilt, schema=history.schema), conflicts


def known_instants(intervals: Sequence[dict[str, Any]], values: Sequence[str]) -> Instants:
    """Return the moments of which something is known, from one route's intervals in order."""
    known: Instants = {}
    for row in intervals:
        stated = {name: row[name] for name in values if name not in NO_NEWS or row[name] is not None}
        for name in ("valid_from", "last_observed_at"):
            at = row[name].astimezone(UTC)
            known[at] = Instant(at, stated, row["source"])
        if row["valid_to"] is not None:
            # An interval that begins here overwrites this: then another value was seen, not absence.
            at = row["valid_to"].astimezone(UTC)
            known[at] = Instant(at, None, row["source"])
    return known


def _agrees(known: Mapping[str, Any] | None, stated: Mapping[str, Any] | None) -> bool:
    """Return whether what is said is no news: of what the known does not speak of, anything may be said."""
    if known is None or stated is None:
        return known is stated
    return all(
        known[name] == value or _expected(known[name], name, value) for name, value in stated.items() if name in known
    )


def _expected(known: Any, name: str, value: Any) -> bool:
    return known is None and name in NO_NEWS and value == NO_NEWS[name]


def _with(known: Mapping[str, Any] | None, stated: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what is known with what is said beyond it, where the two agree."""
    if known is None or stated is None:
        return None
    return {**stated, **{name: value for name, value in known.items() if value is not None or name not in NO_NEWS}}


def replay(instants: Instants, values: Sequence[str]) -> list[dict[str, Any]]:
    """Return the intervals that the instants make in order of time."""
    intervals: list[dict[str, Any]] = []
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
