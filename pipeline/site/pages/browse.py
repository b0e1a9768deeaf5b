"""Every model by name, some on a page: for readers without scripts, and for crawlers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.site.page import Page, Raw
from pipeline.site.source import Row, Source, numbered, parted


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the pages: browse/, browse/2/ and so on."""
    parts = parted("browse", source.models) or {"browse/": []}
    for path, part, of, pager in numbered(parts):
        yield Page(
            path=f"{path}index.html",
            template="browse.html",
            title=f"All models by name{of}",
            description=f"The {len(source.models)} models that a provider serves on Hugging Face, by name{of}.",
            context={"rows": _rows(source, part), "total": len(source.models)} | pager,
        )


def _rows(source: Source, models: Sequence[Row]) -> list[dict[str, Any]]:
    rows = []
    for model in models:
        offers = source.offers_by_model.get(model["model_id"], ())
        rows.append(
            {
                "model_id": model["model_id"],
                "tasks": sorted({offer["task"] for offer in offers}),
                "providers": len({offer["provider"] for offer in offers}),
                "live": sum(offer["status"] == "live" for offer in offers),
            }
        )
    return rows
