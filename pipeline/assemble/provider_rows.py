"""The rows of `providers`: curated facts, and what follows from each one's offers. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hf_providers.rules.recency import is_recent, recent_since
from pipeline.assemble.model_rows import newest_source
from pipeline.assemble.routes import Previous
from pipeline.crawl.source_result import Row
from pipeline.crawl.sources import hub_list


def provider_rows(
    curated: Mapping[str, Row],
    offers: Sequence[Row],
    previous: Previous,
    good: set[str],
    stale: set[str],
    met: set[str],
    observed_at: datetime,
) -> list[Row]:
    """Return one row for every provider that ever had an offer, is curated, or was met in this run.

    Args:
        curated: The registry.
        offers: The finished offers.
        previous: The last published rows.
        good: Providers whose listing in this run was accepted.
        stale: Providers that keep older rows because their listing was not.
        met: Providers seen in any mapping of this run.
        observed_at: The time of this run.
    """
    since, grouped = recent_since(offers), defaultdict[str, list[Row]](list)
    for offer in offers:
        grouped[offer["provider"]].append(offer)
    # An id that a mapping once made up disappears with that mapping: only a provider that served something stays.
    served = {name for name, row in previous.providers.items() if row["first_seen"] is not None}
    names = set(curated) | served | set(grouped) | met | good
    return [
        _provider_row(
            name,
            curated.get(name, {}),
            grouped[name],
            previous.providers.get(name),
            name in good,
            name in stale,
            observed_at,
        )
        | counts(grouped[name], since)
        for name in sorted(names)
    ]


def _provider_row(
    name: str, curated: Row, offers: list[Row], old: Row | None, good: bool, stale: bool, observed_at: datetime
) -> Row:
    listed_now = bool(offers) and good
    kept = ("name", "hub_org", "homepage", "regions", "region_source")
    ends = ("ended_at", "ended_source")
    return {
        "provider": name,
        **{column: curated.get(column) for column in kept},
        "kind": curated.get("kind", "serverless"),
        "first_seen": old["first_seen"] if old and old["first_seen"] else (observed_at if offers else None),
        "last_seen": observed_at if listed_now else (old["last_seen"] if old else None),
        "active": bool(offers),
        **{column: old[column] if old else None for column in ends},
        "stale": stale or bool(old and old["stale"] and not good),
        "source": newest_source(offers) or _told_of(old, curated),
    }


def _told_of(old: Row | None, curated: Row) -> str | None:
    """Return the source of a provider without offers: as before where it once had some."""
    if old is not None and old["first_seen"] is not None:
        before: str | None = old["source"]
        return before
    return "registry" if curated else hub_list.NAME


def counts(offers: Iterable[Row], since: datetime | None) -> Row:
    """Return the counts of a provider's row: its models, and its live offers that were seen recently."""
    own_offers = list(offers)
    live = [offer for offer in own_offers if offer["status"] == "live" and is_recent(offer["observed_at"], since)]
    return {"models": len({offer["model_id"] for offer in own_offers}), "live_offers": len(live)}
