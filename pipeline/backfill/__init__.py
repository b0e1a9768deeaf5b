"""Merge dated recordings into the history: what others observed before this pipeline ran, or between its runs.

One file a format, which only reads text into observations and problems. `merge.py` adds them to a dataset, and only if
all recordings could be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hf_providers.hub import Problem
from pipeline.history.intervals import Observations

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """A recording of the endpoints' pricing page: its instances at a time, or (`history`) its prices until then."""

    observed_at: datetime
    instances: tuple[Row, ...] = ()
    history: tuple[Row, ...] = ()


@dataclass(slots=True)
class Recording:
    """The content of one file, and what in it could not be read or is not plausible.

    Observations, pages of endpoint prices, machines of HF Jobs (rows of `jobs_hardware`), or a model's config.json
    (a row of `architectures`). `runs` are rows of that table, one for each listing; `served` says when models were
    served by any provider.
    """

    observations: list[Observations] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    machines: list[Row] = field(default_factory=list)
    architectures: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)
    served: dict[str, datetime] = field(default_factory=dict)

    def times(self) -> list[datetime]:
        """Return the times of all its observations."""
        dated: list[datetime] = [row["observed_at"] for row in (*self.machines, *self.architectures)]
        seen = [o.observed_at for o in self.observations] + [page.observed_at for page in self.pages]
        return seen + dated + list(self.served.values())


_RANKS: Final = (("router", "hub-list", "models-page", "jadnohra/"), ("huggingface/",), ("charmbracelet/catwalk",))


def rank(source: str) -> int:
    """Return a source's rank at equal times: the Hub itself, its documentation, catwalk, then any other."""
    return next((index for index, names in enumerate(_RANKS) if source.startswith(names)), len(_RANKS))


def in_order(observations: Iterable[Observations]) -> list[Observations]:
    """Return observations by time; at equal times the better source first, which then counts."""
    return sorted(observations, key=lambda o: (o.observed_at, rank(o.source), o.source))
