"""Every model by name, 200 a page: for readers without scripts, and for crawlers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pipeline.site.page import Page, Raw
from pipeline.site.source import Row, Source

PER_PAGE: Final = 200


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the pages: browse/, browse/2/ and so on."""
    models = sorted(source.models, key=lambda row: (row["model_id"].lower(), row["model_id"]))
    parts = [models[i : i + PER_PAGE] for i in range(0, len(models), PER_PAGE)] or [[]]
    places = [{"path": address(number), "from": part[0]["author"] if part else ""} for number, part in enumerate(parts)]
    for number, part in enumerate(parts):
        of = f", page {number + 1} of {len(parts)}" if len(parts) > 1 else ""
        yield Page(
            path=f"{address(number)}index.html",
            template="browse.html",
            title=f"All models by name{of}",
            description=f"The {len(models)} models that a provider serves on Hugging Face, by name{of}.",
            context={"rows": _rows(source, part), "total": len(models), "places": places, "number": number},
        )


def address(number: int) -> str:
    """Return where the page of this number is, counted from 0, relative to the site's root."""
    return f"browse/{number + 1}/" if number else "browse/"


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
