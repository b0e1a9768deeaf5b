"""What the histories and the offers say of each provider as a whole: each answer is one query for all of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Final

from pipeline.backfill.models_page import SOURCE as MODELS_PAGE
from pipeline.crawl.sources.hub_list import NAME as HUB_LIST
from pipeline.site.source import Row, Source

POSITIONS: Final = """
WITH priced AS (
    SELECT model_id, task, provider, min(3 * input_usd_per_mtok + output_usd_per_mtok) AS blended
    FROM offers
    WHERE status = 'live' AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL
    GROUP BY model_id, task, provider
), compared AS (
    SELECT
        *,
        min(blended) OVER (PARTITION BY model_id, task) AS cheapest,
        arg_min(provider, (blended, provider)) OVER (PARTITION BY model_id, task) AS cheapest_provider,
        count(*) OVER (PARTITION BY model_id, task) AS providers
    FROM priced
)
SELECT
    provider, model_id, task, providers, cheapest_provider,
    blended * 0.25 AS blended_usd_per_mtok, cheapest * 0.25 AS cheapest_usd_per_mtok,
    CAST(blended AS DOUBLE) / CAST(cheapest AS DOUBLE) AS ratio
FROM compared
WHERE providers > 1 AND cheapest > 0
ORDER BY provider, model_id, task
"""
"""Each provider's blended price of a model beside the lowest one, where another provider states one too."""

LAST: Final = """
SELECT provider, model_id, task, arg_max(status, valid_from) AS last_status
FROM status_history
GROUP BY provider, model_id, task
"""
"""The last status known of each route."""

CATALOGUES: Final = """
WITH looks AS (
    SELECT max(seen) AS looked_at
    FROM (
        SELECT DISTINCT valid_from AS seen FROM status_history WHERE source IN ($hub_list, $models_page)
        UNION
        SELECT CAST($checked_at AS TIMESTAMPTZ)
    )
    WHERE seen <= CAST($checked_at AS TIMESTAMPTZ)
    GROUP BY date_trunc('day', seen)
)
SELECT
    h.provider, l.looked_at,
    count(*) AS listed,
    count(*) FILTER (h.status = 'live') AS live
FROM looks AS l
JOIN status_history AS h ON h.valid_from <= l.looked_at AND h.last_observed_at >= l.looked_at
GROUP BY h.provider, l.looked_at
ORDER BY h.provider, l.looked_at
"""
"""How many routes each provider listed at the last look of each day on which a list was read."""


def positions(source: Source) -> dict[str, list[Row]]:
    """Return what each provider asks beside the cheapest live offer of the same model, by provider."""
    return _grouped(source.sql(POSITIONS))


def uptimes(source: Source) -> dict[str, dict[str, Any]]:
    """Return by provider `routes`, `known_hours`, `live_share` of these, and `rows`: routes not always live.

    A provider of whose routes no status is known for any time is left out.
    """
    last = {(row["provider"], row["model_id"], row["task"]): row["last_status"] for row in source.sql(LAST)}
    found = {}
    for provider, rows in _grouped(chain.from_iterable(source.uptime.values())).items():
        known, live = sum(row["known_hours"] for row in rows), sum(row["live_hours"] for row in rows)
        down = [
            row | {"last_status": last[provider, row["model_id"], row["task"]]} for row in rows if row["live_share"] < 1
        ]
        down.sort(key=lambda row: (row["live_share"], -row["known_hours"], row["model_id"], row["task"]))
        found[provider] = {"routes": len(rows), "known_hours": known, "live_share": live / known, "rows": down}
    return found


def catalogues(source: Source) -> dict[str, list[Row]]:
    """Return by provider how many routes were `listed` and `live` at each look, `at` in seconds since the epoch.

    A look that saw nothing of a provider is left out: it may be the look that failed.
    """
    given = {
        "hub_list": HUB_LIST,
        "models_page": MODELS_PAGE,
        "checked_at": source.manifest.checked_at.isoformat(),
    }
    rows = source.sql(CATALOGUES, given)
    return _grouped(
        {
            "provider": row["provider"],
            "day": row["looked_at"][:10],
            "at": datetime.fromisoformat(row["looked_at"]).timestamp(),
            "listed": Decimal(row["listed"]),
            "live": Decimal(row["live"]),
        }
        for row in rows
    )


def _grouped(rows: Any) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["provider"]].append(row)
    return dict(found)
