"""Run the work of one source: whatever it raises fails that source alone, and is reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hf_providers.errors import HubError, HubRefused
from pipeline.crawl.source_result import SourceResult

UNKNOWN_THERE = frozenset({400, 404, 410})
"""The statuses by which the Hub says that it does not know what was requested."""


class Progress(Protocol):
    """Shows how the crawl goes: a terminal's bar, or a line a provider."""

    def started(self, source: str, provider: str) -> None:
        """A source has begun."""

    def advanced(self, source: str, provider: str, records: int) -> None:
        """Some more records of a source have been read."""

    def finished(self, source_result: SourceResult) -> None:
        """A source is done, successfully or not."""


def guarded(source_result: SourceResult, progress: Progress, work: Callable[[], None]) -> SourceResult:
    """Run one source's work; whatever it raises fails this source alone."""
    progress.started(source_result.source, source_result.provider)
    try:
        work()
    except HubError as error:
        source_result.result, source_result.error, source_result.hint = "failed", str(error), error.hint
        source_result.refused = isinstance(error, HubRefused) and error.status in UNKNOWN_THERE
    except Exception as error:  # noqa: BLE001 one source's error must not stop the others
        source_result.result, source_result.error = "failed", f"{type(error).__name__}: {error}"[:300]
    progress.finished(source_result)
    return source_result
