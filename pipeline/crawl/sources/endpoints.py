"""Dedicated endpoints: instances and their prices, from the Markdown of a documentation page.

`GET /docs/inference-endpoints/support/pricing.md`: three tables (CPU, GPU, INF2) with different columns; a row with a
cell in italics is deprecated. A table with another layout is reported and left out whole.

The history is change-only, like that of prices: one interval for as long as the page says the same of an instance.
`read_changes` makes the part from before this project out of the recorded changes of the page.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from hf_providers.hosting.memory import GB
from hf_providers.hub import Hub, Problem, Read, Tally, wire
from hf_providers.hub.text import clean
from hf_providers.rules.money import to_nano
from pipeline.crawl.source_result import Row, SourceResult

NAME = "endpoints"
MAY_BE_GONE = True
PATH = "/docs/inference-endpoints/support/pricing.md"
REPLAYED = "X-Replay-Part-Observed-At"
"""The header by which a replay dates this page: its facts may be from another day than the rest."""
DOCUMENTATION = "hf-endpoints-documentation"
"""The source of rows from the page's recorded changes: the repository that the page is built from."""
KEY: Final = ("cloud", "instance_type", "size")


_SHARED: Final = {"Provider": "cloud", "Instance Type": "instance_type", "Instance Size": "size"}
_PRICED: Final = {**_SHARED, "Hourly rate": "usd_per_hour"}
_TABLES: Final[dict[str, dict[str, str]]] = {
    "cpu": {**_PRICED, "vCPUs": "units", "Memory": "memory_bytes", "Architecture": "architecture"},
    "gpu": {**_PRICED, "GPUs": "units", "Memory": "memory_bytes", "Architecture": "architecture"},
    "inf2": {
        **_PRICED,
        "Accelerators": "units",
        "Accelerator Memory": "memory_bytes",
        "RAM": "ram_bytes",
        "Architecture": "architecture",
    },
}
_MAX_USD_PER_HOUR: Final = 10_000
_MAX_MEMORY_GB: Final = 100_000


@dataclass(slots=True)
class Pricing(Read[Row]):
    """What the page says. `complete` are the kinds whose tables were read whole: an instance missing there is gone.

    `observed_at` is when a replay says that the page was read; None of the page itself.
    """

    complete: frozenset[str] = frozenset()
    observed_at: datetime | None = None


def fetch(hub: Hub, tally: Tally) -> Pricing:
    """Return the instances that the page lists.

    Raises:
        HubError: the page could not be fetched.
    """
    reply = hub.get(PATH, tally=tally, keep=True)
    pricing = parse(reply.body)
    if dated := reply.headers.get(REPLAYED):
        pricing.observed_at = _past(dated)
        if pricing.observed_at is None:
            pricing.drift.note("no time in the past", dated)
    return pricing


def _past(stated: str) -> datetime | None:
    """Return the time that a replay states; None where it is no time, or in the future: no later run could be added."""
    try:
        moment = wire.utc(stated)
    except ValueError:
        return None
    return moment if moment <= datetime.now(UTC) else None


def parse(body: bytes) -> Pricing:
    """Return the instances of a page, without the time at which it was read."""
    pricing = Pricing()
    complete: set[str] = set()
    kinds: set[str] = set()
    for header, lines in _tables(body.decode("utf-8", "replace")):
        kind = next((kind for kind, columns in _TABLES.items() if tuple(columns) == header), None)
        if kind is None or kind in kinds:
            pricing.drift.note("endpoints table", " | ".join(header))
            continue
        kinds.add(kind)
        if _read_table(pricing, kind, lines):
            complete.add(kind)
    for kind in _TABLES.keys() - kinds:
        pricing.drift.note("no endpoints table", kind)
    complete -= _leave_out_doubled(pricing)
    pricing.complete = frozenset(complete)
    return pricing


def _leave_out_doubled(pricing: Pricing) -> set[str]:
    """Leave out instances that are in two tables, as their key would not be unique, and return the kinds of both."""
    times = Counter(map(instance_key, pricing.records))
    doubled = [record for record in pricing.records if times[instance_key(record)] > 1]
    for record in doubled:
        pricing.problems.append(
            _problem(" ".join(instance_key(record)), "stands in two tables: left out", record["kind"])
        )
    pricing.records = [record for record in pricing.records if times[instance_key(record)] == 1]
    return {record["kind"] for record in doubled}


def rows(source_result: SourceResult, pricing: Pricing) -> None:
    """Add the page's instances to the source_result."""
    source_result.rows, source_result.records = pricing.records, len(pricing.records)
    source_result.complete, source_result.observed_at = pricing.complete, pricing.observed_at


def instance_rows(records: Iterable[Row], observed_at: datetime, source: str = NAME) -> list[Row]:
    """Return the rows of `endpoint_instances`, sorted by key."""
    known = {"observed_at": observed_at, "stale": False, "source": source}
    return sorted((record | known for record in records), key=instance_key)


def instance_key(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the key of an instance."""
    return tuple(row[column] for column in KEY)


def _tables(text: str) -> Iterator[tuple[tuple[str, ...], list[list[str]]]]:
    """Yield the header and the rows of every Markdown table."""
    for is_table, group in groupby(text.splitlines(), key=lambda line: line.lstrip().startswith("|")):
        lines = [_cells(line) for line in group] if is_table else []
        if lines:
            yield tuple(lines[0]), [cells for cells in lines[1:] if not all(set(cell) <= {"-", ":"} for cell in cells)]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def _read_table(pricing: Pricing, kind: str, lines: list[list[str]]) -> bool:
    """Add a table's instances and return True where every row of it could be read."""
    columns = tuple(_TABLES[kind].values())
    odd = next((cells for cells in lines if len(cells) != len(columns)), None)
    if odd is not None or not lines:
        reason = "a row has a different number of cells: the table is left out" if odd else "the table is empty"
        pricing.problems.append(_problem(kind, reason, " | ".join(odd or [])))
        return False
    problems = len(pricing.problems)
    read: dict[tuple[str, ...], list[Row]] = {}
    for index, cells in enumerate(lines):
        try:
            row = _row(kind, dict(zip(columns, cells, strict=True)))
        except ValueError as error:
            pricing.problems.append(_problem(f"{kind} row {index + 1}", str(error), " | ".join(cells)))
            continue
        read.setdefault(instance_key(row), []).append(row)
    for key, same in read.items():
        if len(same) > 1:
            pricing.problems.append(_problem(" ".join(key), "stands in the table twice: left out", str(len(same))))
        else:
            pricing.records += same
    return len(pricing.problems) == problems


def _problem(record_id: str, reason: str, sample: str) -> Problem:
    return Problem(record_id, "", clean(reason, 200), clean(sample, 200))


def _row(kind: str, cells: dict[str, str]) -> Row:
    """Return one instance; ValueError says what can't be read."""
    plain = {name: clean(cell.strip("*_ "), 100) for name, cell in cells.items()}
    if not all(plain[name] for name in KEY):
        raise ValueError("the instance has no name")
    italic = any(cell[:1] in {"*", "_"} and cell[-1:] == cell[:1] for cell in cells.values())
    return {
        **{name: plain[name] for name in KEY},
        "kind": kind,
        "usd_per_hour": _usd(plain["usd_per_hour"]),
        "units": _count(plain["units"]),
        "memory_bytes": _bytes(plain["memory_bytes"]),
        "ram_bytes": _bytes(plain["ram_bytes"]) if plain.get("ram_bytes") else None,
        "architecture": plain["architecture"] or None,
        "deprecated": italic or "deprecated" in plain["architecture"].lower(),
    }


def _usd(cell: str) -> Decimal:
    if not cell.startswith("$") or not 0 < to_nano(cell[1:]) <= to_nano(str(_MAX_USD_PER_HOUR)):
        raise ValueError(f"{cell!r} is no price an hour such as $0.5")
    return Decimal(cell[1:])


def _count(cell: str) -> int:
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 6 and int(cell) > 0):
        raise ValueError(f"{cell!r} is no number of units")
    return int(cell)


def _bytes(cell: str) -> int:
    """Return the bytes of `14 GB` or `14.5 GB`, with GB taken as 10^9."""
    number, unit = cell[:-2].strip(), cell[-2:]
    whole, _, half = number.partition(".")
    if (
        unit != "GB"
        or not number.isascii()
        or not (whole + half).isdecimal()
        or not 0 < Decimal(number) <= _MAX_MEMORY_GB
    ):
        raise ValueError(f"{cell!r} is no memory such as 14 GB")
    return int(Decimal(number) * GB)


def merge(
    history: Iterable[Row], records: Iterable[Row], observed_at: datetime, source: str, complete: Iterable[str]
) -> list[Row]:
    """Return `endpoint_price_history` with one more reading of the page, sorted by key.

    A new row only where price or deprecation changed; an instance missing from a complete table ends. A reading that
    is not newer than the history changes nothing.

    Args:
        history: Rows so far.
        records: Instances as `parse` gives them.
        observed_at: When the page was read.
        source: Where the reading is from.
        complete: Kinds whose tables were read whole.
    """
    known = [dict(row) for row in history]
    if any(observed_at <= row["last_observed_at"] for row in known):
        return sorted(known, key=_interval)
    running = {instance_key(row): row for row in known if row["valid_to"] is None}
    seen = {instance_key(record): record for record in records}
    whole = frozenset(complete)
    for key, row in running.items():
        record = seen.get(key)
        if record is not None and _said(record) == _said(row):
            row["last_observed_at"] = observed_at
            del seen[key]
        elif record is not None or row["kind"] in whole:
            row["valid_to"] = observed_at
    known += [_begin(record, observed_at, source) for record in seen.values()]
    return sorted(known, key=_interval)


def _interval(row: Row) -> tuple[Any, ...]:
    return (*instance_key(row), row["valid_from"])


def _said(row: Row) -> tuple[Decimal, bool]:
    return row["usd_per_hour"], row["deprecated"]


def _begin(record: Row, at: datetime, source: str) -> Row:
    stated = {name: record[name] for name in (*KEY, "kind", "usd_per_hour", "deprecated")}
    return {**stated, "valid_from": at, "valid_to": None, "last_observed_at": at, "source": source}


def read_changes(text: str) -> list[Row]:
    """Return the rows of `endpoint_price_history` that follow from recorded changes of the page.

    Args:
        text: CSV with commit_date, event (added, removed, price, deprecation), cloud, instance_type, size,
            usd_per_hour and deprecated, in order of time. Each change describes the whole page at its commit.

    Raises:
        ValueError: an event is not known, or does not fit what the page said before.
    """
    page: dict[tuple[str, ...], Row] = {}
    history: list[Row] = []
    events = csv.DictReader(io.StringIO(text))
    for commit_date, changes in groupby(events, key=lambda event: event["commit_date"]):
        for change in changes:
            _apply(page, change)
        at = datetime.fromisoformat(commit_date).astimezone(UTC)
        history = merge(history, page.values(), at, DOCUMENTATION, {row["kind"] for row in history})
    return history


def read_current(text: str) -> list[Row]:
    """Return instances, as `parse` gives them, from CSV with the columns of `read_changes` and the whole page's rows.

    Raises:
        ValueError: a row can't be read.
    """
    return [
        {
            **{name: row[name] for name in KEY},
            "kind": _kind(row["instance_type"]),
            "usd_per_hour": _usd("$" + row["usd_per_hour"]),
            "units": _count(row["units"]),
            "memory_bytes": _bytes(row["memory"]),
            "ram_bytes": None,
            "architecture": row["architecture"],
            "deprecated": row["deprecated"] == "True",
        }
        for row in csv.DictReader(io.StringIO(text))
    ]


def _apply(page: dict[tuple[str, ...], Row], change: Mapping[str, str]) -> None:
    """Apply a change to the page."""
    key, event = instance_key(change), change["event"]
    if event not in {"added", "removed", "price", "deprecation"} or (event == "added") == (key in page):
        raise ValueError(
            f"{change['commit_date']}: {event!r} of {' '.join(key)} does not fit what the page said before"
        )
    if event == "removed":
        del page[key]
        return
    page[key] = {
        **dict(zip(KEY, key, strict=True)),
        "kind": _kind(change["instance_type"]),
        "usd_per_hour": Decimal(change["usd_per_hour"]),
        "deprecated": change["deprecated"] == "True",
    }


def _kind(instance_type: str) -> str:
    """Return the table of an instance; its name may have spaces, as names once did."""
    vendor = instance_type.replace("-", " ").split()[0]
    kinds = {"intel": "cpu", "nvidia": "gpu", "inf2": "inf2", "tpu": "tpu"}
    if vendor not in kinds:
        raise ValueError(f"{instance_type!r} is an instance of an unknown kind")
    return kinds[vendor]
