"""Read JSON with SQLite, or by hand where it is simple: importing json takes longer than an answer's own work."""

from __future__ import annotations

try:  # sqlite3 without its adapters of dates, which nothing here uses: importing datetime takes 1/15 of an answer
    import _sqlite3 as sqlite
except ImportError:  # another Python than CPython
    import sqlite3 as sqlite  # type: ignore[no-redef]

__all__ = ["manifest_text", "read_json", "sqlite", "typed_value"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read_json(sql: str, **texts: str) -> list[tuple[Any, ...]]:
    """Return what a statement selects from JSON texts, which are its parameters.

    Raises:
        ValueError: the text is no JSON, or the values are not what the statement expects.
    """
    connection = sqlite.connect(":memory:")
    try:
        return connection.execute(sql, texts).fetchall()
    except sqlite.Error as error:
        raise ValueError(str(error)) from None
    finally:
        connection.close()


def manifest_text(manifest: str) -> str:
    """Return a manifest's text, as far as it may be read."""
    with open(manifest, "rb") as file:  # noqa: PTH123
        return file.read(16 << 20).decode("utf-8", "replace")


def typed_value(value: Any, kind: str) -> Any:
    """Return the value of a BOOLEAN or JSON column as Python's own.

    Raises:
        ValueError: it is no JSON.
    """
    if kind == "BOOLEAN":
        return bool(value)
    plain = _counts(value) or _names(value)
    if plain:
        return plain
    import json

    return json.loads(value)


def _names(text: str) -> list[str] | None:
    """Return a JSON list of plain names, such as ["eu"]; None for anything else: see `_counts`."""
    if not text.startswith('["') or not text.endswith('"]') or "\\" in text:
        return None
    names = text[2:-2].split('", "')
    return names if not any('"' in name for name in names) else None


def _counts(text: str) -> dict[str, int] | None:
    """Return a JSON object of whole numbers, such as {"all": 35136}; None for anything else.

    On the way to every answer, where importing json costs more than all the rest of reading a row.
    """
    if not text.startswith('{"') or not text.endswith("}") or "\\" in text:
        return None
    counts = {}
    for pair in text[1:-1].split(", "):
        name, _, number = pair.rpartition(": ")
        if name.count('"') != 2 or name[:1] != '"' or name[-1:] != '"' or not number.isdecimal():
            return None
        counts[name[1:-1]] = int(number)
    return counts
