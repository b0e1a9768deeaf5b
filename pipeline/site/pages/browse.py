"""Every model by name on numbered pages, for readers without scripts and for crawlers; former models separately."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hf_providers.catalog.exact import last_served
from hf_providers.catalog.row_types import ModelRow
from hf_providers.rules import ranking
from pipeline.site.page import Page, Raw, with_json
from pipeline.site.source import Context, Source, numbered, parted


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the pages browse/, browse/2/ and so on, then former/ and so on."""
    yield from _former(source)
    parts = parted("browse", source.models) or {"browse/": []}
    for path, part, of, pager in numbered(parts):
        rows = _rows(source, part)
        page = Page(
            path=f"{path}index.html",
            template="browse.html",
            title=f"All models by name{of}",
            description=f"The {len(source.models)} models that a provider serves on Hugging Face, by name{of}.",
            context={"rows": rows, "total": len(source.models), "former": len(source.former)} | pager,
        )
        yield from with_json(page, source.head() | {"total": len(source.models), "models": rows})


def _former(source: Source) -> Iterator[Page | Raw]:
    """Give the pages of models that no provider lists any more, with when each was last served."""
    for path, part, of, pager in numbered(parted("former", source.former)):
        rows = [{"model_id": row["model_id"], "served": last_served(source.catalog, row["model_id"])} for row in part]
        page = Page(
            path=f"{path}index.html",
            template="former.html",
            title=f"Models of the past{of}",
            description=f"{len(source.former)} models that a provider served on Hugging Face, and none lists now{of}.",
            context={"rows": rows, "total": len(source.former)} | pager,
        )
        yield from with_json(page, source.head() | {"total": len(source.former), "models": rows})


def _rows(source: Source, models: Sequence[ModelRow]) -> list[Context]:
    rows = []
    for model in models:
        offers = source.offers_by_model.get(model["model_id"], ())
        rows.append(
            {
                "model_id": model["model_id"],
                "tasks": sorted({offer["task"] for offer in offers}),
                "providers": len({offer["provider"] for offer in offers}),
                "live": sum(ranking.is_live(offer, source.since) for offer in offers),
            }
        )
    return rows
