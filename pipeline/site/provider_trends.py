"""Facts about each provider as a whole, from histories and offers: one query for all providers each."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from pipeline.site.source import Context, Row, Source


def positions(source: Source) -> dict[str, list[Row]]:
    """Return each provider's prices relative to the cheapest live offer of the same model, by provider."""
    return _grouped(source.sql("FROM price_position"))


def uptimes(source: Source) -> dict[str, Context]:
    """Return by provider `routes`, `known_hours`, `live_share` of these, and `rows`: routes not always live.

    A provider without any known status is left out.
    """
    last = {
        (row["provider"], row["model_id"], row["task"]): row["last_status"] for row in source.sql("FROM last_status")
    }
    shares = {}
    for provider, rows in _grouped(chain.from_iterable(source.uptime.values())).items():
        known, live = sum(row["known_hours"] for row in rows), sum(row["live_hours"] for row in rows)
        down = [
            row | {"last_status": last[provider, row["model_id"], row["task"]]} for row in rows if row["live_share"] < 1
        ]
        down.sort(key=lambda row: (row["live_share"], -row["known_hours"], row["model_id"], row["task"]))
        shares[provider] = {"routes": len(rows), "known_hours": known, "live_share": live / known, "rows": down}
    return shares


def catalogues(source: Source) -> dict[str, list[Row]]:
    """Return by provider how many routes were `listed` and `live` at each reading, `at` in seconds since the epoch.

    A reading without any route of a provider is left out: it may have failed.
    """
    return _grouped(
        {
            "provider": row["provider"],
            "day": row["looked_at"][:10],
            "at": datetime.fromisoformat(row["looked_at"]).timestamp(),
            "listed": Decimal(row["listed"]),
            "live": Decimal(row["live"]),
        }
        for row in source.sql("FROM catalogue_size")
    )


def _grouped(rows: Any) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["provider"]].append(row)
    return dict(groups)
