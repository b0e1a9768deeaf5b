"""The models: the home page, with the search index that its script asks, and the pages that list every model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from hf_providers.documents.answer import blended_text
from hf_providers.rules import ranking
from hf_providers.rules.tasks import CHAT_TASK, GROUPS
from pipeline.site import index
from pipeline.site.page import Page, Raw
from pipeline.site.source import Row, Source

SHOWN: Final = 100
"""Models of the table that stands in the page itself."""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the home page and its index."""
    found = index.make(source)
    yield from found.files()
    offers = [offer for row in source.models for offer in source.offers_by_model.get(row["model_id"], ())]
    providers = sorted({offer["provider"] for offer in offers})
    regions = {region for name in providers for region in (source.providers.get(name) or {}).get("regions") or ()}
    since, served = source.catalog.recent_since(), source.offers_by_model
    yield Page(
        path="index.html",
        template="home.html",
        title="Who serves an open model",
        description="Who serves an open model on Hugging Face, at what price, how fast, and is it ready.",
        script="home.js",
        context={
            "index": found,
            "rows": [line(row, served.get(row["model_id"], ()), since) for row in source.models[:SHOWN]],
            "total": len(source.models),
            "adapters": len(source.adapters),
            "providers": providers,
            "regions": sorted(regions),
            "groups": list(GROUPS),
        },
        linked_data=linked_data(source),
    )


def linked_data(source: Source) -> dict[str, Any]:
    """Return what the site is, as schema.org says it: what can be searched, and the dataset that it is made of."""
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


def line(model: Row, offers: Sequence[Row], since: str | None) -> dict[str, Any]:
    """Return what a line says of a model: its most ready offer, and how many providers there are.

    `wait_ms` is what a reader waits for: the first token of a chat, the whole answer of any other task.
    """
    offer = next(iter(ranking.ordered(offers, since)), None)
    said: dict[str, Any] = {"model": model, "offer": offer, "providers": len({one["provider"] for one in offers})}
    if offer is not None:
        chat = offer["task"] == CHAT_TASK
        said |= {
            "task": "chat" if chat else offer["task"],
            "blended": blended_text(offer, ranking.DEFAULT_MIX),
            "wait_ms": offer["ttft_ms" if chat else "request_latency_ms"],
        }
    return said
