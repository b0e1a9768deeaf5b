"""Short answers: the keys and values of `--json`, with fewer rows and fields, in pages of at most 2 KB.

An agent pays for every byte that it reads, and takes an absent value for one that does not matter: so what no source
states stands as "unknown".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hf_providers.mcp.errors import NoSuchPage

Row = dict[str, Any]

MOST_BYTES = 2048
"""Of a short answer, as UTF-8."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """A whole document, and what a short answer has of it.

    Attributes:
        document: What `--json` prints.
        rows: The key of its list.
        columns: The keys of a row that a short answer has.
        head: The document's other keys that a short answer has, each with the keys of its object, or None for all.
        null_is_unknown: Whether a null of a row is something unknown; else there is nothing, and its key is left out.
    """

    document: Row
    rows: str
    columns: Sequence[str]
    head: Mapping[str, Sequence[str] | None]
    null_is_unknown: bool = True

    def text(self, page: int, full: bool) -> str:
        """Return the answer as JSON: whole, or the page of the short one.

        Raises:
            NoSuchPage: there are fewer pages; the hint says how many.
        """
        return _compact(self.document if full else self.short(page))

    def short(self, page: int) -> Row:
        """Return a page of the short answer, with `next_page` where there is one."""
        head = {key: _only(self.document.get(key), kept) for key, kept in self.head.items()}
        head["snapshot"] = {"checked_at": self.document["snapshot"]["checked_at"]}
        rows = [self._row(row) for row in self.document[self.rows]]
        pages = _pages(rows, MOST_BYTES - len(_compact(_spelt(head)).encode()) - len(self.rows) - 40)
        if not 1 <= page <= len(pages):
            last = "1" if len(pages) == 1 else f"1 to {len(pages)}"
            raise NoSuchPage(f"there is no page {page}", f"give page {last}")
        more = {"next_page": page + 1} if page < len(pages) else {}
        return {**_spelt(head), self.rows: pages[page - 1], **more}

    def _row(self, row: Row) -> Row:
        kept = _only(row, self.columns)
        if self.null_is_unknown:
            kept = _spelt(kept)
        return {key: value for key, value in kept.items() if value is not None}


def _pages(rows: list[Row], most_bytes: int) -> list[list[Row]]:
    """Return the rows in pages of at most so many bytes, and of one row at least."""
    pages: list[list[Row]] = [[]]
    left = most_bytes
    for row in rows:
        size = len(_compact(row).encode()) + 1
        if size > left and pages[-1]:
            pages.append([])
            left = most_bytes
        pages[-1].append(row)
        left -= size
    return pages


def _only(value: Any, keys: Sequence[str] | None) -> Any:
    """Return an object with some of its keys; anything else as it is."""
    if keys is None or not isinstance(value, dict):
        return value
    return {key: value[key] for key in keys if key in value}


def _spelt(value: Any) -> Any:
    """Return a value in which nothing is null."""
    if isinstance(value, dict):
        return {key: _spelt(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelt(item) for item in value]
    return UNKNOWN if value is None else value


def spelt_text(value: Row) -> str:
    """Return an object as short JSON, its nulls as "unknown"."""
    return _compact(_spelt(value))


def whole_text(value: Row) -> str:
    """Return an object as JSON, as `--json` has it."""
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
