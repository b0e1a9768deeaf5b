"""Add JSON Lines to a bill fast: most lines of a log have the same keys, and a price that was looked up before."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

from hf_providers.billing.grouping import group_value
from hf_providers.billing.json_rows import line_rows
from hf_providers.billing.price_book import Price, between
from hf_providers.billing.totals import COST, INPUT, KEYS, OUTPUT, PRICED, REQUESTS
from hf_providers.rules.money import MAX_SIZE, MTOK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hf_providers.billing.bill import Bill, Each
    from hf_providers.billing.bill_types import LogRow
    from hf_providers.billing.pricing import Priced
    from hf_providers.billing.request import Layouts, Request

    Values = tuple[Any, ...]

CELLS = 50_000
SHAPES = 1_000
FIVE = ("time", "model", "provider", "input", "output")
"""What the fast path reads of a row."""
SAME = frozenset(("task", "status", "cache_hit", "currency", "unit", "client"))
"""What must equal the row whose price was looked up."""
_OTHERS = ("other_input", "other_output")
ZERO = frozenset((*_OTHERS, "cached", "cached_apart", "written", "written_apart", "reasoning", "reasoning_apart"))
"""What must be 0 or missing."""
_SCAN = json.JSONDecoder(object_pairs_hook=tuple, parse_float=Decimal).scan_once  # type: ignore[attr-defined]
"""Called by json.loads. Objects are tuples of pairs: faster than a dict, and a repeated key is noticed."""
_DAY = len("2026-03-01")
"""A time that is a day alone stands for its midnight in UTC."""


class Cell:
    """The price of a model's route on a day that has one, and the sums of the requests of that day."""

    __slots__ = ("cost", "input_nano", "input_tokens", "late", "output_nano", "output_tokens", "requests", "values")

    def __init__(self, input_nano: int, output_nano: int, values: tuple[str | None, ...], *, late: bool) -> None:
        self.requests = self.input_tokens = self.output_tokens = self.cost = 0
        self.input_nano, self.output_nano = input_nano, output_nano
        self.values = values
        self.late = late


Cells = dict[tuple[Any, Any, Any], Cell]
"""Cells by model, provider and day of the rows of one shape: another shape may mean another task."""


class Plain:
    """The layout of rows with the same keys: which values are fixed, and where time, model, provider and counts are.

    Called with a row's values it returns these five, or raises KeyError or ValueError if the row differs from the one
    that it was made from.
    """

    __slots__ = ("_five", "_objects", "_same", "_zero")

    def __init__(self) -> None:
        self._objects: list[tuple[int, int, tuple[str, ...]]] = []
        self._zero: list[tuple[int, int]] = []
        self._same: list[tuple[int, int, Any]] = []
        self._five: dict[str, tuple[int, int]] = {}

    def __call__(self, row: Values) -> list[Any]:
        """Return the time, model, provider, input and output count of a row of this shape."""
        objects = [row]
        for parent, at, keys in self._objects:
            held = objects[parent][at]
            names, values = zip(*held) if held else ((), ())  # noqa: B905 - pairs
            if names != keys or type(held) is not tuple:
                raise KeyError(at)
            objects.append(values)
        for index, at in self._zero:
            count = objects[index][at]
            if count is not None and count != "" and (type(count) is not int or count):
                raise KeyError(at)
        for index, at, value in self._same:
            if objects[index][at] != value:
                raise KeyError(at)
        return [objects[index][at] for index, at in self._five.values()]

    @classmethod
    def of(cls, row: LogRow, layouts: Layouts) -> Plain | itemgetter[Any] | None:
        """Return the layout of rows like this one; None if they have too much for the fast path."""
        made = cls()
        if not made._take(row, layouts, "", 0) or not {"time", "model", "input", "output"} <= set(made._five):
            return None
        made._five = {meaning: made._five.get(meaning, made._five["model"]) for meaning in FIVE}
        if made._objects or made._zero or made._same:
            return made
        return itemgetter(*(at for _, at in made._five.values()))

    def _take(self, row: LogRow, layouts: Layouts, inside: str, index: int) -> bool:
        where = {key: at for at, key in enumerate(row)}
        for key, field, nested in layouts.of(tuple(row), inside):
            value, at = row[key], where[key]
            if nested and isinstance(value, dict):
                self._objects.append((index, at, tuple(value)))
                if not self._take(value, layouts, nested, len(self._objects)):
                    return False
            elif field is None or field.meaning in SAME:
                self._same.append((index, at, value))
            elif field.meaning in ZERO:
                self._zero.append((index, at))
            elif field.meaning in FIVE and field.meaning not in self._five:
                self._five[field.meaning] = (index, at)
            elif field.meaning not in ("total", "plain"):
                return False
        return True


class Lines:
    """Adds JSON Lines to a bill. Ordinary lines take a fast path: one look-up a line, no objects.

    The fast path is for rows with one time in UTC, or a day, one model, one provider, one input and one output count,
    nothing cached. All others, and the first row of each route and day, go through Bill.take.
    """

    def __init__(self, bill: Bill) -> None:
        self._bill = bill
        self._shapes: dict[tuple[str, ...], tuple[Plain | itemgetter[Any] | None, Cells]] = {}
        self._cells = 0
        columns = [grouping for grouping in bill.groups.by if grouping not in ("model", "provider", "day")]
        self._short = not columns

    def add(self, lines: Iterable[tuple[int, list[str]]], progress: Callable[[int], None]) -> None:
        """Add blocks of lines."""
        for first, block in lines:
            self._add(first, block)
            progress(first + len(block))
            if self._cells > CELLS:
                self._fold()
        self._fold()

    def _add(self, first: int, block: list[str]) -> None:
        scan = _SCAN
        shapes, is_time, long_way = self._shapes, datetime.fromisoformat, self._long_way
        for at, line in enumerate(block, first):
            try:
                pairs, end = scan(line, 0)
                keys, row = zip(*pairs)  # noqa: B905 - pairs; to say so takes a tenth longer
                plain, cells = shapes[keys]
                time, model, provider, input_tokens, output_tokens = plain(row)  # type: ignore[misc]
                if type(time) is int:
                    cell = cells[model, provider, time // 86_400]
                else:
                    cell = cells[model, provider, time[:10]]
                    is_time(time)
                    if time[-1] != "Z" and len(time) != _DAY:
                        cell = None
            except (KeyError, TypeError, ValueError, ArithmeticError, StopIteration, RecursionError):
                cell = None
            if (
                cell is None
                or type(pairs) is not tuple
                or type(input_tokens) is not int
                or type(output_tokens) is not int
                or not 0 <= input_tokens <= MAX_SIZE
                or not 0 <= output_tokens <= MAX_SIZE
                or (end != len(line) and not line[end:].isspace())
            ):
                long_way(at, line)
                continue
            cell.requests += 1
            cell.input_tokens += input_tokens
            cell.output_tokens += output_tokens
            cell.cost -= (cell.input_nano * input_tokens + cell.output_nano * output_tokens) // -MTOK

    def _long_way(self, number: int, line: str) -> None:
        if not line or line.isspace():
            return
        for row in line_rows(line):
            priced = self._bill.take(number, row)
            if priced is not None and self._short:
                self._remember(priced, line)

    def _remember(self, each: Each, line: str) -> None:
        """Prepare the fast path for rows like this one, if they are plain enough."""
        try:
            keys, row = zip(*_SCAN(line, 0)[0], strict=True)
        except (TypeError, ValueError, StopIteration):
            return
        if keys != tuple(each.row):  # a page holds rows
            return
        if keys not in self._shapes:
            if len(self._shapes) >= SHAPES:
                return
            self._shapes[keys] = Plain.of(each.row, self._bill.layouts), {}
        getter, cells = self._shapes[keys]
        priced, request = each.priced, each.request
        if getter is None or priced.cost_nano is None or priced.assumed is not None or priced.provider is None:
            return
        try:
            time, model, provider, _, _ = getter(row)
        except (KeyError, TypeError, ValueError):
            return
        day = time // 86_400 if type(time) is int else time[:10] if isinstance(time, str) else None
        midnight = request.at.replace(hour=0, minute=0, second=0, microsecond=0)
        if day not in (f"{midnight:%Y-%m-%d}", int(midnight.timestamp()) // 86_400) or not isinstance(provider, str):
            return
        cell = None if (model, provider, day) in cells else self._cell(priced, request, midnight)
        if cell is not None:
            cells[model, provider, day] = cell
            self._cells += 1

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
        """Add the cells to the bill, and clear them."""
        for cell in (cell for _, cells in self._shapes.values() for cell in cells.values()):
            sums = [0] * len(KEYS)
            sums[REQUESTS] = sums[PRICED] = cell.requests
            sums[INPUT], sums[OUTPUT], sums[COST] = cell.input_tokens, cell.output_tokens, cell.cost
            self._bill.groups.add_sums(sums, cell.values)
            self._bill.past_last_seen += cell.requests if cell.late else 0
        for _, cells in self._shapes.values():
            cells.clear()
        self._cells = 0
