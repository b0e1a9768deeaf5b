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

from pipeline.crawl.source_result import Harvest


def summary(harvest: Harvest) -> str:
    """Return one line: what was asked, what came, how it ended."""
    name = " ".join(filter(None, (harvest.source, harvest.provider)))
    counts = f"{harvest.records} records, {harvest.tally.requests} requests, {harvest.tally.bytes:,} bytes"
    problems = f", {len(harvest.problems)} quarantined" if harvest.problems else ""
    drift = f", new: {', '.join(sorted(harvest.drift)[:3])}" if harvest.drift else ""
    failed = f": {harvest.error}" if harvest.error else ""
    return f"{harvest.result:<7} {name}  {counts}{problems}{drift}{failed}"


class Lines:
    """One line a source, as it ends: for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lock = Lock()

    def started(self, source: str, provider: str) -> None:
        """Say nothing: a line comes at the end."""

    def advanced(self, source: str, provider: str, records: int) -> None:
        """Say nothing: a line comes at the end."""

    def finished(self, harvest: Harvest) -> None:
        """Print the source's summary."""
        with self._lock:
            print(summary(harvest), file=self._stream, flush=True)


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

    def finished(self, harvest: Harvest) -> None:
        """Count the source as done, and print it if it needs looking at."""
        self.advanced(harvest.source, harvest.provider, harvest.records)
        self._bars.advance(self._task)
        if harvest.result != "ok" or harvest.problems or harvest.drift:
            self._bars.console.print(summary(harvest), markup=False, highlight=False)


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
