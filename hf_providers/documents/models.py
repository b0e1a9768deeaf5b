"""Summarise models by their offers: the rows of `hfp models --json`."""

from __future__ import annotations

from hf_providers.rules import ranking
from hf_providers.rules.money import usd_per_mtok

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hf_providers.catalog.row_types import AnyRow, ModelRow, OfferRow
    from hf_providers.documents.types import ModelSummary

COLUMNS = (
    "model_id", "modality", "tasks", "parameters", "context_length", "live_offers", "blended_usd_per_mtok",
    "throughput_tps", "likes", "providers", "cheapest_provider", "pipeline_tag", "conversational", "license",
    "downloads", "created_at",
)  # fmt: skip
SORTS: dict[str, tuple[str, bool]] = {
    "likes": ("likes", True),
    "downloads": ("downloads", True),
    "parameters": ("parameters", True),
    "context": ("context_length", True),
    "throughput": ("throughput_tps", True),
    "price": ("_blended", False),
    "name": ("model_id", False),
}
"""The orders: each a column, and whether the largest comes first."""
OF_MODELS = ("likes", "downloads", "parameters", "context", "name")
"""The orders by a column of the models themselves."""


def summary(
    model: ModelRow, offers: list[OfferRow], since: str | None, mix: tuple[int, int] = ranking.DEFAULT_MIX
) -> ModelSummary:
    """Return a model with a summary of its offers: how many, the cheapest blended price, the highest throughput.

    Args:
        model: The model's row.
        offers: Its offers.
        since: From when on an observation is recent; None takes old ones too.
        mix: Input to output tokens.
    """
    cheapest = ranking.cheapest(offers, since, mix)
    measured = [offer["throughput_tps"] for offer in offers if ranking.is_measured(offer, since)]
    speeds = [speed for speed in measured if speed is not None]
    cost = ranking.blended(cheapest, mix) if cheapest else None
    return {
        **model,
        "providers": len({offer["provider"] for offer in offers}),
        "live_offers": sum(ranking.is_live(offer, since) for offer in offers),
        "tasks": sorted({offer["task"] for offer in offers}),
        "cheapest_provider": cheapest["provider"] if cheapest else None,
        "blended_usd_per_mtok": None if cost is None else usd_per_mtok(cost, sum(mix)),
        "throughput_tps": max(speeds, default=None),
        "_blended": cost,
    }


def arrange(rows: list[ModelSummary], sort: str) -> None:
    """Sort in place by one of `SORTS`; unknown values go last either way, ties by name."""
    key, descending = SORTS[sort]

    def value(row: AnyRow) -> Any:
        return row[key] if row[key] is not None else "" if key == "model_id" else 0

    def is_unknown(row: AnyRow) -> bool:
        return row[key] is None

    rows.sort(key=lambda row: row["model_id"])
    rows.sort(key=value, reverse=descending)
    rows.sort(key=is_unknown)
