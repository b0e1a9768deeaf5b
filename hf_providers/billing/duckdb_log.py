"""Read with DuckDB: Parquet, and text compressed with zstd."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hf_providers.billing.lines import MAX_LINE_BYTES
from hf_providers.billing.zstd_frames import is_whole
from hf_providers.errors import LogError, install_hint

if TYPE_CHECKING:
    import duckdb

    from hf_providers.billing.bill_types import LogRow

BATCH = 5_000
_UNPACKED = (
    "SELECT line FROM read_csv($path, columns = {'line': 'VARCHAR'}, header = false, auto_detect = false,"
    " delim = e'\\x01', quote = '', escape = '', compression = 'zstd', strict_mode = false, max_line_size = $size)"
)
"""Each line as one cell: no line of a log has the delimiter."""


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection to DuckDB, in UTC.

    Raises:
        LogError: it is not installed.
    """
    try:
        import duckdb
    except ImportError:
        raise LogError("Parquet and zstd are read by DuckDB", install_hint("sql")) from None
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@contextmanager
def reading(path: str, hint: str = "see whether DuckDB reads it") -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection for a file; turn DuckDB's errors into a LogError.

    Raises:
        LogError: DuckDB is not installed, or the file can't be read.
    """
    if path == "-":
        raise LogError("Parquet and zstd can't be read from stdin", "name the file")
    connection = connect()
    import duckdb

    try:
        yield connection
    except duckdb.Error as error:
        what = str(error).splitlines()[0][:200]
        raise LogError(f"the log can't be read: {what}", hint) from None
    finally:
        connection.close()


class _Lines(io.RawIOBase):
    """The lines of a query's answer as a file's bytes.

    If the file ends early, reading past its last, unfinished line raises EOFError.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, whole: bool) -> None:
        self._connection = connection
        self._whole = whole
        self._ahead = self._between = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._ahead:
            lines = self._connection.fetchmany(BATCH)
            if not lines and not self._whole:
                raise EOFError("the zstd ends early")
            if lines:
                self._ahead = self._between + "\n".join(line or "" for (line,) in lines).encode()
                self._between = b"\n"
        size = min(len(buffer), len(self._ahead))
        buffer[:size], self._ahead = self._ahead[:size], self._ahead[size:]
        return size


@contextmanager
def unpacked(path: str) -> Iterator[io.BufferedReader]:
    """Open the text of a file compressed with zstd.

    Raises:
        LogError: DuckDB is not installed, or the file can't be read.
    """
    with reading(path, "unpack it and bill that: zstd -d LOG") as connection:
        connection.execute(_UNPACKED, {"path": path, "size": MAX_LINE_BYTES * 2})
        yield io.BufferedReader(_Lines(connection, whole=is_whole(path)), BATCH * 64)


def parquet_rows(path: str) -> Iterator[tuple[int, LogRow]]:
    """Yield each row of a Parquet file with its number, from 1.

    Raises:
        LogError: DuckDB is not installed, or the file can't be read.
    """
    with reading(path) as connection:
        yield from fetched(connection.execute("SELECT * FROM read_parquet($path)", {"path": path}))


def fetched(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, LogRow]]:
    """Yield the rows of a query's answer with their numbers, from 1."""
    names = [column[0] for column in connection.description or []]
    number = 0
    while batch := connection.fetchmany(BATCH):
        for values in batch:
            number += 1
            yield number, {name: _plain(value) for name, value in zip(names, values, strict=True)}


def _plain(value: Any) -> Any:
    """Return a value as JSON would have it; times stay."""
    return str(value) if isinstance(value, Decimal) or type(value) is date else value


def columns(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, str]:
    """Return the columns of a Parquet file with their types."""
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet($path)", {"path": path}).fetchall()
    return {row[0]: row[1] for row in described}
