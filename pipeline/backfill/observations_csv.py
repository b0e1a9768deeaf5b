"""Price observations as CSV: one row for each time, source, model and provider, as the source recorded it.

A blank price means "not stated": it ends and changes nothing. A price in the wrong unit is recognized by its size,
alone or against the other prices of its route, and quarantined.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import median_low
from typing import Any

import polars as pl

from hf_providers.catalog.schema import PRICE_SCALE, ROUTE, STATUSES
from hf_providers.hub import Problem
from hf_providers.rules.money import PRICE_COLUMNS
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.backfill import Recording
from pipeline.backfill.recorded_csv import is_model, is_word, price
from pipeline.errors import BackfillError
from pipeline.history.intervals import Observations

COLUMNS = (
    "observed_at", "source", "model", "provider", "status",
    "input_usd_per_mtok", "output_usd_per_mtok", "context_length", "note",
)  # fmt: skip
INPUT, OUTPUT = PRICE_COLUMNS
WRONG_UNIT = 10**5
MAX_CONTEXT = 10**9
_SCHEMA = {
    **dict.fromkeys(ROUTE, pl.String()),
    "status": pl.String(),
    **dict.fromkeys(PRICE_COLUMNS, pl.Decimal(18, PRICE_SCALE)),
    "context_length": pl.Int64(),
}

Row = dict[str, Any]


def read(text: str, now: datetime) -> Recording:
    """Return the observations of a CSV, one for each time and source.

    Args:
        text: The CSV.
        now: Nothing can have been observed later than this.

    Raises:
        BackfillError: other columns, an invalid time or one in the future, or two rows that contradict each other.
    """
    try:
        return _read(csv.DictReader(io.StringIO(text)), now)
    except csv.Error as error:
        raise BackfillError(f"not a CSV: {error}", "end lines with a line feed, and quote in pairs") from None


def _read(reader: csv.DictReader[str], now: datetime) -> Recording:
    if set(reader.fieldnames or ()) != set(COLUMNS):
        other = sorted(set(reader.fieldnames or ()) ^ set(COLUMNS))
        raise BackfillError(
            f"columns missing or unknown: {', '.join(map(repr, other))[:200]}", f"give {','.join(COLUMNS)}"
        )
    recording = Recording()
    rows = [_row(_checked(raw, line), line, now, recording.problems) for line, raw in enumerate(reader, 2)]
    _drop_wrong_units(rows, recording.problems)
    recording.observations = _grouped(rows)
    return recording


def _row(raw: dict[str, str], line: int, now: datetime, problems: list[Problem]) -> Row:
    row: Row = {"line": line, "observed_at": _moment(raw, line, now), "task": CHAT_TASK}
    row |= {
        name: raw[column] for name, column in (("source", "source"), ("model_id", "model"), ("provider", "provider"))
    }
    row["status"] = raw["status"] or None
    for name, parse in ((INPUT, price), (OUTPUT, price), ("context_length", _context)):
        try:
            row[name] = parse(raw[name])
        except ValueError as error:
            problems.append(_problem(row, name, str(error), raw[name]))
            row[name] = None
    if None in (row[INPUT], row[OUTPUT]):
        row |= dict.fromkeys(PRICE_COLUMNS)
    return row


def _checked(raw: dict[str, str], line: int) -> dict[str, str]:
    """Refuse a row with more or fewer cells than columns, or with ids that the Hub could not have."""
    if None in raw or None in raw.values():
        raise BackfillError(f"line {line}: not {len(COLUMNS)} cells", f"give {','.join(COLUMNS)}")
    if not (is_model(raw["model"]) and is_word(raw["provider"]) and raw["source"].isprintable()):
        raise BackfillError(f"line {line}: no model, provider or source", "give an id as the Hub writes it")
    if raw["status"] not in ("", *STATUSES):
        raise BackfillError(f"line {line}: {raw['status'][:40]!r} is no status", f"give one of {', '.join(STATUSES)}")
    return raw


def _moment(raw: dict[str, str], line: int, now: datetime) -> datetime:
    text = raw["observed_at"][:40]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        raise BackfillError(
            f"line {line}: {text!r} is no time with a zone", "give ISO 8601, as in 2026-02-26T11:27:29Z"
        )
    if moment > now:
        raise BackfillError(f"line {line}: {text} is in the future", "correct the time")
    return moment.astimezone(UTC)


def _context(text: str) -> int | None:
    """Return a context length, None for a blank; ValueError for anything else."""
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text[:12]) <= MAX_CONTEXT or len(text) > 12:
        raise ValueError("no context length")
    return int(text)


def _problem(row: Row, field: str, reason: str, sample: str) -> Problem:
    return Problem(f"{row['model_id']} on {row['provider']}, line {row['line']}"[:200], field, reason, sample[:200])


def _drop_wrong_units(rows: Iterable[Row], problems: list[Problem]) -> None:
    """Remove prices that are about a million times the route's usual one, or a millionth of it.

    A usual price needs at least three: of two that differ so, nobody can say which is wrong.
    """
    stated: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if row[OUTPUT]:
            stated[tuple(row[name] for name in ROUTE)].append(row)
    for group in stated.values():
        usual = median_low(row[OUTPUT] for row in group)
        for row in group if len(group) > 2 else ():
            if max(row[OUTPUT] / usual, usual / row[OUTPUT]) >= WRONG_UNIT:
                reason = f"{row[OUTPUT]:f} beside a usual {usual:f}: another unit"
                problems.append(_problem(row, OUTPUT, reason, f"{row[INPUT]:f}, {row[OUTPUT]:f}"))
                row.update(dict.fromkeys(PRICE_COLUMNS))


def _grouped(rows: Iterable[Row]) -> list[Observations]:
    """Return an observation for each time and source; it is never complete, and a blank in it says nothing."""
    groups: dict[tuple[datetime, str], dict[tuple[str, ...], Row]] = defaultdict(dict)
    for row in rows:
        group = groups[row["observed_at"], row["source"]]
        values = {name: row[name] for name in _SCHEMA}
        before = group.setdefault(tuple(row[name] for name in ROUTE), values)
        if before != values:
            where = f"{row['model_id']} on {row['provider']} at {row['observed_at'].isoformat()}"
            raise BackfillError(f"line {row['line']}: {where} is listed twice and differs", "leave the wrong one out")
    return [
        Observations(moment, source, pl.DataFrame(list(group.values()), schema=_SCHEMA))
        for (moment, source), group in groups.items()
    ]
