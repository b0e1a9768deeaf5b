"""The state of a run once every source was asked: the answers, the verdict on them, and the last dataset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.assemble.jumps import Jumps
from pipeline.assemble.surges import Surges
from pipeline.crawl.source_result import RunResult, SourceResult
from pipeline.crawl.sources import hub_list
from pipeline.publish.dataset import Dataset
from pipeline.publish.judge import Verdict

QUARANTINE_SHARE = 0.1
MIN_QUARANTINED = 10
MAX_QUARANTINED = 1000
"""A source counts as unread from this share, or this number, of unreadable records on; a few do not matter."""


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of one run, from its last answer until it publishes.

    Attributes:
        source_results: The answer of each source.
        verdict: Which answers are accepted.
        last: The dataset that was published last, or None for a first run.
        moment: When all of it was observed.
        origin: The Hub that was asked.
        jumps: Prices and speeds held because they moved implausibly far; filled when the tables are made.
        surges: Offers held because there are implausibly many of them; filled then, too.
    """

    source_results: list[SourceResult]
    verdict: Verdict
    last: Dataset | None
    moment: datetime
    origin: str
    jumps: Jumps
    surges: Surges

    @property
    def failed(self) -> bool:
        """Whether some source failed or is held, so that some values are from an earlier run."""
        return bool(self.suspects or self.unread) or any(
            self.result_of(result) in ("failed", "stale") for result in self.source_results
        )

    @property
    def suspects(self) -> list[str]:
        """What is held as implausible, in words."""
        return [*self.verdict.surged.values(), *(self.jumps.reasons[held] for held in self.jumps.held)]

    @property
    def unread(self) -> list[str]:
        """The sources of which too many records could not be read, in words."""
        return [
            f"{' '.join(filter(None, (r.source, r.provider)))}: {len(r.problems)} of {r.records} records or fields"
            " could not be read"
            for r in self.source_results
            if len(r.problems) >= MIN_QUARANTINED
            and (len(r.problems) >= MAX_QUARANTINED or len(r.problems) >= QUARANTINE_SHARE * max(r.records, 1))
        ]

    def result_of(self, result: SourceResult) -> RunResult:
        """Return ok, failed, skipped, or stale for an answer that came but was not accepted."""
        if result.source != hub_list.NAME:
            return result.result
        if result.provider in self.verdict.unknown or result.provider in self.verdict.ended:
            return "skipped"
        return "stale" if result.provider in self.verdict.stale and result.result == "ok" else result.result
