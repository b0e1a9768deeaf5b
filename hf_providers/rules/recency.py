"""Which facts are recent: those observed within 45 days before the newest observation of the dataset.

A rank needs a recent value: a price to be the cheapest, a measurement to be the fastest, hot or warm. Older offers are
listed with their dates and never ranked. Recordings are samples, so what they do not show is old, not gone; in an
hourly dataset only what a failed source left behind can be old. `queries/recent_offers.sql` is the same rule in SQL.

Moments are compared as they come: datetimes in the pipeline, ISO text in the catalog. Where nothing is dated, as in
datasets before 0.2, everything counts as recent.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any, TypeVar

    from hf_providers.catalog.row_types import AnyRow, SnapshotMeta

    Moment = datetime | str
    Row = TypeVar("Row", bound=AnyRow)

RECENT_DAYS = 45
"""Days before the newest observation of an offer in which an observation is recent."""


def is_recent(at: Any, since: Any) -> bool:
    """Return whether something observed at `at` is recent.

    Args:
        at: When it was observed; None where nobody said.
        since: Where the recent begins; None where nothing is dated, and everything counts.
    """
    return since is None or (at is not None and at >= since)


def recent(offers: Iterable[Row], since: Moment | None, part: str = "observed_at") -> list[Row]:
    """Return the offers whose `part` is recent: observed_at, price_observed_at or measured_at."""
    return [offer for offer in offers if is_recent(offer[part], since)]


def recent_since(offers: Iterable[AnyRow]) -> datetime | None:
    """Return the moment from which on observations are recent; None where no offer is dated.

    Args:
        offers: All offers of the dataset, their times as datetimes.
    """
    from datetime import timedelta

    newest: datetime | None = max((o["observed_at"] for o in offers if o["observed_at"] is not None), default=None)
    return None if newest is None else newest - timedelta(days=RECENT_DAYS)


def newest_run(meta: SnapshotMeta) -> str:
    """Return the date that an offer has which the newest run saw, by what the snapshot says of itself.

    A complete run that found nothing new confirmed all that the run of this version saw, and left its dates as they
    were. After one in which a source failed that cannot be said of any offer.
    """
    return (meta.get("observed_at") if meta.get("result") == "complete" else None) or meta["checked_at"]


def is_free_now(offer: AnyRow, seen_at: str | None) -> bool:
    """Return whether a request is free at this moment: the newest run saw the promotion, and it has not ended.

    Args:
        offer: An offer as the catalog gives it, its times as ISO text.
        seen_at: The date of what the newest run saw (`newest_run`).
    """
    if not offer["is_free"] or offer["stale"] or offer["observed_at"] != seen_at:
        return False
    if offer["price_observed_at"] not in (None, seen_at):
        return False
    return offer["free_until"] is None or offer["free_until"] > _now()


def utc_text(moment: datetime) -> str:
    """Return a time in UTC as the catalog writes times; strftime would write the year 999 with three digits."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _now() -> str:
    """Return the time as the catalog writes times."""
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime())
