"""The hub list: every model of a provider, with the array-shaped mapping (status, features, speed, price).

`GET /api/models?inference_provider={p}&limit=1000&sort=createdAt&expand[]=…`, following `Link` to the end. The default
order follows a score that moves while the pages are read: a model that rises past the cursor would be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from hf_providers.hub import Hub, HubModel, Tally, read_models
from pipeline.crawl.source_result import Row, SourceResult, offer_row

NAME = "hub-list"
PAGE_SIZE = 1000
EXPAND = (
    "inferenceProviderMapping",
    "inference",
    "pipeline_tag",
    "tags",
    "library_name",
    "likes",
    "downloads",
    "createdAt",
    "sha",
    "gated",
    "safetensors",
)


def fetch(
    hub: Hub, provider: str, tally: Tally, read: Callable[[bytes], SourceResult], *, ordered: bool = True
) -> Iterator[SourceResult]:
    """Yield what `read` makes of each page of a provider's listing, to the last one; `ordered` by a stable order.

    Raises:
        HubError: a page could not be fetched or read; the listing is then incomplete.
    """
    order = {"sort": "createdAt"} if ordered else {}
    params = {"inference_provider": provider, "limit": PAGE_SIZE, **order, "expand[]": list(EXPAND)}
    return hub.pages("/api/models", params, read, tally=tally)


def page(provider: str, body: bytes) -> SourceResult:
    """Return what one page of a provider's listing says.

    Raises:
        HubBadAnswer: the body is not a JSON list.
    """
    read = read_models(body)
    source_result = SourceResult(NAME, provider)
    rows(source_result, read.records)
    source_result.note(read.problems, read.drift)
    return source_result


def model_row(model: HubModel) -> Row:
    """Return the facts that the Hub states of a model, by the columns of the `models` table, and its commit `sha`."""
    author, _, name = model.id.rpartition("/")
    return {
        "model_id": model.id,
        "author": author,
        "name": name,
        "pipeline_tag": model.pipeline_tag,
        "conversational": model.conversational,
        "library": model.library,
        "license": model.license,
        "gated": model.gated,
        "likes": model.likes,
        "downloads": model.downloads,
        "created_at": model.created_at,
        "sha": model.sha,
        "counted_parameters": model.parameters,
        "dtype_parameters": model.dtype_parameters,
        "is_moe": model.is_moe,
        "base_models": None if model.base_models is None else _base_models(model.base_models),
        "inference": model.inference,
    }


def _base_models(pairs: list[tuple[str, str]]) -> list[Row]:
    """Return base models as rows; those of one base, which thousands of adapters have, are one list."""
    return _single_base(pairs[0]) if len(pairs) == 1 else [_base_model(pair) for pair in pairs]


@lru_cache(4096)
def _single_base(pair: tuple[str, str]) -> list[Row]:
    return [_base_model(pair)]


def _base_model(pair: tuple[str, str]) -> Row:
    return dict(zip(("model_id", "relation"), pair, strict=True))


def rows(source_result: SourceResult, models: Iterable[HubModel]) -> None:
    """Add models to the source_result: the provider's own offers, and which other providers were met.

    A model without the mapping is noted as unmapped: the single-model endpoint knows more about it.
    """
    for model in models:
        source_result.records += 1
        source_result.models[model.id] = model_row(model)
        if model.mappings is None:
            source_result.unmapped.add(model.id)
        for mapping in model.mappings or ():
            source_result.seen_providers.add(mapping.provider)
            if mapping.provider == source_result.provider:
                source_result.offers.append(offer_row(model.id, mapping, NAME))
