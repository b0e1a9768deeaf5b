"""A usage log, a request at a time: JSON Lines or CSV, however long, in little memory."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import contextmanager
from pathlib import Path

from hf_providers.cli.exits import NOTHING_FOUND, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    Row = dict[str, Any]

MAX_LINE_BYTES = 1 << 20


class Broken(str):
    """Why a line is no request."""

    __slots__ = ()


def requests(usage: str) -> Iterator[tuple[int, Row | Broken]]:
    """Yield each line's number, from 1, and its request or why it is none.

    Args:
        usage: A path, or - for stdin. What it is, .csv or .jsonl, tells the name, else its first character.

    Raises:
        Stop: it can't be read, or is a CSV without a header.
    """
    with _opened(usage) as file:
        lines = _lines(file)
        first = next(lines, None)
        if first is None:
            return
        table = usage.endswith(".csv") or not (usage.endswith((".jsonl", ".ndjson")) or first[1][:1] in (b"{", b"["))
        if table:
            yield from _csv(first[1], lines)
            return
        yield first[0], _object(first[1])
        for number, line in lines:
            if line:
                yield number, _object(line)


@contextmanager
def _opened(usage: str) -> Iterator[BinaryIO]:
    if usage == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(usage).open("rb")  # noqa: SIM115 - closed below; only what opening raises is told here
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        raise _unreadable(error) from None
    with file:
        yield file


def _unreadable(error: Exception) -> Stop:
    return Stop(NOTHING_FOUND, f"the log can't be read: {error}", "name a .jsonl or .csv file, or - for stdin")


def _line(file: BinaryIO) -> bytes:
    try:
        return file.readline(MAX_LINE_BYTES)
    except OSError as error:
        raise _unreadable(error) from None


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank with its number; of one that is too long, nothing: it is never held whole."""
    number = 0
    while line := _line(file):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = _line(file)
            yield number, b"\0"
        elif not line.isspace():
            yield number, line


def _object(line: bytes) -> Row | Broken:
    try:
        row = json.loads(line.decode())
    except (ValueError, RecursionError) as error:
        return _too_long(line) or Broken(f"no JSON: {error}")
    return row if isinstance(row, dict) else Broken("no JSON object")


def _too_long(line: bytes) -> Broken | None:
    return Broken(f"longer than {MAX_LINE_BYTES:,} bytes") if line == b"\0" else None


def _csv(head: bytes, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, Row | Broken]]:
    """Yield the rows of a CSV. A line is a row: a quoted line break would let one stray quote swallow the log."""
    try:
        names = [name.strip() for name in next(csv.reader([head.decode("utf-8-sig", "replace")]), [])]
    except csv.Error as error:
        raise Stop(
            NOTHING_FOUND, f"the log begins with no CSV header: {error}", "end its lines in a line feed"
        ) from None
    if "model" not in names:
        columns = "time,model,provider,input_tokens,output_tokens"
        raise Stop(NOTHING_FOUND, "the log has no column named model", f"begin it with a header: {columns}")
    for number, line in lines:
        yield number, _too_long(line) or _record(names, line)


def _record(names: list[str], line: bytes) -> Row | Broken:
    try:
        text = line.decode().rstrip("\r\n")
        cells = next(csv.reader([text])) if '"' in text else text.split(",")
    except (ValueError, csv.Error) as error:
        return Broken(f"no CSV: {error}")
    if len(cells) != len(names):
        return Broken(f"{len(cells)} cells, not {len(names)}")
    # An empty cell is what a JSON line leaves out.
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell}
