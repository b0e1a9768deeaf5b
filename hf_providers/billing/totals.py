"""Add up priced requests: in all, and by model, provider, day or any column. Unknown is never added as 0."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hf_providers.billing.bill_types import Sums
    from hf_providers.billing.pricing import Priced
    from hf_providers.billing.request import Request

GROUPS_KEPT = 100_000
OTHERS = "(others)"
"""The group of all further values: a column with a different value in each row must not fill the memory."""
KEYS = (
    "requests",
    "priced",
    "partly_priced",
    "unpriced",
    "with_range",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_nano_usd",
    "known_part_nano_usd",
    "low_nano_usd",
    "high_nano_usd",
)
REQUESTS, PRICED, PARTLY, UNPRICED, RANGED, INPUT, CACHED, OUTPUT, REASONING, COST, KNOWN, LOW, HIGH = range(len(KEYS))


def add(sums: list[int], request: Request, priced: Priced) -> None:
    """Add a request to the sums of a group."""
    sums[REQUESTS] += request.requests
    sums[INPUT] += request.input_tokens
    sums[CACHED] += request.cached_tokens
    sums[OUTPUT] += request.output_tokens
    sums[REASONING] += request.reasoning_tokens
    if priced.cost_nano is not None:
        sums[PRICED] += request.requests
        sums[COST] += priced.cost_nano
    elif priced.known_nano is not None:
        sums[PARTLY] += request.requests
        sums[KNOWN] += priced.known_nano
    else:
        sums[UNPRICED] += request.requests
        if priced.low_nano is not None and priced.high_nano is not None:
            sums[RANGED] += request.requests
            sums[LOW] += priced.low_nano
            sums[HIGH] += priced.high_nano


def as_row(group: str, name: str | None, sums: list[int]) -> Sums:
    """Return a group's sums by name; an amount is None if no request has one."""
    row: Any = {"group": group, "name": name} | dict(zip(KEYS, sums, strict=True))
    behind = {"cost_nano_usd": PRICED, "known_part_nano_usd": PARTLY, "low_nano_usd": RANGED, "high_nano_usd": RANGED}
    for key, count in behind.items():
        if not sums[count]:
            row[key] = None
    named: Sums = row  # by KEYS, which its type is held equal to
    return named


class Groups:
    """Sums by group: `by` maps the name of a grouping to the sums of each of its values."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.total = [0] * len(KEYS)
        self.by: dict[str, dict[str | None, list[int]]] = {name: {} for name in names}

    def sums(self, grouping: str, value: str | None) -> list[int]:
        """Return the sums of a group, which may be added to."""
        groups = self.by[grouping]
        sums = groups.get(value)
        if sums is None:
            if len(groups) >= GROUPS_KEPT:
                value = OTHERS
            sums = groups.setdefault(value, [0] * len(KEYS))
        return sums

    def add(self, request: Request, priced: Priced, values: tuple[str | None, ...]) -> None:
        """Add a request to the total and to its groups, one a grouping."""
        add(self.total, request, priced)
        for grouping, value in zip(self.by, values, strict=True):
            add(self.sums(grouping, value), request, priced)

    def add_sums(self, sums: list[int], values: tuple[str | None, ...]) -> None:
        """Add the sums of many requests that share their groups."""
        _add_all(self.total, sums)
        for grouping, value in zip(self.by, values, strict=True):
            _add_all(self.sums(grouping, value), sums)

    def rows(self) -> list[Sums]:
        """Return the sums as rows: of all, then of each group, by name."""
        rows = [as_row("total", "", self.total)]
        for grouping, groups in self.by.items():
            ordered = sorted(groups.items(), key=lambda pair: (pair[0] is None, pair[0] or ""))
            rows += [as_row(grouping, name, sums) for name, sums in ordered]
        return rows


def _add_all(to: list[int], more: list[int]) -> None:
    for index, value in enumerate(more):
        to[index] += value
