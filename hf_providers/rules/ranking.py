"""Which offer: narrowing offers down, and picking the cheapest, the fastest, and what the router would pick.

Works on offers as the catalog gives them (dicts by column name, prices as exact decimal text) and agrees with
`queries/cheapest.sql`, `fastest.sql` and `router_choice.sql`. Only recent live offers are picked, by recent prices and
speeds (`recency`); an unknown price or speed never wins, and is never taken for 0. Ties end the same way everywhere: by
the other price or speed, then by name.

`since` says from which moment on an observation is recent; None takes old ones too.
"""

from __future__ import annotations

from hf_providers.rules.money import nano_usd_per_mtok
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import CHAT_TASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from hf_providers.catalog.row_types import OfferRow as Offer
    from hf_providers.catalog.row_types import Priced
    from hf_providers.documents.types import RouterChoice

DEFAULT_MIX = (3, 1)
"""Input to output tokens, where nobody says otherwise."""

_INFINITE = float("inf")


def prices(offer: Priced) -> tuple[int, int] | None:
    """Return input and output price in nano-USD per million tokens, or None unless both are known."""
    given = nano_usd_per_mtok(offer["input_usd_per_mtok"])
    taken = nano_usd_per_mtok(offer["output_usd_per_mtok"])
    return None if given is None or taken is None else (given, taken)


def blended(offer: Priced, mix: tuple[int, int] = DEFAULT_MIX) -> int | None:
    """Return what `mix` input and output megatokens cost in nano-USD (divide by their sum for the mean price)."""
    known = prices(offer)
    return None if known is None else _blend(known, mix)


def _blend(known: tuple[int, int], mix: tuple[int, int]) -> int:
    return known[0] * mix[0] + known[1] * mix[1]


def speed_key(offer: Offer) -> float:
    """Return less for the faster offer: by throughput for chat, else by request latency; infinite where unknown."""
    if offer["task"] == CHAT_TASK:
        return _INFINITE if offer["throughput_tps"] is None else -offer["throughput_tps"]
    return _INFINITE if offer["request_latency_ms"] is None else offer["request_latency_ms"]


def _recent_keys(offer: Offer, since: str | None) -> tuple[float, ...]:
    """Return less for what is faster, sooner and cheaper, as far as it was observed lately."""
    speeds = (speed_key(offer), _wait(offer)) if is_recent(offer["measured_at"], since) else (_INFINITE, _INFINITE)
    cost = blended(offer) if is_recent(offer["price_observed_at"], since) else None
    return (*speeds, _INFINITE if cost is None else cost)


def _wait(offer: Offer) -> float:
    return _INFINITE if offer["ttft_ms"] is None else offer["ttft_ms"]


def _name(offer: Offer) -> tuple[str, str]:
    return offer["provider"], offer["provider_model_id"]


def _first(offers: Iterable[Offer], order: Callable[[Offer], tuple[Any, ...]]) -> Offer | None:
    return min(offers, key=order, default=None)


def price_key(offer: Offer, mix: tuple[int, int] = DEFAULT_MIX) -> tuple[Any, ...]:
    """Return less for the offer that is cheaper at a mix, ties decided; the same for all whose price is unknown."""
    known = prices(offer)
    return (_INFINITE,) if known is None else (_blend(known, mix), known, speed_key(offer), _name(offer))


def is_live(offer: Offer, since: str | None) -> bool:
    """Return whether an offer was live when it was seen, and was seen recently."""
    return offer["status"] == "live" and is_recent(offer["observed_at"], since)


def is_priced(offer: Offer, since: str | None) -> bool:
    """Return whether an offer is live at a price that was stated recently."""
    return is_live(offer, since) and prices(offer) is not None and is_recent(offer["price_observed_at"], since)


def is_measured(offer: Offer, since: str | None) -> bool:
    """Return whether an offer is live at a speed that was measured recently."""
    return is_live(offer, since) and speed_key(offer) != _INFINITE and is_recent(offer["measured_at"], since)


def is_fast(offer: Offer, least: float, since: str | None) -> bool:
    """Return whether a throughput of at least so many tokens a second was measured recently."""
    speed = offer["throughput_tps"] if is_recent(offer["measured_at"], since) else None
    return speed is not None and speed >= least


def costs_at_most(offer: Offer, most: int, mix: tuple[int, int], since: str | None) -> bool:
    """Return whether a price that was stated recently blends to at most so many nano-USD for `mix` megatokens."""
    cost = blended(offer, mix) if is_recent(offer["price_observed_at"], since) else None
    return cost is not None and cost <= most


def cheapest(offers: Iterable[Offer], since: str | None, mix: tuple[int, int] = DEFAULT_MIX) -> Offer | None:
    """Return the live offer with the lowest blended price, or None where no live offer has a known price."""
    priced = [o for o in offers if is_priced(o, since)]
    return _first(priced, lambda o: price_key(o, mix))


def fastest(offers: Iterable[Offer], since: str | None) -> Offer | None:
    """Return the live offer with the highest throughput (chat) or lowest latency (other tasks), or None."""
    measured = [o for o in offers if is_measured(o, since)]
    return _first(measured, lambda o: (speed_key(o), _wait(o), _name(o)))


def last_seen(offers: Iterable[Offer]) -> Offer | None:
    """Return the live offer that was seen last, the cheapest of equal ones: what is left where none is recent."""
    live = [o for o in offers if o["status"] == "live"]
    newest = max((o["observed_at"] or "" for o in live), default=None)
    return _first([o for o in live if (o["observed_at"] or "") == newest], lambda o: (*price_key(o)[:1], _name(o)))


def router_choice(offers: Iterable[Offer], since: str | None) -> RouterChoice | None:
    """Return what the router's policies pick: `fastest`, which no suffix means too, and `cheapest`.

    The router serves chat only: None for a model without live chat offers. `:cheapest` is the lowest *output* price.
    """
    live = [o for o in offers if o["task"] == CHAT_TASK and is_live(o, since)]
    if not live:
        return None
    priced = [o for o in live if is_priced(o, since)]
    lowest = _first(priced, lambda o: (*reversed(prices(o) or ()), speed_key(o), _name(o)))
    return {"fastest": fastest(live, since), "cheapest": lowest}


def main_task(offers: Iterable[Offer]) -> str | None:
    """Return the task that speaks for a model: chat where it is offered, else the one with most live offers."""
    counts: dict[str, tuple[int, int]] = {}
    for offer in offers:
        live, every = counts.get(offer["task"], (0, 0))
        counts[offer["task"]] = (live + (offer["status"] == "live"), every + 1)
    if CHAT_TASK in counts:
        return CHAT_TASK
    return min(counts, key=lambda task: (*(-n for n in counts[task]), task), default=None)


def ordered(offers: Iterable[Offer], since: str | None) -> list[Offer]:
    """Return offers as a person wants to read them: recent ones, ready first, then the faster, then the cheaper.

    Old ones stand after them and are not judged: the one that was seen last comes first. Nor is an old speed.
    """
    rank = {"hot": 0, "warm": 1, "cold": 2, "unavailable": 3}
    every = list(offers)
    recent = [o for o in every if is_recent(o["observed_at"], since)]
    recent.sort(key=lambda o: (o["task"] != CHAT_TASK, rank[o["readiness"]], *_recent_keys(o, since), _name(o)))
    old = sorted((o for o in every if not is_recent(o["observed_at"], since)), key=_name)
    old.sort(key=lambda o: o["observed_at"] or "", reverse=True)
    return recent + old
