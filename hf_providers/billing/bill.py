"""Price a usage log: totals, and what of it has no cost. A hundred thousand requests a second, in little memory."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from hf_providers.billing.comparison import Comparison
from hf_providers.billing.fields import compared
from hf_providers.billing.json_rows import line_rows
from hf_providers.billing.lines import blocks
from hf_providers.billing.price_book import Price, between
from hf_providers.billing.pricing import Priced, Pricer
from hf_providers.billing.request import Layouts, Request, read
from hf_providers.billing.totals import COST, INPUT, KEYS, OUTPUT, PRICED, REQUESTS, Groups
from hf_providers.billing.usage_log import Broken, Log, rows
from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.rules.money import MAX_SIZE, MTOK, usd
from hf_providers.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from hf_providers.billing.invoice import Invoice

    Row = dict[str, Any]

LISTED = 20
REASONS = 1000
CELLS = 50_000
GROUPINGS = ("model", "provider", "day")
"""What totals are grouped by where nothing else is asked for."""
_OF_REQUEST: dict[str, Callable[[Request, Priced], str | None]] = {
    "model": lambda _, priced: clean(priced.model)[:200],
    "provider": lambda _, priced: priced.provider and clean(priced.provider)[:200],
    "day": lambda request, _: request.at.isoformat()[:10],
    "month": lambda request, _: request.at.isoformat()[:7],
    "task": lambda request, _: clean(request.task)[:200],
    "session": lambda request, _: request.session and clean(request.session)[:200],
}
_PLAIN = ("time", "model", "provider", "input", "output")


class Each(NamedTuple):
    """A request of a log with its cost, and the line on which it stands."""

    line: int
    row: Row
    request: Request
    priced: Priced


class Bill:
    """The totals of a log, and what of it has no cost.

    Attributes:
        groups: The sums, in all and by group.
        reasons: How many requests are not, or partly, priced for each reason; of endlessly many the first.
        broken: The first lines that are no request, and why.
        broken_lines: How many there are.
        past_last_seen: Requests priced by a price last seen before them.
        assumed: Requests whose provider was assumed.
        comparison: What the client logged as costs, against ours.
    """

    def __init__(self, pricer: Pricer, groupings: tuple[str, ...] = GROUPINGS, invoice: Invoice | None = None) -> None:
        self.pricer = pricer
        self.groups = Groups(groupings)
        self.reasons: dict[str, int] = {}
        self.broken: list[tuple[int, str]] = []
        self.broken_lines = self.past_last_seen = self.assumed = 0
        self.comparison = Comparison()
        self.invoice = invoice
        self.layouts = Layouts()

    @property
    def requests(self) -> int:
        """How many requests there are."""
        return self.groups.total[REQUESTS]

    @property
    def unknown(self) -> int:
        """How many of them are not, or only partly, priced."""
        return self.groups.total[REQUESTS] - self.groups.total[PRICED]

    def to_dict(self) -> Row:
        """Return the totals as plain values, as `hfp bill --json` prints them."""
        rows = [
            row | {"cost_usd": None if row["cost_nano_usd"] is None else usd(row["cost_nano_usd"])}
            for row in self.groups.rows()
        ]
        total = rows[0]
        return {
            "schema_version": READS_SCHEMA,
            "columns": list(total),
            "rows": rows,
            "requests": self.requests,
            "total_cost_nano_usd": total["cost_nano_usd"],
            "unknown": self.unknown,
            "partly_priced": total["partly_priced"],
            "unknown_reasons": dict(self.reasons),
            "assume": self.pricer.assume,
            "assumed": self.assumed,
            "past_last_seen": self.past_last_seen,
            "broken_lines": self.broken_lines,
            "broken": [{"line": line, "reason": reason} for line, reason in self.broken],
            "compared": self.comparison.rows(self.pricer.book),
            "against": None if self.invoice is None else self.invoice.rows(),
        }

    def each(self, log: Iterable[tuple[int, Row | Broken]]) -> Iterator[Each]:
        """Price each request, add it to the totals, and yield it; a line that is none is counted as broken."""
        for line, row in log:
            found = self.take(line, row)
            if found is not None:
                yield found

    def take(self, line: int, row: Row | Broken) -> Each | None:
        """Price a request and add it to the totals; None where the row is none."""
        if isinstance(row, Broken):
            self.unreadable(line, row)
            return None
        try:
            request = read(row, self.layouts)
        except ValueError as error:
            self.unreadable(line, str(error))
            return None
        priced = self.pricer.price(request)
        self.add(row, request, priced)
        return Each(line, row, request, priced)

    def add(self, row: Row, request: Request, priced: Priced) -> None:
        """Add a request to the totals."""
        values = tuple(group_value(grouping, row, request, priced) for grouping in self.groups.by)
        self.groups.add(request, priced, values)
        if priced.reason is not None:
            reason = priced.reason
            if reason not in self.reasons and len(self.reasons) >= REASONS:
                reason = "other reasons"
            self.reasons[reason] = self.reasons.get(reason, 0) + request.requests
        if priced.past_last_seen and priced.cost_nano is not None:
            self.past_last_seen += request.requests
        if priced.assumed is not None and priced.cost_nano is not None:
            self.assumed += request.requests
        if request.logged_nano is not None:
            self.comparison.add(request, priced)
        if self.invoice is not None:
            self.invoice.add(request, priced)

    def unreadable(self, line: int, reason: str) -> None:
        """Count a line that is no request; the first are kept."""
        self.broken_lines += 1
        if len(self.broken) < LISTED:
            self.broken.append((line, clean(reason)[:400]))


def group_value(grouping: str, row: Row, request: Request, priced: Priced) -> str | None:
    """Return the group of a request: of what the request says, or of a column of the log."""
    own = _OF_REQUEST.get(grouping)
    return column_value(grouping, row) if own is None else own(request, priced)


def column_value(column: str, row: Row) -> str | None:
    """Return what a row has in a column, by its exact name or as field names are compared."""
    value = row.get(column)
    if value is None and column not in row:
        value = next((row[key] for key in row if compared(key) == compared(column)), None)
    return None if value is None else clean(value if isinstance(value, str) else json.dumps(value, default=str))[:200]


def total(log: Log, bill: Bill, progress: Callable[[int], None] = lambda _: None) -> None:
    """Add a whole log to a bill.

    Args:
        log: The log.
        bill: What it is added to.
        progress: Told now and then how many lines have been read.
    """
    if log.kind == "parquet":
        from hf_providers.billing import parquet_totals

        if parquet_totals.add(log.path, bill):
            return
    if log.kind == "lines" and bill.invoice is None:
        Lines(bill).add(blocks(log.source), progress)
        return
    for number, one in enumerate(rows(log)):
        bill.take(*one)
        if not number % 20_000:
            progress(one[0])


class Cell:
    """The price of a model's route on a day that has one, and the sums of the requests of that day."""

    __slots__ = ("cost", "input_nano", "input_tokens", "late", "output_nano", "output_tokens", "requests", "values")

    def __init__(self, input_nano: int, output_nano: int, values: tuple[str | None, ...], *, late: bool) -> None:
        self.requests = self.input_tokens = self.output_tokens = self.cost = 0
        self.input_nano, self.output_nano = input_nano, output_nano
        self.values = values
        self.late = late


class Lines:
    """Adds JSON Lines to a bill. Lines that say no more than most take a short way: one look-up a line, no objects.

    The short way is for rows with one time in UTC, one model, one provider, one input and one output count. All else,
    and the first row of each route and day, goes the long way of Bill.take.
    """

    def __init__(self, bill: Bill) -> None:
        self._bill = bill
        self._plain: dict[tuple[str, ...], itemgetter[Any] | None] = {}
        self._cells: dict[tuple[Any, Any, Any], Cell] = {}
        columns = [grouping for grouping in bill.groups.by if grouping not in ("model", "provider", "day")]
        self._short = not columns

    def add(self, lines: Iterable[tuple[int, list[str]]], progress: Callable[[int], None]) -> None:
        """Add blocks of lines."""
        for first, block in lines:
            self._add(first, block)
            progress(first + len(block))
            if len(self._cells) > CELLS:
                self._fold()
        self._fold()

    def _add(self, first: int, block: list[str]) -> None:
        scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined] # what json.loads calls
        plain, cells, is_time, long_way = self._plain, self._cells, datetime.fromisoformat, self._long_way
        for number, line in enumerate(block, first):
            try:
                row, end = scan(line, 0)
                time, model, provider, given, taken = plain[tuple(row)](row)  # type: ignore[misc]
                if type(time) is int:
                    cell = cells[model, provider, time // 86_400]
                else:
                    cell = cells[model, provider, time[:10]]
                    is_time(time)
                    if time[-1] != "Z":
                        cell = None
            except (KeyError, TypeError, ValueError, StopIteration, RecursionError):
                cell = None
            if (
                cell is None
                or type(given) is not int
                or type(taken) is not int
                or not 0 <= given <= MAX_SIZE
                or not 0 <= taken <= MAX_SIZE
                or (end != len(line) and not line[end:].isspace())
            ):
                long_way(number, line)
                continue
            cell.requests += 1
            cell.input_tokens += given
            cell.output_tokens += taken
            cell.cost -= (cell.input_nano * given + cell.output_nano * taken) // -MTOK

    def _long_way(self, number: int, line: str) -> None:
        if not line or line.isspace():
            return
        for row in line_rows(line):
            found = self._bill.take(number, row)
            if found is not None and self._short:
                self._remember(found)

    def _remember(self, each: Each) -> None:
        """Prepare the short way for rows like this one, if it can be taken."""
        keys = tuple(each.row)
        if keys not in self._plain and len(self._plain) < CELLS:
            names = {field.meaning: key for key, field, nested in self._bill.layouts.of(keys) if field and not nested}
            only = len(names) == len(self._bill.layouts.of(keys)) and set(names) <= set(_PLAIN)
            if only and {"time", "model", "input", "output"} <= set(names):
                wanted = [names.get(meaning, names["model"]) for meaning in _PLAIN]
                self._plain[keys] = itemgetter(*wanted)
        getter = self._plain.get(keys)
        priced, request = each.priced, each.request
        if getter is None or priced.cost_nano is None or priced.assumed is not None or priced.provider is None:
            return
        time, model, provider, _, _ = getter(each.row)
        day = time // 86_400 if type(time) is int else time[:10] if isinstance(time, str) else None
        midnight = request.at.replace(hour=0, minute=0, second=0, microsecond=0)
        if day not in (f"{midnight:%Y-%m-%d}", int(midnight.timestamp()) // 86_400) or not isinstance(provider, str):
            return
        cell = self._cell(priced, request, midnight)
        if cell is not None:
            self._cells[model, provider, day] = cell

    def _cell(self, priced: Priced, request: Request, midnight: datetime) -> Cell | None:
        """Return a cell of a route and day; None where the price changes that day, or is not known for all of it."""
        pricer, after = self._bill.pricer, midnight + timedelta(days=1)
        held = pricer.book.history(priced.model).prices.get((request.task, priced.provider or ""), [])
        prices: list[Price] = between(held, midnight, after)
        if len(prices) != 1 or after > pricer.latest or prices[0].input_nano is None or prices[0].output_nano is None:
            return None
        late = midnight > prices[0].seen_until
        if not late and after > prices[0].seen_until:
            return None
        values = tuple(group_value(grouping, {}, request, priced) for grouping in self._bill.groups.by)
        return Cell(prices[0].input_nano, prices[0].output_nano, values, late=late)

    def _fold(self) -> None:
        """Add the cells to the bill, and begin again."""
        for cell in self._cells.values():
            sums = [0] * len(KEYS)
            sums[REQUESTS] = sums[PRICED] = cell.requests
            sums[INPUT], sums[OUTPUT], sums[COST] = cell.input_tokens, cell.output_tokens, cell.cost
            self._bill.groups.add_sums(sums, cell.values)
            self._bill.past_last_seen += cell.requests if cell.late else 0
        self._cells.clear()
