"""The queries of `queries/`: each file's SELECT, and the description in its leading comment.

The comment is the only place where a view is described: its question, `Grain:`, `Parameters:` with an
`Example:` of a call, and `Columns:`. A column written `a, b: as in offers` has the schema's description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hf_providers.catalog.schema import TABLES
from pipeline.errors import QueryError

QUERIES: Final = Path(__file__).resolve().parents[2] / "queries"
_ENTRY: Final = re.compile(r"(?P<names>[$\w, ]+?)(?: \[(?P<unit>[^]]+)\])?: (?P<text>.+)")
_ARGUMENT: Final = re.compile(r"(\w+) := ('[^']*'|[\d.]+)")
_SAME: Final = re.compile(r"as in (\w+)")


@dataclass(frozen=True, slots=True)
class Described:
    """A column or parameter of a query: its name, what it means, its unit where it has one."""

    name: str
    text: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """One query: its question, what one row stands for, its parameters and its columns."""

    name: str
    question: str
    notes: str
    grain: str
    parameters: tuple[Described, ...]
    columns: tuple[Described, ...]
    sql: str
    example: str
    """A call with arguments that give rows; empty where it has no parameters."""

    @property
    def arguments(self) -> dict[str, str]:
        """The example's arguments as SQL literals, by parameter."""
        return dict(_ARGUMENT.findall(self.example))


def read_all(folder: Path = QUERIES) -> list[Query]:
    """Return every query of a folder, by name."""
    return [read(path) for path in sorted(folder.glob("*.sql"))]


def read(path: Path) -> Query:
    """Return a query with the description in its comment.

    Raises:
        QueryError: the comment lacks a part, or an entry can't be understood.
    """
    sql = path.read_text(encoding="utf-8")
    lines = [line.removeprefix("--").rstrip() for line in sql.partition("SELECT")[0].splitlines() if line[:2] == "--"]
    text, parts = _split(lines)
    if not text or not parts["Grain"] or not parts["Columns"]:
        raise QueryError(f"{path.name} lacks a question, Grain or Columns", "describe it like the other queries")
    example = " ".join(parts["Example"])
    if parts["Parameters"] and not example:
        raise QueryError(f"{path.name} has parameters and no Example", "write 'Example: NAME(PARAMETER := VALUE)'")
    question, mark, notes = text.partition("? ")
    try:
        parameters = tuple(_described(parts["Parameters"]))
        columns = tuple(_described(parts["Columns"]))
    except ValueError as error:
        raise QueryError(
            f"{path.name}: {error}", "write 'name [unit]: what it means', or 'name: as in TABLE'"
        ) from None
    return Query(path.stem, question + mark.strip(), notes, " ".join(parts["Grain"]), parameters, columns, sql, example)


def _split(lines: list[str]) -> tuple[str, dict[str, list[str]]]:
    """Return the text before the first part, and the entries of each part, their continuation lines joined."""
    parts: dict[str, list[str]] = {"": [], "Grain": [], "Parameters": [], "Example": [], "Columns": []}
    current = ""
    for line in lines:
        head, colon, rest = line.strip().partition(":")
        if colon and head in parts:
            current, line = head, f"   {rest.strip()}"  # noqa: PLW2901 - what is left of the line is the part's first entry
        if line.startswith("   ") and not line.startswith("    ") and line.strip():
            parts[current].append(line.strip())
        elif line.strip() and current and parts[current]:
            parts[current][-1] += f" {line.strip()}"
        elif line.strip():
            parts[""].append(line.strip())
    return " ".join(parts[""]), parts


def _described(entries: list[str]) -> Iterator[Described]:
    for entry in entries:
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise ValueError(f"{entry!r} is not understood")
        for name in match["names"].split(","):
            yield _column(name.strip().removeprefix("$"), match["text"], match["unit"])


def _column(name: str, text: str, unit: str | None) -> Described:
    same = _SAME.fullmatch(text)
    if same is None:
        return Described(name, text[0].upper() + text[1:], unit)
    table = TABLES.get(same[1])
    published = next((column for column in table.columns if column.name == name), None) if table else None
    if published is None:
        raise ValueError(f"{same[1]} has no column {name}")
    return Described(name, published.description, published.unit)
