"""Read rows from JSON: a value a line, or one document that spans lines (an array, or a page with one), as a stream."""

from __future__ import annotations

import codecs
import json
import re

from hf_providers.billing.lines import MAX_LINE_BYTES, Broken, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Row = dict[str, Any]

_LISTS = ("data", "results", "items", "rows", "requests")
_SHARED = ("start_time", "end_time", "start_time_iso", "end_time_iso")
"""What a bucket says of all its results: OpenAI's usage export."""
_HEAD = re.compile(r'\s*\{[^\[\]]*?"(?:' + "|".join(_LISTS) + r')"\s*:\s*\[')
_START = re.compile(r"\s*\[?")
_BETWEEN = re.compile(r"[\s,]*")
_NEXT = re.compile(r"\}\s*,?\s*(?=\{)|\n(?=\s*\{)")
_DECODER = json.JSONDecoder()


def is_document(first_line: str) -> bool:
    """Return whether a log that begins with this line is one JSON document, not JSON Lines."""
    text = first_line.strip()
    if text.startswith("["):
        return True
    return text.endswith(("{", "[", ",")) or (_HEAD.match(text) is not None and not _is_json(text))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def line_rows(line: str) -> Iterator[Row | Broken]:
    """Yield the rows of one line of JSON Lines: one, those of a page of them, or why it is none."""
    if isinstance(line, Broken):
        yield line
        return
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield Broken(f"no JSON: {error}")
        return
    yield from rows_of(value)


def rows_of(value: object) -> Iterator[Row | Broken]:
    """Yield the rows of a JSON value: an object is one, or a page or a bucket that holds several."""
    if not isinstance(value, dict):
        yield Broken("no JSON object")
        return
    held = None if "model" in value else next((value[name] for name in _LISTS if name in value), None)
    if not isinstance(held, list):
        yield value
        return
    shared = {key: value[key] for key in _SHARED if key in value}
    for one in held:
        if isinstance(one, dict) and "results" in one:
            yield from rows_of(one)
        else:
            yield shared | one if isinstance(one, dict) else Broken("no JSON object")


def document_rows(source: Source) -> Iterator[tuple[int, Row | Broken]]:
    """Yield the rows of a JSON document that spans lines, each with the number of the line on which it begins.

    What is no JSON costs itself alone, as long as what follows it can be found.
    """
    text = _Text(source)
    head = _HEAD.match(text.buffer)
    text.drop(head.end()) if head else text.skip(_START)
    while True:
        text.skip(_BETWEEN)
        if not text.fill(1) or text.buffer.startswith("]", text.at):
            break
        line, value = text.line, text.value()
        if isinstance(value, Broken):
            yield line, value
            if not text.resync():
                break
        else:
            for row in rows_of(value):
                yield line, row
    if source.failure:
        yield text.line, source.failure


class _Text:
    """The text of a document: what was read and not used yet begins at `at`, on the line `line`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.buffer, self.at, self.line = "", 0, 1
        self.fill(1)

    def fill(self, size: int) -> bool:
        """Read on until so many characters are ahead; return whether they are."""
        while len(self.buffer) - self.at < size:
            data = self._source.read()
            if not data:
                return False
            self.buffer = self.buffer[self.at :] + self._decoder.decode(data)
            self.at = 0
        return True

    def drop(self, to: int) -> None:
        """Go on at a place of the buffer."""
        self.line += self.buffer.count("\n", self.at, to)
        self.at = to

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Pass over what a pattern matches here, however far that goes."""
        while self.fill(1):
            match = pattern.match(self.buffer, self.at)
            end = match.end() if match else self.at
            self.drop(end)
            if end < len(self.buffer):
                return

    def value(self) -> Any:
        """Return the JSON value that begins here, or why it is none."""
        size = 1
        while True:
            whole = not self.fill(size)
            try:
                value, end = _DECODER.raw_decode(self.buffer, self.at)
            except (ValueError, RecursionError) as error:
                if whole or size > MAX_LINE_BYTES or isinstance(error, RecursionError):
                    return Broken(f"no JSON: {str(error).partition(':')[0]}")
                size = 2 * (len(self.buffer) - self.at) + 1
            else:
                self.drop(end)
                return value

    def resync(self) -> bool:
        """Go on where the next object begins; return whether there is one."""
        self.drop(self.at + 1)
        while self.fill(1):
            match = _NEXT.search(self.buffer, self.at)
            if match is not None:
                self.drop(match.end())
                return True
            end = len(self.buffer)
            if not self.fill(end - self.at + 1):
                return False
            if end > MAX_LINE_BYTES:
                self.drop(len(self.buffer) - 1)
        return False
