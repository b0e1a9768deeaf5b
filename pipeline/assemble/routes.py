"""The keys of offers and of routes, and the rows of the last run by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.crawl.source_result import Row

Route = tuple[str, str, str]
OfferKey = tuple[str, str, str, str]


@dataclass(slots=True)
class Previous:
    """The rows of the last published dataset, empty for a first run, and the columns that its offers lacked."""

    models: dict[str, Row] = field(default_factory=dict)
    offers: dict[OfferKey, Row] = field(default_factory=dict)
    providers: dict[str, Row] = field(default_factory=dict)
    lacking: frozenset[str] = frozenset()


def route(row: Mapping[str, Any]) -> Route:
    """Return the route of an offer: model, provider, task."""
    return row["model_id"], row["provider"], row["task"]


def key(row: Mapping[str, Any]) -> OfferKey:
    """Return the primary key of an offer."""
    return (*route(row), row["provider_model_id"])


def by_route(offers: Iterable[Row]) -> dict[Route, list[Row]]:
    """Group offers by route."""
    grouped: dict[Route, list[Row]] = defaultdict(list)
    for offer in offers:
        grouped[route(offer)].append(offer)
    return grouped
