"""Make the whole answer about one model: the JSON that `hfp MODEL --json` prints and the site publishes.

Offline: read from a catalog. Every answer imports this, so it imports little.
"""

from __future__ import annotations

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.catalog.exact import bare_model
from hf_providers.hosting import requirements
from hf_providers.rules import ranking
from hf_providers.rules.money import usd_per_mtok

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.documents.types import Answer, CheapestOffer, Variant


def document(
    catalog: Catalog,
    model_id: str,
    offers: list[OfferRow] | None = None,
    mix: tuple[int, int] = ranking.DEFAULT_MIX,
    *,
    include_old: bool = False,
) -> Answer:
    """Return the answer; docs/schema/answer.schema.json describes it.

    Args:
        catalog: The snapshot.
        model_id: The model's exact id.
        offers: The offers to show, in this order; by default all, the ready ones first.
        mix: Input to output tokens, by which the cheapest is picked.
        include_old: Whether offers that were not seen lately are picked too.
    """
    since = None if include_old else catalog.recent_since()
    every = catalog.offers(model_id)
    kept = ranking.ordered(every, since) if offers is None else offers
    task = ranking.main_task(kept)
    judged = [offer for offer in kept if offer["task"] == task]
    model = catalog.model(model_id)
    cheapest = ranking.cheapest(judged, since, mix)
    hosting = requirements.blocks(catalog, model, task, cheapest, mix)
    return {
        "schema_version": READS_SCHEMA,
        "model": model or bare_model(model_id),
        "offers": kept,
        "left_out": len(every) - len(kept),
        "cheapest": _priced(cheapest, mix),
        "fastest": ranking.fastest(judged, since),
        "router_choice": ranking.router_choice(every, since),  # the router ignores our filters
        "dedicated": hosting["dedicated"],
        "local": hosting["local"],
        "variants": variants(catalog, model_id),
        "snapshot": catalog.meta(),
    }


def _priced(offer: OfferRow | None, mix: tuple[int, int]) -> CheapestOffer | None:
    """Return an offer with the blended price by which it was picked."""
    blended = None if offer is None else blended_text(offer, mix)
    if offer is None or blended is None:
        return None
    return {**offer, "mix": f"{mix[0]}:{mix[1]}", "blended_usd_per_mtok": blended}


def blended_text(offer: OfferRow, mix: tuple[int, int]) -> str | None:
    """Return an offer's mean price of one megatoken at a mix, in USD; None where a price is unknown."""
    cost = ranking.blended(offer, mix)
    return None if cost is None else usd_per_mtok(cost, sum(mix))


def variants(catalog: Catalog, model_id: str) -> list[Variant]:
    """Return the model's variants, each with how many providers serve it, how many ever did, and its parameters."""
    related = catalog.variants(model_id)
    ids = [variant["variant_id"] for variant in related]
    among = f"model_id IN ({','.join('?' * len(ids))})"
    sizes = dict(catalog.query(f"SELECT model_id, parameters FROM models WHERE {among}", ids))  # noqa: S608 - marks
    served = _served(catalog, among, ids)
    return [
        {**variant, "providers": serving, "known_providers": known, "parameters": sizes.get(name)}
        for name, variant in zip(ids, related, strict=True)
        for serving, known in [served.get(name, (0, 0))]
    ]


def _served(catalog: Catalog, among: str, model_ids: list[str]) -> dict[str, tuple[int, int]]:
    """Return by model how many providers were recently seen to serve it, and how many ever listed it."""
    since = catalog.recent_since()
    live = "status = 'live'" if since is None else "status = 'live' AND observed_at >= ?"
    counts = f"SELECT model_id, count(DISTINCT CASE WHEN {live} THEN provider END), count(DISTINCT provider)"
    values = model_ids if since is None else [since, *model_ids]
    rows = catalog.query(f"{counts} FROM offers WHERE {among} GROUP BY model_id", values)
    return {name: (serving, known) for name, serving, known in rows}
