"""Dated recordings, read into the history: what others saw before this pipeline ran, or between its runs.

One file a format; each reads text into observations and problems and touches nothing else. `merge.py` puts them into a
dataset. Nothing is merged unless everything given could be read.
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
    """What the endpoints' pricing page was: its instances at a time, or (`history`) its prices until then."""

    observed_at: datetime
    instances: tuple[Row, ...] = ()
    history: tuple[Row, ...] = ()


@dataclass(slots=True)
class Recording:
    """What one file says, and what in it could not be read or believed.

    Observations, pages of endpoint prices, machines of HF Jobs (rows of `jobs_hardware`), or a model's config.json
    (a row of `architectures`). `runs` are rows of that table, one a listing that was read; `served` says when models
    were seen to be served, be it by whom it may.
    """

    observations: list[Observations] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    machines: list[Row] = field(default_factory=list)
    architectures: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)
    served: dict[str, datetime] = field(default_factory=dict)

    def times(self) -> list[datetime]:
        """Return when all of it was observed."""
        dated: list[datetime] = [row["observed_at"] for row in (*self.machines, *self.architectures)]
        seen = [o.observed_at for o in self.observations] + [page.observed_at for page in self.pages]
        return seen + dated + list(self.served.values())


_RANKS: Final = (("router", "hub-list", "models-page", "jadnohra/"), ("huggingface/",), ("charmbracelet/catwalk",))


def rank(source: str) -> int:
    """Return where a source stands at equal times: the Hub itself, its documentation, catwalk, then any other."""
    return next((index for index, names in enumerate(_RANKS) if source.startswith(names)), len(_RANKS))


def in_order(observations: Iterable[Observations]) -> list[Observations]:
    """Return observations by time; where times are equal, the better source first, which then keeps the instant."""
    return sorted(observations, key=lambda o: (o.observed_at, rank(o.source), o.source))
