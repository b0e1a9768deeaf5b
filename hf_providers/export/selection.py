"""Select the offers to export, and format what all forms have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hf_providers.catalog.database import Catalog
from hf_providers.rules import ranking
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import CHAT_TASK

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow, Priced

ROUTER_URL = "https://router.huggingface.co/v1"
"""Where chat offers are called: the OpenAI API, with the model `ID:PROVIDER`."""
TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105 - the name of a variable, no token


@dataclass(frozen=True)
class Selection:
    """The offers to write: live, for chat, one a route.

    Attributes:
        offers: Rows of the offers table, by model and provider.
        observed_at: When the snapshot was last checked, ISO, UTC.
        catalog: The snapshot.
        left_out: How many offers are not written, by the reason.
        notes: What a reader of the file should know of it.
    """

    offers: list[OfferRow]
    observed_at: str
    catalog: Catalog
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def priced(self) -> list[OfferRow]:
        """Return the offers whose two prices are known; the others are counted as left out."""
        priced = [offer for offer in self.offers if ranking.prices(offer) is not None]
        self.skip("without a known price", len(self.offers) - len(priced))
        self.note_zero_prices()
        return priced

    def note_zero_prices(self) -> None:
        """Note how many offers are listed at 0 by a source that does not say that they are free."""
        count = sum(ranking.prices(offer) == (0, 0) and not offer["is_free"] for offer in self.offers)
        if count:
            self.notes.append(f"{count} listed at a price of 0, which no source calls free")

    def skip(self, reason: str, count: int) -> None:
        """Count offers that are not written."""
        if count:
            self.left_out[reason] = self.left_out.get(reason, 0) + count

    def export(self, text: str, count: int) -> Export:
        """Return the finished file of this selection."""
        return Export(text, count, self.left_out, self.notes)


@dataclass(frozen=True)
class Export:
    """A file in some form.

    Attributes:
        text: What the file holds.
        count: How many offers are in it.
        left_out: How many offers are not, by the reason.
        notes: What a reader of the file should know of it.
    """

    text: str
    count: int
    left_out: dict[str, int]
    notes: list[str]


def select(
    catalog: Catalog,
    offers: Sequence[OfferRow] | None,
    rule: str | None,
    mix: tuple[int, int] = ranking.DEFAULT_MIX,
    *,
    include_old: bool = False,
) -> Selection:
    """Return the live chat offers among these, or of the whole catalog: one a route, or by `rule` one a model.

    Offers not seen lately are left out, and so are prices that are older than that.
    """
    since = None if include_old else catalog.recent_since()
    every = catalog.offers() if offers is None else offers
    chat = [offer for offer in every if offer["task"] == CHAT_TASK]
    live = [offer for offer in chat if offer["status"] == "live"]
    recent = [_at_recent_price(offer, since) for offer in live if ranking.is_live(offer, since)]
    kept = _one_a_route(recent)
    chosen = kept if rule is None else _one_a_model(kept, rule, since, mix)
    chosen.sort(key=lambda offer: (offer["model_id"], offer["provider"]))
    selection = Selection(chosen, catalog.meta()["checked_at"], catalog)
    selection.skip("of other tasks than chat", len(every) - len(chat))
    selection.skip("not live", len(chat) - len(live))
    selection.skip("not seen lately", len(live) - len(recent))
    selection.skip("sharing a route with another", len(recent) - len(kept))
    selection.skip(f"not the {rule} of their model", len(kept) - len(chosen))
    return selection


def _at_recent_price(offer: OfferRow, since: str | None) -> OfferRow:
    """Return the offer; its price is unknown if the last stated one is old."""
    if is_recent(offer["price_observed_at"], since):
        return offer
    return {**offer, "input_usd_per_mtok": None, "output_usd_per_mtok": None}


def _one_a_route(offers: list[OfferRow]) -> list[OfferRow]:
    """Return the representative offer of each model and provider: a single model before a tag filter."""
    by_route: dict[tuple[str, str], OfferRow] = {}
    for offer in sorted(offers, key=lambda offer: (offer["type"] != "single-model", offer["provider_model_id"])):
        by_route.setdefault((offer["model_id"], offer["provider"]), offer)
    return list(by_route.values())


def _one_a_model(offers: list[OfferRow], rule: str, since: str | None, mix: tuple[int, int]) -> list[OfferRow]:
    by_model: dict[str, list[OfferRow]] = {}
    for offer in offers:
        by_model.setdefault(offer["model_id"], []).append(offer)
    best = (
        ranking.cheapest(found, since, mix) if rule == "cheapest" else ranking.fastest(found, since)
        for found in by_model.values()
    )
    return [offer for offer in best if offer is not None]


def route(offer: OfferRow) -> str:
    """Return the model as the router takes it: `ID:PROVIDER`."""
    return f"{offer['model_id']}:{offer['provider']}"


def model_name(offer: OfferRow) -> str:
    """Return the model's id without its organisation."""
    return str(offer["model_id"]).rpartition("/")[2]


def title(offer: OfferRow) -> str:
    """Return an offer's name for people: the model's, and the provider."""
    return f"{model_name(offer)} ({offer['provider']})"


def cost(offer: Priced, input_key: str = "input", output_key: str = "output") -> JsonObject | None:
    """Return both prices by these keys, in USD per million tokens, exact; None unless both are known."""
    input_price, output_price = offer["input_usd_per_mtok"], offer["output_usd_per_mtok"]
    if input_price is None or output_price is None:
        return None
    return {input_key: Decimal(input_price), output_key: Decimal(output_price)}


def per_token(price: str | None) -> Decimal:
    """Return a price in USD per token, exact.

    Raises:
        ValueError: it is not known: such an offer is to be left out before.
    """
    if price is None:
        raise ValueError("an unknown price cannot be written: take the offers of Selection.priced()")
    return Decimal(price).scaleb(-6)


def known(**values: Any) -> JsonObject:
    """Return the values without those that are None."""
    return {key: value for key, value in values.items() if value is not None}


def price_steps(selection: Selection, offer: OfferRow) -> list[JsonObject]:
    """Return the intervals of known price up to an offer's price of today, oldest first; that price is the last one.

    Each has `from` and `to`, days in UTC: `from` is the first day on which it was seen, None where no history is known;
    `to` is the first day of another price, or of none, None for the last interval.
    """
    rows = selection.catalog.price_history(offer["model_id"], offer["provider"], offer["task"])
    begun = [row for row in rows if row["valid_from"] <= selection.observed_at and ranking.prices(row) is not None]
    now = (cost(offer) or {}) | {"from": None, "to": None}
    if not begun or cost(begun[-1]) != cost(offer):
        return [now]
    steps = [(cost(row) or {}) | {"from": row["valid_from"][:10], "to": (row["valid_to"] or "")[:10]} for row in begun]
    past = [step for step in steps[:-1] if step["from"] != step["to"]]
    return [*past, now | {"from": steps[-1]["from"]}]
