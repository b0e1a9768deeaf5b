"""Read a log's bytes, gzip or not, as numbered lines of text, in blocks and in little memory.

A line that is too long is never held in memory. A line that is not UTF-8, or the last line of a file that breaks off,
is the only one lost.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path

from hf_providers.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

BLOCK_BYTES = 1 << 18
MAX_LINE_BYTES = 1 << 20
GZIP, ZSTD, PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Broken(str):
    """The reason why a line can't be read as a request."""

    __slots__ = ()


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a log, - for stdin.

    Raises:
        LogError: it can't be read.
    """
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed below; only what opening raises is told here
    except (OSError, ValueError) as error:  # an impossible file name is a ValueError
        raise _unreadable(error) from None
    with file:
        yield file


def _unreadable(error: Exception) -> LogError:
    # Its own text begins with an error number.
    reason = f"{error.strerror}: {error.filename!r}" if isinstance(error, OSError) and error.strerror else error
    return LogError(f"the log can't be read: {reason}", "name a log of requests, or - for stdin")


class Source:
    """A log's bytes, decompressed.

    Attributes:
        start: The first bytes as they are in the file.
        failure: Why the bytes end before the end of the file.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Look at the first bytes of a file.

        Raises:
            LogError: it can't be read, or is UTF-16.
        """
        try:
            self.start: bytes = file.peek(4)[:4]  # type: ignore[attr-defined] # a BufferedReader
        except OSError as error:
            raise _unreadable(error) from None
        self.failure: Broken | None = None
        self._file = gzip.GzipFile(fileobj=file) if self.start.startswith(GZIP) else file
        self._ahead = self._read().removeprefix(_BOM)
        if self._ahead.startswith(_UTF16):
            raise LogError("the log is UTF-16", "save it as UTF-8: iconv -f UTF-16 -t UTF-8 LOG > LOG.utf8")

    def ahead(self) -> bytes:
        """Return the next bytes without consuming them: up to the end of the first line, unless it is too long."""
        while b"\n" not in self._ahead and len(self._ahead) < MAX_LINE_BYTES and (more := self._read()):
            self._ahead += more
        return self._ahead

    def read(self) -> bytes:
        """Return the next bytes; none at the end."""
        data, self._ahead = self._ahead, b""
        return data or self._read()

    def _read(self) -> bytes:
        try:
            # Not `read`: it buffers, and would lose the bytes read so far when a gzip breaks off.
            return self._file.read1(BLOCK_BYTES)  # type: ignore[union-attr]
        except (EOFError, OSError, zlib.error) as error:
            self.failure = Broken(f"the log can't be read from here on: {error}")
            return b""


def blocks(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Yield blocks of lines without their line feeds, each with the number of its first line, from 1.

    A line, or the rest of the file, that can't be read is yielded as a Broken.
    """
    number, rest = 1, b""
    while data := source.read():
        cut = data.rfind(b"\n")
        if cut >= 0:
            lines = _decoded(rest + data[:cut])
            yield number, lines
            number, rest = number + len(lines), data[cut + 1 :]
        elif len(rest) <= MAX_LINE_BYTES:  # the rest of a longer line is dropped
            rest += data
    if source.failure:  # the last line may be cut, and a cut number is a different number
        yield number, [source.failure]
    elif rest:
        yield number, _decoded(rest)


def _decoded(data: bytes) -> list[str]:
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        lines = [_text(line) for line in data.split(b"\n")]
    if len(data) <= MAX_LINE_BYTES:
        return lines
    return [Broken(f"longer than {MAX_LINE_BYTES:,} bytes") if len(line) > MAX_LINE_BYTES else line for line in lines]


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        return Broken(f"not UTF-8: {error.reason} at byte {error.start + 1}")
