"""Shorten answers: the keys and values of `--json`, with fewer rows and fields, in pages of at most 2 KB.

An agent pays for every byte that it reads, and treats an absent value as one that does not matter, so a value that no
source states is written as "unknown".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hf_providers.mcp.errors import NoSuchPage, TooLong

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import AnyRow, JsonObject

IsNothing = Callable[[str, "AnyRow"], bool]
"""Whether a null of this key of this object means that there is nothing, not that it is unknown."""

MOST_BYTES = 2048
"""Of a short answer, as UTF-8."""
UNKNOWN = "unknown"
ROOM_FOR_COUNTS = 60
"""Bytes of a short answer for `too_long` and `next_page`."""
TOO_LONG_LINES = ("the short answer would be longer than 2 KB", "give full=true")


def never(_key: str, _row: AnyRow) -> bool:
    """Return False: a null is unknown."""
    return False


@dataclass(frozen=True)
class Answer:
    """A whole document, and what a short answer has of it.

    Attributes:
        document: What `--json` prints.
        rows: The key of its list.
        columns: The keys of a row that a short answer has.
        head: The document's other keys that a short answer has, each with the keys of its object, or None for all.
        is_nothing: Which nulls say that there is nothing: they stay null, as `--json` has them.
    """

    document: AnyRow
    rows: str
    columns: Sequence[str]
    head: Mapping[str, Sequence[str] | None]
    is_nothing: IsNothing = never

    def text(self, page: int, full: bool) -> str:
        """Return the answer as JSON: whole, or the page of the short one.

        Raises:
            NoSuchPage: there are fewer pages; the hint says how many.
            TooLong: the keys beside the rows, or each row, are too long for a page.
        """
        return _compact(self.document if full else self.short(page))

    def short(self, page: int) -> JsonObject:
        """Return a page of the short answer, with `next_page` where there is one.

        A row too long for a page is counted as `too_long`.
        """
        head = {key: _only(self.document.get(key), kept) for key, kept in self.head.items()}
        snapshot = self.document["snapshot"]
        head["snapshot"] = {name: snapshot[name] for name in ("checked_at", "recent_since") if name in snapshot}
        head = _spelt(head, self.is_nothing)
        room = MOST_BYTES - _size(head) - len(self.rows) - ROOM_FOR_COUNTS
        rows = [_spelt(_only(row, self.columns), self.is_nothing) for row in self.document[self.rows]]
        held = [row for row in rows if _size(row) < room]
        if room < 0 or (rows and not held):
            raise TooLong(*TOO_LONG_LINES)
        pages = _pages(held, room)
        if not 1 <= page <= len(pages):
            last = "1" if len(pages) == 1 else f"1 to {len(pages)}"
            raise NoSuchPage(f"there is no page {page}", f"give page {last}")
        counts = {"too_long": len(rows) - len(held), "next_page": page + 1 if page < len(pages) else 0}
        return {**head, self.rows: pages[page - 1], **{key: count for key, count in counts.items() if count}}


def _pages(rows: list[JsonObject], most_bytes: int) -> list[list[JsonObject]]:
    """Return the rows, none of them larger than a page, in pages of at most so many bytes."""
    pages: list[list[JsonObject]] = [[]]
    left = most_bytes
    for row in rows:
        size = _size(row) + 1
        if size > left:
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


def _spelt(value: Any, is_nothing: IsNothing = never) -> Any:
    """Return a value whose nulls mean nothing there; unknown values become "unknown"."""
    if isinstance(value, dict):
        return {
            key: None if item is None and is_nothing(key, value) else _spelt(item, is_nothing)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_spelt(item, is_nothing) for item in value]
    return UNKNOWN if value is None else value


def spelt_text(value: AnyRow) -> str:
    """Return an object as short JSON, its nulls as "unknown".

    Raises:
        TooLong: it is.
    """
    spelt = _spelt(value)
    if _size(spelt) > MOST_BYTES:
        raise TooLong(*TOO_LONG_LINES)
    return _compact(spelt)


def whole_text(value: AnyRow) -> str:
    """Return an object as JSON, as `--json` has it."""
    return _compact(value)


def _size(value: Any) -> int:
    return len(_compact(value).encode())


def _compact(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))
