"""The models: the home page (chat) and a page for each other tab, and the search index for their script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from hf_providers.catalog.row_types import AnyRow, ModelRow, OfferRow
from hf_providers.rules import ranking
from hf_providers.rules.money import display
from pipeline.site import index, paths
from pipeline.site.page import Page, Raw
from pipeline.site.source import Context, Source
from pipeline.site.tabs import ALIASES, CHAT, Tab, columns, present

SHOWN: Final = 200
"""Models in the page itself; the script has all from the index."""
HEADS: Final = {
    "name": "Model",
    "task": "Task",
    "price": "Price, $/1M in",
    "speed": "Speed",
    "live": "Live",
    "context": "Context",
    "tools": "Tools",
    "json": "JSON",
    "seen": "Seen",
}
"""The columns' headings."""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page of each tab, and the index."""
    files = index.make(source)
    yield from files.files()
    shown = present({offer["task"] for row in source.models for offer in _offers(source, row)})
    for tab in shown:
        yield page(source, tab, shown, files)


def page(source: Source, tab: Tab, shown: Sequence[Tab], files: index.Index) -> Page:
    """Return the page of a tab.

    Args:
        source: What the site is made from.
        tab: The tab.
        shown: All tabs.
        files: The search index.
    """
    served = {row["model_id"]: _offers(source, row, tab) for row in source.models}
    offers = [offer for own in served.values() for offer in own]
    providers = sorted({offer["provider"] for offer in offers})
    known = (source.providers[name] for name in providers if name in source.providers)
    regions = {region for row in known for region in row["regions"] or ()}
    since = source.since
    lines = [line(row, own, since) for row in source.models if (own := served[row["model_id"]])]
    lines.sort(key=lambda one: not one["live"])
    return Page(
        path=f"{tab.path}index.html",
        template="home.html",
        title="Who serves an open model" if tab.name == CHAT.name else f"Who serves {tab.models}",
        description=f"Who serves open {tab.models} on Hugging Face, at what price, how fast, and is it ready.",
        script="home.js",
        json="api/v1/index.json",
        context={
            "index": files,
            "tab": tab,
            "tabs": shown,
            "aliases": ALIASES,
            "columns": columns(tab, offers),
            "heads": HEADS,
            "rows": lines[:SHOWN],
            "count": len(lines),
            "live": sum(bool(one["live"]) for one in lines),
            "total": len(source.models),
            "adapters": len(source.adapters),
            "providers": providers,
            "regions": sorted(regions),
            "display": display,
            "to_offer": paths.offer,
        },
        linked_data=linked_data(source) if tab.name == CHAT.name else None,
    )


def _offers(source: Source, model: ModelRow, tab: Tab | None = None) -> list[OfferRow]:
    """Return a model's offers, or those of a tab's tasks."""
    own = source.offers_by_model.get(model["model_id"], ())
    return [offer for offer in own if tab is None or offer["task"] in tab.tasks]


def linked_data(source: Source) -> Context:
    """Return the site in schema.org's vocabulary: its search, and the dataset that it is made of."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": "hf-providers",
        "url": source.base_url,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": source.base_url + "?q={query}"},
            "query-input": "required name=query",
        },
        "mainEntity": {"@type": "Dataset", "@id": source.base_url + "tables/", "url": source.base_url + "tables/"},
    }


def line(model: ModelRow, offers: Sequence[OfferRow], since: str | None) -> Context:
    """Return a model's line: its cheapest and its fastest offer, and what its live offers can do.

    Where no value of its live offers (or of all, if none is live) is recent, an older one is shown, and `price_old` or
    `speed_old` is true.
    """
    live = [offer for offer in offers if ranking.is_live(offer, since)]
    best, fast = ranking.cheapest(offers, since), ranking.fastest(offers, since)
    shown = live or offers
    return {
        "model": model,
        "price": best or ranking.cheapest(shown, None),
        "price_old": best is None,
        "speed": fast or ranking.fastest(shown, None),
        "speed_old": fast is None,
        "tasks": sorted({offer["task"] for offer in shown}),
        "live": len({offer["provider"] for offer in live}),
        "context": _most(shown, "context_length"),
        "tools": _most(shown, "supports_tools"),
        "json": _most(shown, "supports_structured_output"),
        "seen": _most(offers, "observed_at"),
    }


def _most(offers: Sequence[AnyRow], column: str) -> Any:
    """Return the largest value of a column; None where none is known."""
    return max((offer[column] for offer in offers if offer[column] is not None), default=None)
