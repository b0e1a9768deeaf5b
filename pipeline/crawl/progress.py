"""How a crawl goes, for people: bars on a terminal, otherwise one summary line a provider. All of it on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from pipeline.crawl.source_result import SourceResult


def summary(source_result: SourceResult) -> str:
    """Return one line: the requests, the records, and the result."""
    name = " ".join(filter(None, (source_result.source, source_result.provider)))
    counts = (
        f"{source_result.records} records, {source_result.tally.requests} requests, {source_result.tally.bytes:,} bytes"
    )
    problems = f", {len(source_result.problems)} quarantined" if source_result.problems else ""
    drift = f", new: {', '.join(sorted(source_result.drift)[:3])}" if source_result.drift else ""
    failed = f": {source_result.error}" if source_result.error else ""
    return f"{source_result.result:<7} {name}  {counts}{problems}{drift}{failed}"


class Lines:
    """One line a source, as it ends: for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lock = Lock()

    def started(self, source: str, provider: str) -> None:
        """Print nothing: the line comes at the end."""

    def advanced(self, source: str, provider: str, records: int) -> None:
        """Say nothing: a line comes at the end."""

    def finished(self, source_result: SourceResult) -> None:
        """Print the source's summary."""
        with self._lock:
            print(summary(source_result), file=self._stream, flush=True)


class Live:
    """Records read so far and sources done, refreshed in place; failures stay on the screen."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._lock = Lock()
        self._records: dict[tuple[str, str], int] = {}
        self._task: TaskID = bars.add_task("crawl", total=0, records=0)

    def started(self, source: str, provider: str) -> None:
        """Count one more source to wait for."""
        with self._lock:
            self._records[source, provider] = 0
            self._bars.update(self._task, total=len(self._records))

    def advanced(self, source: str, provider: str, records: int) -> None:
        """Show how many records have been read."""
        with self._lock:
            self._records[source, provider] = records
            self._bars.update(self._task, records=sum(self._records.values()))

    def finished(self, source_result: SourceResult) -> None:
        """Count the source as done, and print it if a person should look at it."""
        self.advanced(source_result.source, source_result.provider, source_result.records)
        self._bars.advance(self._task)
        if source_result.result != "ok" or source_result.problems or source_result.drift:
            self._bars.console.print(summary(source_result), markup=False, highlight=False)


@contextmanager
def reporter() -> Iterator[Lines | Live]:
    """Give the reporter that fits stderr."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("sources · {task.fields[records]:,} records"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Live(bars)
