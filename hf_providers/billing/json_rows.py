"""Read rows from JSON: a value a line, or one document that spans lines (an array, or a page with one), as a stream."""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal
from typing import Any

from hf_providers.billing.lines import MAX_LINE_BYTES, Broken, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from hf_providers.billing.bill_types import LogRow

_LISTS = ("data", "results", "items", "rows", "requests")
HEAD_CHARACTERS = 1 << 12
"""How far from the page's beginning, or from the end of its list, its keys are searched."""
TAIL_CHARACTERS = 1 << 10
_SHARED = ("start_time", "end_time", "start_time_iso", "end_time_iso")
"""The keys of a bucket that apply to all its results, as in OpenAI's usage export."""
_HEAD = re.compile(r'\s*\{[^\[\]]*?"(?:' + "|".join(_LISTS) + r')"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
_NEXT = re.compile(r"\}\s*,?\s*(?=\{)|\n(?=\s*\{)")
_REST = re.compile(r'\s*(?:,\s*"((?:[^"\\]|\\.)*)"\s*:\s*|\})')


class Repeated(dict[str, Any]):
    """An object with a repeated key, whose name is `name`."""

    name: str


def _object(pairs: list[tuple[str, Any]]) -> LogRow:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    twice = Repeated(value)
    names = [name for name, _ in pairs]
    twice.name = next(name for name in names if names.count(name) > 1)
    return twice


def number(text: str) -> Decimal:
    """Return a JSON number with a fraction or an exponent, exactly: a float would make 1e-400 a 0.

    Raises:
        ValueError: its exponent is beyond any number.
    """
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{text[:40]} is not a number") from None


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=number)


def is_document(first_line: str) -> bool:
    """Return whether a log that begins with this line is JSON that spans lines, not JSON Lines."""
    text = first_line.strip()
    if text.startswith("["):
        return True
    return text.endswith(("{", "[", ",")) or (_HEAD.match(text) is not None and not _is_json(text))


def _is_json(text: str) -> bool:
    try:
        _DECODER.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def object_in(text: str) -> LogRow | None:
    """Return the JSON object in a text; None if it is not one."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def line_rows(line: str) -> Iterator[LogRow | Broken]:
    """Yield the rows of one line of JSON Lines: one, those of a page, or why it can't be read."""
    if isinstance(line, Broken):
        yield line
        return
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        yield Broken(f"not JSON: {error}")
        return
    yield from rows_of(value)


def rows_of(value: object, shared: LogRow | None = None) -> Iterator[LogRow | Broken]:
    """Yield the rows of a JSON value: an object is one, or a page or a bucket that holds several.

    Args:
        value: The value.
        shared: What the page around the value says of all its rows; None without a page.
    """
    try:
        yield from _rows_of(value) if shared is None else _held_rows(value, shared)
    except RecursionError:
        yield Broken("pages hold each other too deep")


def _rows_of(value: object) -> Iterator[LogRow | Broken]:
    if not isinstance(value, dict):
        yield Broken("not a JSON object")
        return
    if isinstance(value, Repeated):
        yield _broken_by(value)
        return
    held = None if "model" in value else next((value[name] for name in _LISTS if name in value), None)
    if isinstance(held, dict):  # a page of one, as OpenRouter answers for a generation
        yield from _rows_of(held)
        return
    if not isinstance(held, list):
        yield value
        return
    shared = {key: value[key] for key in _SHARED if key in value}
    for one in held:
        yield from _held_rows(one, shared)


def _held_rows(value: object, shared: LogRow) -> Iterator[LogRow | Broken]:
    """Yield the rows of a value in a page or a bucket; `shared` applies to all of them."""
    if isinstance(value, dict) and "results" in value:
        yield from _rows_of(value)
    elif isinstance(value, dict) and not isinstance(value, Repeated):
        yield shared | value
    else:
        yield _broken_by(value) if isinstance(value, Repeated) else Broken("not a JSON object")


def _broken_by(twice: Repeated) -> Broken:
    return Broken(f"two keys are named {twice.name[:40]}")


def document_rows(source: Source) -> Iterator[tuple[int, LogRow | Broken]]:
    """Yield the rows of JSON that spans lines, each with the number of the line on which it begins.

    It is arrays, pages or objects, one after the other. Invalid JSON breaks only itself, as long as the next value can
    be found.
    """
    text = _Text(source)
    open_lists: list[LogRow | None] = []
    while text.ahead():
        line = text.line
        passed = _pass_bracket(text, open_lists)
        if isinstance(passed, Broken):
            yield line, passed
        if passed:
            continue
        value = text.value()
        if isinstance(value, Broken):
            yield line, value
            continue
        shared = open_lists[-1] if open_lists else None
        for row in rows_of(value, shared):
            yield line, row
    if source.failure:
        yield text.line, source.failure
    elif open_lists and not text.lost:
        yield text.line, Broken("it ends early: a ] is missing")


def _pass_bracket(text: _Text, open_lists: list[LogRow | None]) -> Broken | bool:
    """Skip the beginning or the end of a list of rows; return whether there is one here, or what is wrong with it.

    Args:
        text: The text.
        open_lists: For each open list what its page says of all its rows; None without a page.
    """
    sign = text.buffer[text.at]
    if sign == "[":
        open_lists.append(None)
        text.drop(text.at + 1)
    elif sign == "]" and open_lists:
        text.drop(text.at + 1)
        if open_lists.pop() is not None:
            return text.skip_rest_of_page() or True
    elif not open_lists and (page := text.head()) is not None:
        open_lists.append(page)
    else:
        return False
    return True


def _is_utf8(text: str) -> bool:
    """Return whether all of a text was decoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Text:
    """The text of a document: what was read and not used yet begins at `at`, on the line `line`.

    Attributes:
        lost: Whether the end was reached in search of what follows something that is no JSON.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.buffer, self.at, self.line, self.lost = "", 0, 1, False
        self.fill(1)

    def fill(self, size: int) -> bool:
        """Read until this many characters are ahead; return whether they are."""
        while len(self.buffer) - self.at < size:
            data = self._source.read()
            if not data:
                return False
            self.buffer = self.buffer[self.at :] + self._decoder.decode(data)
            self.at = 0
        return True

    def drop(self, to: int) -> None:
        """Continue at a position of the buffer."""
        self.line += self.buffer.count("\n", self.at, to)
        self.at = to

    def ahead(self) -> bool:
        """Skip spaces and commas; return whether anything follows."""
        while self.fill(1):
            match = _BETWEEN.match(self.buffer, self.at)
            self.drop(match.end() if match else self.at)
            if self.at < len(self.buffer):
                return True
        return False

    def head(self) -> LogRow | None:
        """Skip the beginning of a page up to its list; return what it says of all rows, None if it is not a page."""
        self.fill(HEAD_CHARACTERS)
        match = _HEAD.match(self.buffer, self.at, self.at + HEAD_CHARACTERS)
        page = None if match is None else object_in(self.buffer[self.at : match.end()] + "]}")
        if match is None or page is None or isinstance(page, Repeated) or "model" in page:
            return None
        self.drop(match.end())
        return {key: page[key] for key in _SHARED if key in page}

    def skip_rest_of_page(self) -> Broken | None:
        """Skip the rest of a page after its list, as far as it is JSON; return which rows in it are lost."""
        lost = None
        while self.fill(HEAD_CHARACTERS) or self.fill(1):
            match = _REST.match(self.buffer, self.at)
            if match is None:
                break
            self.drop(match.end())
            if match.group(1) is None:
                break
            value = self.value()
            if isinstance(value, Broken):
                return value
            if match.group(1) in _LISTS and isinstance(value, list) and value:
                lost = Broken(f"a page with a second list, {match.group(1)}")
        return lost

    def value(self) -> Any:
        """Return the JSON value that begins here, or why it is invalid; then continue at the next object."""
        size = 1
        while True:
            whole = not self.fill(size)
            try:
                value, end = _DECODER.raw_decode(self.buffer, self.at)
            except (ValueError, RecursionError) as error:
                if whole or size > MAX_LINE_BYTES or isinstance(error, RecursionError):
                    self._resync()
                    if not whole and size > MAX_LINE_BYTES:
                        return Broken(f"longer than {MAX_LINE_BYTES:,} characters")
                    return Broken(f"not JSON: {str(error).partition(':')[0]}")
                size = 2 * (len(self.buffer) - self.at) + 1
            else:
                text = self.buffer[self.at : end]
                self.drop(end)
                return value if text.isascii() or _is_utf8(text) else Broken("not UTF-8")

    def _resync(self) -> None:
        self.drop(self.at + 1)
        while self.fill(1):
            match = _NEXT.search(self.buffer, self.at)
            if match is not None:
                self.drop(match.end())
                return
            # Drop the searched text, but for a brace that ends an object and what may follow it.
            self.drop(max(self.at, len(self.buffer) - TAIL_CHARACTERS))
            if not self.fill(len(self.buffer) - self.at + 1):
                break
        self.drop(len(self.buffer))
        self.lost = True
