"""Print a listing in each of the four formats, and find out the width and colour of the output."""

from __future__ import annotations

import os
import sys

from hf_providers.catalog.locate import cache_folder, ignored
from hf_providers.cli import table
from hf_providers.sync.address import address, host
from hf_providers.text import UNKNOWN, clean, fit, folded, for_spreadsheet, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import AnyRow
    from hf_providers.cli.option_types import OutputOptions

STYLES = {"bold": "1", "dim": "2", "green": "32", "yellow": "33", "red": "31", "cyan": "36"}
YELLOW_DAYS, RED_DAYS = 3, 30
"""The ages in days from which facts are shown in yellow, and in red."""
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
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return max(40, int(columns))
    if not terminal:
        return PIPE_CELLS
    try:
        return max(40, os.get_terminal_size(sys.stdout.fileno()).columns)
    except OSError:
        return 80


class Field:
    """One column of a listing: its key in JSON and CSV, and how it is shown in a table.

    A field without a column is in JSON and CSV only; `of` takes the row, where the value alone says too little.
    """

    __slots__ = ("column", "key", "of", "show")

    def __init__(
        self,
        key: str,
        column: table.Column | None = None,
        show: Callable[[Any], str] | None = None,
        of: Callable[[AnyRow], str] | None = None,
    ) -> None:
        self.key = key
        self.column = column
        self.show = show or (lambda value: UNKNOWN if value is None else str(value))
        self.of = of or (lambda row: self.show(row.get(self.key)))


def listing(
    options: OutputOptions,
    fields: Sequence[Field],
    rows: Sequence[AnyRow],
    catalog: Catalog,
    note: str = "",
    **more: Any,
) -> None:
    """Print rows in the format asked for.

    Args:
        options: The command's options.
        fields: The columns.
        rows: Each a value by key.
        catalog: The snapshot, whose age is said below a table.
        note: What a person should know of the rows, below a table.
        more: Further keys of the JSON object.
    """
    if options.format == "json":
        from hf_providers.documents.listing import document as as_listing

        write_json(as_listing([field.key for field in fields], rows, catalog, **more))
    elif options.format == "csv":
        lines = [[row.get(field.key) for field in fields] for row in rows]
        write_csv([field.key for field in fields], lines, raw=options.raw)
    else:
        _write_table(options, fields, rows)
        screen = Screen(options.color)
        notes = [part for line in note.splitlines() for part in folded(line, screen.cells)]
        print("\n".join(["", *notes, footer(screen, catalog)]))


def footer(screen: Screen, catalog: Catalog) -> str:
    """Return the snapshot's time and age, and how to get a newer one, for the end of every screen."""
    checked = catalog.meta()["checked_at"]
    age, style = _age(catalog, checked)
    line = f"snapshot {checked[:10]} {checked[11:16]} UTC · {age}"
    newer, folder = f"{line} · newer: hfp sync", cache_folder(os.environ)
    url = address(folder, os.environ)
    whole = f"{newer} (from {clean(host(url))})" if url else f"{newer} --from URL"
    fitting = next(
        (text for text in (whole, newer, line) if width(text) <= screen.cells), f"snapshot {checked[:10]} · {age}"
    )
    before, _, after = fit(fitting, screen.cells).partition(age)
    lines = ["".join((screen.style("dim", before), screen.style(style, age), screen.style("dim", after)))]
    if ignored(catalog.path, os.environ):
        warning = f"an older synced snapshot is not used: {folder}"
        lines.append(screen.style("dim", fit(warning, screen.cells)))
    return "\n".join(lines)


def as_of(screen: Screen, catalog: Catalog, title: str = "") -> str:
    """Return a heading with the day and age of the snapshot's facts beside it, or below where there is no room."""
    checked = catalog.meta()["checked_at"]
    age, style = _age(catalog, checked)
    dated = f"as of {checked[:10]}, {age}"
    fits = width(title) + 3 + width(dated) <= screen.cells
    gap = "" if not title else "   " if fits else "\n"
    return f"{screen.style('bold', title)}{gap}{screen.style(style, dated)}"


def _age(catalog: Catalog, checked_at: str) -> tuple[str, str]:
    """Return in words how old facts of this time are, and the style that shows it."""
    days = catalog.query("SELECT CAST(julianday('now') - julianday(?) AS INTEGER)", (checked_at,))[0][0]
    words = "today" if days <= 0 else "1 day old" if days == 1 else f"{days:,} days old"
    return words, "red" if days >= RED_DAYS else "yellow" if days >= YELLOW_DAYS else "dim"


def _write_table(options: OutputOptions, fields: Sequence[Field], rows: Sequence[AnyRow]) -> None:
    shown = [field for field in fields if field.column is not None]
    columns = [field.column for field in shown if field.column is not None]
    cells = [[clean(field.of(row)) for field in shown] for row in rows]
    if options.format == "markdown":
        print("\n".join(table.markdown(columns, cells)))
        return
    screen = Screen(options.color)
    heading, lines = table.lines(columns, cells, screen.cells)
    print("\n".join([screen.style("bold", heading), *lines]))


def write_json(value: object) -> None:
    """Print a value as JSON, indented on a terminal and on one line in a pipe.

    Everything but ASCII is escaped, so that no terminal or encoding can break it.
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
