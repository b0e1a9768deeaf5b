"""What a run knows once everything was asked: the answers, what they are worth, and what was published before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.crawl.source_result import SourceResult
from pipeline.crawl.sources import hub_list
from pipeline.publish.checks import Verdict
from pipeline.publish.dataset import Dataset


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of one run, from its last answer to its publishing.

    Attributes:
        source_results: What each source said.
        verdict: Which listings are taken.
        last: The dataset that was published last, or None for a first run.
        moment: When all of it was observed.
        origin: The Hub that was asked.
    """

    source_results: list[SourceResult]
    verdict: Verdict
    last: Dataset | None
    moment: datetime
    origin: str

    @property
    def failed(self) -> bool:
        """Whether some source failed, so that some of the rows are of an earlier run."""
        return bool(self.verdict.stale) or any(result.result == "failed" for result in self.source_results)

    def result_of(self, source_result: SourceResult) -> str:
        """Return ok, failed, skipped, or stale for a listing that came but is not taken."""
        dropped = source_result.source == hub_list.NAME and source_result.provider in self.verdict.stale
        return "stale" if dropped and source_result.result == "ok" else source_result.result
