"""Short digests of values that a run saw and held back.

A held jump or surge is published a run, or a day, after its first sighting, and is dated from then. Only the offers
and values that were there at the first sighting get that date; the manifest keeps their digests until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from pipeline.assemble.representative import representative_offer
from pipeline.assemble.routes import Route, by_route, key
from pipeline.crawl.source_result import Row

_CHARACTERS = 10
"""The length of a digest: among the offers of one provider, no two are equal by chance."""


def digests(offers: Iterable[Row], names: Sequence[str]) -> frozenset[str]:
    """Return the digests of these offers with these values."""
    return frozenset(_digest(offer, names) for offer in offers)


def seen_before(offers: Iterable[Row], names: Sequence[str], seen: frozenset[str]) -> list[Route]:
    """Return the routes whose representative offer had the same values when the digests were taken."""
    groups = by_route(offers).items()
    return [route for route, group in groups if _digest(representative_offer(group), names) in seen]


def _digest(offer: Row, names: Sequence[str]) -> str:
    values: list[Any] = [*key(offer), *(offer.get(name) for name in names)]
    return sha256("\0".join(map(str, values)).encode()).hexdigest()[:_CHARACTERS]
