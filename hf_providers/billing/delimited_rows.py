"""Read rows from a table with commas, tabs or semicolons between its cells."""

from __future__ import annotations

import csv
from collections import deque
from itertools import pairwise

from hf_providers.billing.fields import compared, field_of, understood
from hf_providers.billing.lines import MAX_LINE_BYTES, Broken
from hf_providers.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hf_providers.billing.bill_types import LogRow

    Line = tuple[int, str]

SEPARATORS = ",\t;"
MAX_LINES_OF_A_ROW = 2000
EMPTY = frozenset(("", "null", "NULL", "None", "\\N", "nan", "NaN"))
"""What databases and data frames write where there is no value."""


def table_rows(blocks: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, LogRow | Broken]]:
    """Yield the rows of a table, each with the number of the line on which it begins.

    A header in the middle (of concatenated exports) names the columns of the rows after it. If two of its columns have
    the same name, those rows are broken.

    Raises:
        LogError: it has no header, or two of its columns have the same name.
    """
    lines = ((number, line) for first, block in blocks for number, line in enumerate(block, first))
    head = next((line for _, line in lines if line.strip()), None)
    if head is None:
        return
    separator = max(SEPARATORS, key=head.count)
    names = _header(head, separator)
    model_at, twice = _model_at(names), None
    for number, cells in _records(lines, separator):
        if isinstance(cells, Broken):
            yield number, cells
        elif model_at < len(cells) and field_of(cells[model_at]) is not None and _is_header(cells):
            names = [cell.strip() for cell in cells]
            model_at, twice = _model_at(names), _twice(names)
        elif twice is not None:
            yield number, Broken(f"the header has two columns named {twice[:40]}")
        elif len(cells) != len(names):
            yield number, Broken(f"{len(cells)} cells, not {len(names)}")
        else:
            # An empty cell is what a JSON line leaves out.
            yield number, {name: cell for name, cell in zip(names, cells, strict=True) if cell not in EMPTY}


def _header(line: str, separator: str) -> list[str]:
    try:
        names = [] if isinstance(line, Broken) else [name.strip() for name in _cells(line, separator)]
    except csv.Error as error:
        hint = "end its lines in a line feed"
        raise LogError(f"the log begins with no CSV header: {error}", hint) from None
    twice = _twice(names)
    if twice is not None:
        raise LogError(f"the log has two columns named {twice[:40]}", "leave one of them out, or rename it")
    if "model" not in _meanings(names):
        seen = (", ".join(names) or str(line))[:200]
        known = ", ".join(understood("model"))
        hint = f"begin it with a header: a model is understood as {known}; docs/bill.md has every name"
        raise LogError(f"the log has no column named model: its columns are {seen}", hint)
    return names


def _twice(names: list[str]) -> str | None:
    """Return the first name that two columns share, as names are compared; None if all differ."""
    ordered = sorted((name for name in names if field_of(name) is not None), key=compared)
    return next((name for name, other in pairwise(ordered) if compared(name) == compared(other)), None)


def _meanings(names: Iterable[str]) -> set[str]:
    return {field.meaning for name in names if (field := field_of(name.strip())) is not None}


def _model_at(names: list[str]) -> int:
    return next(i for i, name in enumerate(names) if "model" in _meanings([name]))


def _is_header(cells: list[str]) -> bool:
    return {"model", "input"} <= _meanings(cells)


def _cells(text: str, separator: str) -> list[str]:
    return next(csv.reader([text.rstrip("\r")], delimiter=separator, strict=True), [])


def _records(lines: Iterator[Line], separator: str) -> Iterator[tuple[int, list[str] | Broken]]:
    """Yield the cells of each row. A quoted cell may span lines; a stray quote breaks only its own line."""
    waiting: deque[Line] = deque()
    while (numbered := waiting.popleft() if waiting else next(lines, None)) is not None:
        number, line = numbered
        if isinstance(line, Broken):
            yield number, line
        elif '"' not in line:
            if line and not line.isspace():
                yield number, line.rstrip("\r").split(separator)
        else:
            text = _whole_row(line, lines, waiting) if line.count('"') % 2 else line
            try:
                yield number, _cells(text, separator)
            except csv.Error as error:
                yield number, Broken(f"not CSV: {error}")


def _whole_row(line: str, lines: Iterator[Line], waiting: deque[Line]) -> str:
    """Return a row up to the line that closes its open quote; if none does, only the line, and queue the others."""
    read_ahead: list[Line] = []
    size = len(line)
    while size < MAX_LINE_BYTES and len(read_ahead) < MAX_LINES_OF_A_ROW:
        following = waiting.popleft() if waiting else next(lines, None)
        if following is None:
            break
        read_ahead.append(following)
        size += len(following[1])
        if isinstance(following[1], Broken):
            break
        if following[1].count('"') % 2:
            return "\n".join([line, *(text for _, text in read_ahead)])
    waiting.extendleft(reversed(read_ahead))
    return line
