"""What a run knows once everything was asked: the answers, what they are worth, and what was published before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.assemble.jumps import Jumps
from pipeline.assemble.surges import Surges
from pipeline.crawl.source_result import SourceResult
from pipeline.crawl.sources import hub_list
from pipeline.publish.dataset import Dataset
from pipeline.publish.judge import Verdict

QUARANTINE_SHARE = 0.1
MIN_QUARANTINED = 10
MAX_QUARANTINED = 1000
"""A source of which this share, or this many, cannot be read is not read whole; a few odd records are nothing."""


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of one run, from its last answer to its publishing.

    Attributes:
        source_results: What each source said.
        verdict: Which answers are taken.
        last: The dataset that was published last, or None for a first run.
        moment: When all of it was observed.
        origin: The Hub that was asked.
        jumps: What of it is held because it moved implausibly far; known once the tables are made.
        surges: What of it is held because there is implausibly much of it; known then, too.
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
        """Whether some source failed or is held, so that some of the values are of an earlier run."""
        return bool(self.suspects or self.unread) or any(
            self.result_of(result) in ("failed", "stale") for result in self.source_results
        )

    @property
    def suspects(self) -> list[str]:
        """What is held because it moved implausibly far, in words."""
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

    def result_of(self, result: SourceResult) -> str:
        """Return ok, failed, skipped, or stale for an answer that came but is not taken."""
        if result.source != hub_list.NAME:
            return result.result
        if result.provider in self.verdict.unknown or result.provider in self.verdict.ended:
            return "skipped"
        return "stale" if result.provider in self.verdict.stale and result.result == "ok" else result.result
