"""Hold back implausible jumps of a provider's prices and speeds for a day, and keep the old values and their dates.

A wrong unit, an emptied field or a broken parser at the source changes all values of a provider at once, by one factor
or to nothing. Real changes do not, or they last: after `HOLD` a jump is accepted. Where most of the values have changed
again since the first sighting, it is a new jump. Status is never held: an outage is published at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final, Literal

from hf_providers.rules.money import PRICE_COLUMNS
from hf_providers.rules.readiness import MEASUREMENTS
from pipeline.assemble.routes import OfferKey, Previous, Route, key
from pipeline.assemble.sightings import digests, seen_before
from pipeline.crawl.source_result import Row

Kind = Literal["prices", "speeds"]
KINDS: Final[tuple[Kind, ...]] = ("prices", "speeds")
HOLD: Final = timedelta(hours=24)
COMPARABLE: Final = timedelta(hours=48)
"""Values observed longer ago than this say nothing about how far a value may have moved."""
FACTOR: Final = 8.0
SPREAD: Final = 2.0
"""How far the factors of one jump may differ: rounding, or one of a few prices that changed for its own reasons."""
MIN_JUMPED: Final = 5
MIN_LIVE: Final = 10
_VALUES: Final[dict[Kind, tuple[str, ...]]] = {"prices": (*PRICE_COLUMNS, "is_free"), "speeds": MEASUREMENTS}
_DATES: Final[dict[Kind, str]] = {"prices": "price_observed_at", "speeds": "measured_at"}
_KEPT: Final[dict[Kind, tuple[str, ...]]] = {
    "prices": (*PRICE_COLUMNS, "is_free", "free_until", "price_source", "price_observed_at"),
    "speeds": (*MEASUREMENTS, "measured_at", "measured_source"),
}


@dataclass(slots=True)
class Jumps:
    """The jumps of this run, and whether they are held or accepted.

    Attributes:
        moment: The time of this run.
        comparable: Providers whose last good listing is recent enough to compare with.
        before: The jumps that were held at the last run, and since when.
        seen: The values at the first sighting of each of these, as digests.
        accept: Accept every jump: a person has looked.
        held: The jumps of this run that are held, and since when.
        sighted: The values at their first sighting, as digests.
        reasons: What jumped, in words.
        accepted: The jumps accepted now, and when they were first sighted.
        dated: The routes of these that had the same values at the first sighting: they date from it.
    """

    moment: datetime
    comparable: frozenset[str] = frozenset()
    before: Mapping[tuple[str, Kind], datetime] = field(default_factory=dict)
    seen: Mapping[tuple[str, Kind], frozenset[str]] = field(default_factory=dict)
    accept: bool = False
    held: dict[tuple[str, Kind], datetime] = field(default_factory=dict)
    sighted: dict[tuple[str, Kind], frozenset[str]] = field(default_factory=dict)
    reasons: dict[tuple[str, Kind], str] = field(default_factory=dict)
    accepted: dict[tuple[str, Kind], datetime] = field(default_factory=dict)
    dated: dict[tuple[str, Kind], list[Route]] = field(default_factory=dict)

    def hold(self, offers: Mapping[OfferKey, Row], previous: Previous) -> None:
        """Restore the old values where a provider's prices or speeds jumped, unless the jump has lasted for a day."""
        published = _by_provider(previous.offers.values())
        for provider, rows in _by_provider(offers.values()).items():
            before = published.get(provider, [])
            if provider not in self.comparable or not before:
                continue
            known = {key(old): old for old in before}
            jumped: dict[Kind, str | None] = {
                "prices": price_jump(rows, known) or lost(rows, before, PRICE_COLUMNS, "price"),
                "speeds": lost(rows, before, MEASUREMENTS, "speed"),
            }
            for kind, reason in jumped.items():
                if reason is not None and self._is_held(provider, kind, reason, rows, known):
                    _put_back(rows, known, _KEPT[kind])
                elif reason is None and any(row.get(_DATES[kind]) for row in rows):
                    self._keep_holding(provider, kind)

    def keep_holding(self, unread: Iterable[str]) -> None:
        """Keep holding the jumps of providers whose listing was not accepted: there is no news of them."""
        for provider in unread:
            self._keep_holding(provider, "prices")
            self._keep_holding(provider, "speeds")

    def _keep_holding(self, provider: str, kind: Kind) -> None:
        since = self.before.get((provider, kind))
        if since is not None:
            self.held[provider, kind] = since
            self.sighted[provider, kind] = self.seen.get((provider, kind), frozenset())
            self.reasons[provider, kind] = f"{provider}: {kind} of {since:%Y-%m-%dT%H:%M:%SZ}, of which nothing is new"

    def holds(self, provider: str, kind: Kind) -> bool:
        """Return whether the provider's values of that kind are those of an earlier run."""
        return (provider, kind) in self.held

    def held_providers(self, kind: Kind) -> frozenset[str]:
        """Return the providers whose values of that kind are held."""
        return frozenset(provider for provider, held in self.held if held == kind)

    def _is_held(self, provider: str, kind: Kind, reason: str, rows: list[Row], known: Mapping[OfferKey, Row]) -> bool:
        jump, names = (provider, kind), _VALUES[kind]
        since, seen = self.before.get(jump), self.seen.get(jump, frozenset())
        if since is not None and seen and _is_another(rows, known, names, seen):
            since = None  # those values did not last: this is a new jump, with its own day to wait
        self.reasons[jump] = f"{provider}: {reason}"
        if self.accept or (since is not None and self.moment - since >= HOLD):
            self.accepted[jump] = since or self.moment
            self.dated[jump] = seen_before(rows, names, seen)
            return False
        self.held[jump] = since or self.moment
        self.sighted[jump] = digests(rows, names) if since is None else seen
        return True


def _is_another(rows: Iterable[Row], known: Mapping[OfferKey, Row], names: Sequence[str], seen: frozenset[str]) -> bool:
    """Return whether most of the values that differ from the published ones were not there at the first sighting."""
    moved = [row for row in rows if any(row.get(name) != known.get(key(row), {}).get(name) for name in names)]
    return 2 * len(digests(moved, names) & seen) < len(moved)


def _by_provider(offers: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for offer in offers:
        grouped.setdefault(offer["provider"], []).append(offer)
    return grouped


def _put_back(rows: Iterable[Row], known: Mapping[OfferKey, Row], names: Sequence[str]) -> None:
    """Restore the old values; a new offer has none, as its values may be wrong in the same way."""
    for row in rows:
        old = known.get(key(row), {})
        row |= {name: old.get(name) for name in names}


def price_jump(rows: Iterable[Row], known: Mapping[OfferKey, Row]) -> str | None:
    """Return what jumped, or None: many prices by nearly the same large factor, or to 0 without being called free."""
    pairs = [(known[key(row)], row) for row in rows if key(row) in known]
    priced = [(old, row) for old, row in pairs if _cost(old) and _cost(row) is not None]
    zeroed = [row for old, row in priced if _zeroed(old, row) and not row["is_free"]]
    factors = [factor for old, row in priced if (factor := _factor(old, row)) is not None]
    for jumped in ([f for f in factors if f >= FACTOR], [f for f in factors if f <= 1 / FACTOR]):
        middle = median(jumped) if jumped else 0.0
        alike = [f for f in jumped if middle / SPREAD <= f <= middle * SPREAD]
        if _is_most(len(alike), len(priced)):
            return f"{len(alike)} of {len(priced)} prices × {middle:.3g} at once"
    return f"{len(zeroed)} of {len(priced)} prices at 0 at once" if _is_most(len(zeroed), len(priced)) else None


def _is_most(count: int, of: int) -> bool:
    return count >= MIN_JUMPED and 2 * count >= of


def _cost(row: Mapping[str, Any]) -> float | None:
    """Return the sum of both prices as a float: for comparison only."""
    values = [row[name] for name in PRICE_COLUMNS]
    return None if None in values else float(sum(values))


def _zeroed(old: Row, row: Row) -> bool:
    """Return whether the input or the output price went to 0."""
    return any(old[name] and row[name] == 0 for name in PRICE_COLUMNS)


def _factor(old: Row, row: Row) -> float | None:
    """Return the factor of the price that moved more; None where one came from 0 or went to it."""
    factors = [float(row[name] / old[name]) for name in PRICE_COLUMNS if old[name] and row[name]]
    return max(factors, key=lambda factor: max(factor, 1 / factor), default=None)


def lost(rows: Iterable[Row], before: Iterable[Row], names: Sequence[str], what: str) -> str | None:
    """Return what was lost, or None: the share of live offers with any of these values fell by half."""
    was, now = ([row for row in group if row["status"] == "live"] for group in (before, rows))
    had, has = (sum(any(row[name] is not None for name in names) for row in group) for group in (was, now))
    if min(len(was), len(now)) < MIN_LIVE or had - has < MIN_JUMPED or 2 * has * len(was) > had * len(now):
        return None
    return f"{has} of {len(now)} live offers with a {what}, {had} of {len(was)} before"
