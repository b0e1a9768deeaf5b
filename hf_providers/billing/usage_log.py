"""Open a usage log of any form, and read its rows one at a time, however long it is.

JSON Lines, JSON arrays and pages, tables with commas, tabs or semicolons, each plain or gzip; zstd and Parquet through
DuckDB. The content decides the form, not the name.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import NamedTuple

from hf_providers.billing.delimited_rows import table_rows
from hf_providers.billing.json_rows import document_rows, is_document, line_rows
from hf_providers.billing.lines import PARQUET, ZSTD, Broken, Source, blocks, opened
from hf_providers.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from hf_providers.billing.bill_types import LogRow

__all__ = ["Broken", "Log", "LogError", "open_log", "rows"]


class Log(NamedTuple):
    """An open log: its kind (`lines` of JSON, JSON `document`, `table` or `parquet`), its path and its content."""

    kind: str
    path: str
    source: Source


@contextmanager
def open_log(path: str) -> Iterator[Log]:
    """Open a log, - for stdin.

    Raises:
        LogError: it can't be read.
    """
    with opened(path) as file:
        source = Source(file)
        if source.start.startswith(ZSTD):
            from hf_providers.billing.duckdb_log import unpacked

            with unpacked(path) as plain:
                yield _log(path, Source(plain))
        elif source.start.startswith(PARQUET):
            yield Log("parquet", path, source)
        else:
            yield _log(path, source)


def _log(path: str, source: Source) -> Log:
    text = source.ahead().decode(errors="replace").lstrip()
    first, _, rest = text.partition("\n")
    # JSON of a rotated log may begin in the middle of a line; the next line is complete.
    is_json = text.startswith(("{", "[")) or rest.lstrip().startswith("{")
    if not is_json and not path.endswith((".jsonl", ".ndjson", ".json")):
        return Log("table", path, source)
    return Log("document" if is_document(first) else "lines", path, source)


def rows(log: Log) -> Iterator[tuple[int, LogRow | Broken]]:
    """Yield each row with its line number, from 1, or why it can't be read; of Parquet, its row number.

    Raises:
        LogError: it is a table without a header.
    """
    if log.kind == "parquet":
        from hf_providers.billing.duckdb_log import parquet_rows

        return parquet_rows(log.path)
    if log.kind == "document":
        return document_rows(log.source)
    if log.kind == "table":
        return table_rows(blocks(log.source))
    return (
        (number, row)
        for first, lines in blocks(log.source)
        for number, line in enumerate(lines, first)
        if line and not line.isspace()
        for row in line_rows(line)
    )
