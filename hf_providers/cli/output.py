"""Where and how to print: colour, width, and one listing in each of the four formats."""

from __future__ import annotations

import os
import sys

from hf_providers.cli import table
from hf_providers.documents.listing import document as as_listing
from hf_providers.text import UNKNOWN, clean, fit, for_spreadsheet, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from typing import Any

    from hf_providers.catalog.database import Catalog

STYLES = {"bold": "1", "dim": "2", "green": "32", "yellow": "33", "red": "31", "cyan": "36"}
PIPE_CELLS = 100_000
"""The width of text for a pipe or a file: nothing is cut there."""


class Screen:
    """Where the output goes: how wide it is, and whether it shows colour."""

    def __init__(self, color: str = "auto") -> None:
        terminal = sys.stdout.isatty()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        forced = bool(os.environ.get("FORCE_COLOR"))
        self.color = color == "always" or (color == "auto" and (terminal or forced) and not plain)
        self.cells = _cells(terminal)

    def heading(self, name: str, what: str) -> str:
        """Return a section's heading: its name, and what it holds, as far as there is room."""
        return f"{self.style('bold', name)}   {self.style('dim', fit(what, self.cells - width(name) - 3))}"

    def style(self, name: str, text: str) -> str:
        """Return the text in a style, or as it is where there is no colour."""
        return f"\x1b[{STYLES[name]}m{text}\x1b[0m" if self.color and text else text


def _cells(terminal: bool) -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return max(40, int(given))
    if not terminal:
        return PIPE_CELLS
    try:
        return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
    except OSError:
        return 80


class Field:
    """One column of a listing: its key in JSON and CSV, and how it is shown in a table.

    A field without a column is in JSON and CSV only.
    """

    __slots__ = ("column", "key", "show")

    def __init__(self, key: str, column: table.Column | None = None, show: Callable[[Any], str] | None = None) -> None:
        self.key = key
        self.column = column
        self.show = show or (lambda value: UNKNOWN if value is None else str(value))


def listing(
    args: argparse.Namespace,
    fields: Sequence[Field],
    rows: Sequence[dict[str, Any]],
    catalog: Catalog,
    note: str = "",
    **more: Any,
) -> None:
    """Print rows in the format asked for.

    Args:
        args: The command's arguments.
        fields: The columns.
        rows: Each a value by key.
        catalog: The snapshot, whose age is said below a table.
        note: What a person should know of the rows, below a table.
        more: Further keys of the JSON object.
    """
    if args.format == "json":
        write_json(as_listing([field.key for field in fields], rows, catalog, **more))
    elif args.format == "csv":
        lines = [[row.get(field.key) for field in fields] for row in rows]
        write_csv([field.key for field in fields], lines, raw=args.raw)
    else:
        _write_table(args, fields, rows)
        screen = Screen(args.color)
        print("\n".join(["", *(fit(line, screen.cells) for line in note.splitlines()), footer(screen, catalog)]))


def footer(screen: Screen, catalog: Catalog) -> str:
    """Return the snapshot's time and age: every screen says how old its facts are."""
    checked = catalog.meta()["checked_at"]
    days = catalog.query("SELECT CAST(julianday('now') - julianday(?) AS INTEGER)", (checked,))[0][0]
    age = "today" if days <= 0 else "1 day old" if days == 1 else f"{days} days old"
    told = f"snapshot {checked[:10]} {checked[11:16]} UTC · {age}"
    whole, short = f"{told} · hfp sync for a newer one", f"snapshot {checked[:10]} · {age}"
    fitting = next((text for text in (whole, told) if width(text) <= screen.cells), short)
    return screen.style("dim", fit(fitting, screen.cells))


def _write_table(args: argparse.Namespace, fields: Sequence[Field], rows: Sequence[dict[str, Any]]) -> None:
    shown = [field for field in fields if field.column is not None]
    columns = [field.column for field in shown if field.column is not None]
    cells = [[clean(field.show(row.get(field.key))) for field in shown] for row in rows]
    if args.format == "markdown":
        print("\n".join(table.markdown(columns, cells)))
        return
    screen = Screen(args.color)
    heading, lines = table.lines(columns, cells, screen.cells)
    print("\n".join([screen.style("bold", heading), *lines]))


def write_json(value: object) -> None:
    """Print a value as JSON, indented on a terminal and on one line in a pipe.

    All but ASCII is escaped: the value stays what it is, and neither a terminal nor an encoding can be hurt by it.
    """
    import json

    print(json.dumps(value, indent=2 if sys.stdout.isatty() else None, default=str))


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, raw: bool = False) -> None:
    """Print rows as CSV without control characters; NULL is an empty field, a list or map is JSON.

    Unless `raw`, a text that a spreadsheet would take for a formula begins with '.
    """
    import csv
    import json

    writer = csv.writer(sys.stdout, lineterminator="\n")
    made = clean if raw else lambda text: for_spreadsheet(clean(text))
    writer.writerow(map(made, columns))
    for row in rows:
        nested = [json.dumps(value, default=str) if isinstance(value, list | dict) else value for value in row]
        writer.writerow([made(value) if isinstance(value, str) else value for value in nested])
