"""Return what changed over time: the rows of `hfp history --json` and `hfp changes --json`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import ChangeRow, PriceIntervalRow

PRICE_COLUMNS = (
    "provider", "task", "input_usd_per_mtok", "output_usd_per_mtok", "valid_from", "valid_to", "last_observed_at",
    "source", "model_id", "is_free",
)  # fmt: skip
CHANGE_COLUMNS = (
    "changed_at", "kind", "provider", "model_id", "before", "after", "percent", "times", "task", "source_before",
    "source",
)  # fmt: skip


def prices(catalog: Catalog, model_id: str, providers: Sequence[str] | None = None) -> list[PriceIntervalRow]:
    """Return the intervals in which a price of a model held, by provider and time; not those without a price."""
    return [
        row
        for row in catalog.price_history(model_id)
        if (row["input_usd_per_mtok"] is not None or row["output_usd_per_mtok"] is not None)
        and (not providers or row["provider"] in providers)
    ]


def held_until(row: PriceIntervalRow) -> str:
    """Return until when the price held, or when it was last seen if no end was observed."""
    return str(row["valid_to"] or row["last_observed_at"])


def changes(
    catalog: Catalog,
    since: str,
    *,
    providers: Sequence[str] | None = None,
    model_id: str | None = None,
    kind: str | None = None,
) -> list[ChangeRow]:
    """Return what changed since an ISO moment, the newest first.

    Args:
        catalog: The snapshot.
        since: The moment, as `2026-02-19T11:27:29Z`.
        providers: With these alone.
        model_id: Of this model alone.
        kind: Of this kind alone, one of `schema.CHANGE_KINDS`.
    """
    rows = [
        row
        for row in catalog.changes()
        if row["changed_at"] >= since
        and (not providers or row["provider"] in providers)
        and model_id in (None, row["model_id"])
        and kind in (None, row["kind"])
    ]
    return sorted(rows, key=lambda row: row["changed_at"], reverse=True)


def week_before(moment: str) -> str:
    """Return the ISO moment seven days before another."""
    from datetime import datetime, timedelta

    return (datetime.fromisoformat(moment) - timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ")
