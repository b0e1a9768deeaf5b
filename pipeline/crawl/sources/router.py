"""The router: chat offers as requests meet them, with price, `is_free`, context, capabilities and speed.

`GET {router}/v1/models`: one response, no pages.
"""

from __future__ import annotations

from hf_providers.hub import Hub, Mapping, Problem, Read, RouterModel, Tally, read_router
from pipeline.crawl.source_result import SourceResult, offer_row

NAME = "router"
MAY_BE_GONE = False


def fetch(hub: Hub, tally: Tally) -> Read[RouterModel]:
    """Return every chat model that the router serves.

    Raises:
        HubError: the answer could not be fetched or read.
    """
    return hub.fetch("/v1/models", None, read_router, router=True, tally=tally, keep=True)


def rows(source_result: SourceResult, read: Read[RouterModel]) -> None:
    """Add the router's offers to the source_result. It does not say the provider's own model id."""
    for model in read.records:
        source_result.records += 1
        for mapping in _once_each(source_result, model):
            source_result.seen_providers.add(mapping.provider)
            source_result.offers.append(offer_row(model.id, mapping, NAME))


def _once_each(source_result: SourceResult, model: RouterModel) -> list[Mapping]:
    """Return the mappings, one a provider: where several differ, nobody knows which is right, so all are left out."""
    by_provider: dict[str, list[Mapping]] = {}
    for mapping in model.mappings:
        by_provider.setdefault(mapping.provider, []).append(mapping)
    mappings = []
    for provider, same in by_provider.items():
        if all(mapping == same[0] for mapping in same):
            mappings.append(same[0])
            continue
        prices = ", ".join(f"{m.input_usd_per_mtok} / {m.output_usd_per_mtok}" for m in same)
        reason = f"stands {len(same)} times with other values: left out"
        source_result.problems.append(Problem(model.id, f"providers[{provider}]", reason, prices[:120]))
    return mappings
