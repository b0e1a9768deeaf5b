"""Every adapter (LoRA) by name, on numbered pages: its base model, and who serves it. None has its own page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hf_providers.catalog.row_types import ModelRow, OfferRow
from hf_providers.rules import ranking
from pipeline.site import paths
from pipeline.site.page import Page, Raw, with_json
from pipeline.site.pages.model import hub
from pipeline.site.source import Context, Source, numbered


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the pages adapters/, adapters/2/ and so on; none without adapters."""
    for path, part, of, pager in numbered(source.adapter_pages):
        rows = [_row(adapter, source.offers_by_model[adapter["model_id"]], source.since) for adapter in part]
        page = Page(
            path=f"{path}index.html",
            template="adapters.html",
            title=f"All adapters by name{of}",
            description=f"The {len(source.adapters)} adapters (LoRAs) that a provider serves on Hugging Face{of}.",
            context={
                "rows": rows,
                "total": len(source.adapters),
                "to_hub": hub,
            }
            | pager,
        )
        yield from with_json(page, source.head() | {"total": len(source.adapters), "adapters": rows})


def _row(adapter: ModelRow, offers: Sequence[OfferRow], since: str | None) -> Context:
    """Return an adapter's line; `bases` are the models that it declares to be made from."""
    return {
        "model_id": adapter["model_id"],
        "anchor": paths.anchor(adapter["model_id"]),
        "bases": list(dict.fromkeys(base["model_id"] for base in adapter["base_models"] or ())),
        "tasks": sorted({offer["task"] for offer in offers}),
        "providers": sorted({offer["provider"] for offer in offers}),
        "live": sum(ranking.is_live(offer, since) for offer in offers),
    }
