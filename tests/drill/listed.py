"""What each provider's listing said at each hour, as far as a run could take it, and the history that follows.

Plain loops over plain values; of the pipeline only the published rules are used. A look is a listing that a run took.
Of a look some things may be no observation: prices while the router is silent or a jump is held, new offers while a
surge is held, an absence that only one listing of several pages shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np

from tests.drill.world import Route

Interval = tuple[Route, datetime, datetime | None, Any]
NOT_SEEN: Any = object()
"""Of a value at a look: nobody said, so that nothing changes."""
ABSENT: Any = None


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of one route: by its listing, and of a chat offer's price and promotion by the router."""

    status: str = "live"
    price: tuple[str, str] | None = None
    by_router: bool = False
    is_free: bool = False
    context: int | None = None
    tps: float | None = None
    ttft_ms: float | None = None


State = dict[Route, Stated]


@dataclass(slots=True)
class Look:
    """One listing that was taken.

    Attributes:
        at: When.
        state: What it and the router say of the provider's routes.
        paged: Whether it came in several pages.
        router: Whether the router answered credibly.
        held: What of it is held: prices, speeds.
        new: Routes that are held because there are too many of them.
        first: The look at which what is taken now was first seen and held, by what it is.
        forgets: Whether another release wrote the state before it, and lost what was missed at the look before.
    """

    at: datetime
    state: State
    paged: bool = False
    router: bool = True
    held: frozenset[str] = frozenset()
    new: frozenset[Route] = frozenset()
    first: Mapping[str, Look] = field(default_factory=dict)
    forgets: bool = False


def price(stated: Stated, look: Look) -> Any:
    """Return the price that a look states; the router shows no price of what is staging."""
    silent = not look.router and (stated.by_router or stated.price is None)
    if silent or "prices" in look.held:
        return NOT_SEEN
    if stated.price is None or (stated.by_router and stated.status == "staging"):
        return (None, None)
    return tuple(map(Decimal, stated.price))


def status(stated: Stated, _look: Look) -> Any:
    """Return status and context as a look states them."""
    return stated.status, stated.context


def speed(stated: Stated, look: Look) -> Any:
    """Return throughput and time to first token as a look states them."""
    if "speeds" in look.held or (stated.tps is None and not look.router):
        return NOT_SEEN
    return tuple(None if value is None else float(np.float32(value)) for value in (stated.tps, stated.ttft_ms))


Value = Callable[[Stated, Look], Any]


def seen(looks: Sequence[Look], route: Route, value: Value, kind: str) -> list[tuple[datetime, Any]]:
    """Return what was observed of a route's value, in order: the value, or absence."""
    found: list[tuple[datetime, Any]] = []
    for number, look in enumerate(looks):
        stated = look.state.get(route)
        if route in look.new:
            continue
        if stated is None:
            later = looks[number + 1 : number + 2]
            unconfirmed = look.paged and (not later or later[0].forgets or route in later[0].state)
            was_there = bool(found) and found[-1][1] is not ABSENT
            if not (unconfirmed and was_there):
                found.append((look.at, ABSENT))
            continue
        now = value(stated, look)
        if now is NOT_SEEN:
            continue
        first = look.first.get(kind) or look.first.get("offers")
        if first is not None and _was_so(first, route, stated, look, kind):
            found.append((first.at, now))
        found.append((look.at, now))
    return sorted(found, key=lambda pair: pair[0])


def _was_so(first: Look, route: Route, stated: Stated, look: Look, kind: str) -> bool:
    """Whether what is taken at a look was the same when it was held first."""
    if kind in look.first:
        then = first.state.get(route)
        names = ("price",) if kind == "prices" else ("tps", "ttft_ms")
        return then is not None and all(getattr(then, name) == getattr(stated, name) for name in names)
    return route in first.new and first.state[route] == stated


def intervals(looks: Mapping[str, Sequence[Look]], value: Value, kind: str) -> set[Interval]:
    """Return every interval of a value: one a stretch of looks at which it was the same."""
    found: set[Interval] = set()
    for provider, taken in looks.items():
        for route in routes(taken):
            # What the listing lacks has no price either.
            begun: tuple[datetime, Any] | None = None
            for at, now in seen(taken, route, value, kind):
                if begun is not None and now == begun[1]:
                    continue
                if begun is not None and begun[1] is not ABSENT:
                    found.add((route, begun[0], at, begun[1]))
                begun = at, now
            if begun is not None and begun[1] is not ABSENT:
                found.add((route, begun[0], None, begun[1]))
        assert provider
    return found


def measurements(looks: Mapping[str, Sequence[Look]]) -> set[tuple[Route, datetime, Any]]:
    """Return every measurement that differs from the route's one before."""
    found: set[tuple[Route, datetime, Any]] = set()
    for taken in looks.values():
        for route in routes(taken):
            before: Any = (None, None)
            for at, now in seen(taken, route, speed, "speeds"):
                if now is not ABSENT and now != before:
                    found.add((route, at, now))
                    before = now
    return found


def routes(looks: Iterable[Look]) -> list[Route]:
    """Return every route that some look has."""
    return sorted({route for look in looks for route in look.state})


def merged(rows: Iterable[Interval]) -> set[Interval]:
    """Return intervals with those made one that follow each other with one value, as where only a promotion began."""
    found: set[Interval] = set()
    before: Interval | None = None
    for route, begun, ended, value in sorted(rows, key=lambda row: (row[0], row[1])):
        follows = before is not None and (before[0], before[2], before[3]) == (route, begun, value)
        if before is not None and not follows:
            found.add(before)
        before = (route, before[1] if before is not None and follows else begun, ended, value)
    return found if before is None else found | {before}
