"""Make a listing: the JSON of several rows that `hfp … --json` prints and the site publishes.

Every answer imports this, so it imports little.
"""

from __future__ import annotations

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.rules import ranking
from hf_providers.rules.tasks import CHAT_TASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import AnyRow, OfferRow, ProviderRow
    from hf_providers.documents.types import Listing, ProviderListing

CHAT_COLUMNS = (
    "input_usd_per_mtok", "output_usd_per_mtok", "throughput_tps", "ttft_ms", "context_length", "supports_tools",
    "supports_structured_output",
)  # fmt: skip
"""What a chat offer is compared by."""
OTHER_COLUMNS = ("request_latency_ms", "type", "provider_model_id")
"""What an offer of another task is compared by."""
_REST = (
    "provider_model_id", "status", "previous_status", "type", "adapter", "is_model_author", "is_free", "price_source",
    "request_latency_ms", "validated_at", "observed_at", "source", "price_observed_at", "measured_at",
    "measured_source", "first_seen_at", "changed_at", "stale",
)  # fmt: skip


def document(columns: Sequence[str], rows: Sequence[AnyRow], catalog: Catalog, **more: Any) -> Listing:
    """Return rows as a listing, which docs/schema/listing.schema.json describes; of a provider, provider.schema.json.

    Args:
        columns: The keys of each row.
        rows: What is listed; further keys of theirs are left out.
        catalog: The snapshot.
        more: Further keys of the listing.
    """
    kept = _kept(columns, rows)
    listed: Any = {"schema_version": READS_SCHEMA, "columns": list(columns), "rows": kept, **more}
    whole: Listing = listed | {"snapshot": catalog.meta()}
    return whole


def _kept(columns: Sequence[str], rows: Sequence[AnyRow]) -> list[Any]:
    """Return the rows with these keys alone."""
    return [{key: row.get(key) for key in columns} for row in rows]


def offer_columns(offers: Sequence[OfferRow], *, several: bool = False) -> tuple[list[str], list[str]]:
    """Return the columns that suit these offers, and the other ones that an offer has.

    Args:
        offers: The offers to list.
        several: Whether they are one provider's of several models, so that the model is what tells them apart.
    """
    chats = sum(offer["task"] == CHAT_TASK for offer in offers)
    chat = chats > 0 and (not several or chats * 2 >= len(offers))
    tasks = len({offer["task"] for offer in offers}) > 1
    shown = [
        "model_id" if several else "provider",
        "readiness",
        *(["task"] if tasks or not chat else []),
        *(CHAT_COLUMNS if chat else OTHER_COLUMNS),
    ]
    every = ["model_id", "provider", "task", *CHAT_COLUMNS, *_REST]
    return shown, [key for key in every if key not in shown]


def of_provider(catalog: Catalog, provider: ProviderRow, offers: Sequence[OfferRow] | None = None) -> ProviderListing:
    """Return the listing of a provider's offers, all of them by default, in the order in which people read them.

    Args:
        catalog: The snapshot.
        provider: The provider's row.
        offers: Its offers, where they are known already.
    """
    served = catalog.offers(provider=provider["provider"]) if offers is None else offers
    rows = ranking.ordered(served, catalog.recent_since())
    shown, rest = offer_columns(rows, several=True)
    columns = [*shown, *rest]
    return {
        "schema_version": READS_SCHEMA,
        "columns": columns,
        "rows": _kept(columns, rows),
        "provider": provider,
        "total": len(rows),
        "snapshot": catalog.meta(),
    }
