"""Types of what `to_dict()` of the library's objects returns, where `hfp` has no such document.

Imported by type checkers alone, like `catalog.row_types`.
"""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from hf_providers.catalog.row_types import IntervalValues, Moment, OfferValues, Price


class DatedOffers(TypedDict):
    """Some offers, and when the snapshot's facts were observed."""

    as_of: Moment | None
    offers: list[OfferValues]


class DatedIntervals(TypedDict):
    """Some intervals of prices, and when one of them was seen last."""

    as_of: Moment | None
    intervals: list[IntervalValues]


class RequestCost(TypedDict):
    """What a request costs with an offer."""

    nano_usd: int
    usd: Price
    offer: OfferValues


class Route(TypedDict):
    """Of which model a request is, by whom it is served, and for which task."""

    model: str
    provider: str | None
    task: str | None


class LoggedCost(Route):
    """What a request of a program cost, or why that is not known."""

    cost_nano_usd: int | None
    reason: NotRequired[str | None]


class FoundModels(TypedDict):
    """The models that a query can mean."""

    query: str
    matched_by: str
    model_ids: list[str]
    clear: bool
    total: int
    as_of: Moment


class MarketModel(TypedDict):
    """A model as a marketplace lists it."""

    model_id: str
    tasks: list[str]
    providers: list[str]
    context_length: int | None


class MarketPrice(TypedDict):
    """What a model costs with a provider, as a marketplace lists it."""

    input_usd_per_mtok: Price | None
    output_usd_per_mtok: Price | None
    is_free: bool | None
    price_source: str | None
    live: bool
    as_of: str
