"""The endpoints' pricing page from its repository (CSV): its changes by commit, or its rows at one time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from hf_providers.catalog.hosting_schema import ENDPOINT_INSTANCES, ENDPOINT_PRICE_HISTORY
from pipeline.assemble import hosting_tables, tables
from pipeline.backfill import Page, Recording, Row
from pipeline.crawl.sources import endpoints
from pipeline.errors import BackfillError
from pipeline.publish.dataset import Dataset

CHANGES = b"commit_date,commit,event,cloud,instance_type,size,usd_per_hour,"
ROWS = b"cloud,instance_type,size,usd_per_hour,"


def is_page(body: bytes) -> bool:
    """Return whether this CSV has endpoint prices."""
    return body.startswith((CHANGES, ROWS))


def read(text: str, observed_at: datetime | None) -> Recording:
    """Return what a recording of the page says.

    Args:
        text: The CSV; changes have their own times.
        observed_at: When the rows were on the page.

    Raises:
        BackfillError: a row can't be read, or the time of the rows is unknown.
    """
    try:
        if text.startswith(CHANGES.decode()):
            history = endpoints.read_changes(text)
            return Recording(pages=[Page(max(row["last_observed_at"] for row in history), history=tuple(history))])
        instances = endpoints.read_current(text)
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise BackfillError(f"no recorded endpoint prices: {error}", "fix the row, or leave the file out") from None
    if observed_at is None:
        raise BackfillError("the recording has no time", "give --observed-at")
    return Recording(pages=[Page(observed_at, instances=tuple(instances))])


def merged(last: Dataset, pages: Sequence[Page]) -> dict[str, pa.Table]:
    """Return endpoint_instances and endpoint_price_history with recordings merged in, the changes before the rows."""
    instances = tables.to_rows(last.table(ENDPOINT_INSTANCES.name))
    history = hosting_tables.caught_up(last)
    for page in sorted(pages, key=lambda page: (page.observed_at, not page.history)):
        if page.history:
            history = before(list(page.history), history)
            continue
        whole = frozenset(row["kind"] for row in page.instances)
        history = endpoints.merge(history, page.instances, page.observed_at, endpoints.DOCUMENTATION, whole)
        if all(row["observed_at"] < page.observed_at for row in instances):
            instances = endpoints.instance_rows(page.instances, page.observed_at, endpoints.DOCUMENTATION)
    return {
        ENDPOINT_INSTANCES.name: tables.from_rows(ENDPOINT_INSTANCES, instances),
        ENDPOINT_PRICE_HISTORY.name: tables.from_rows(ENDPOINT_PRICE_HISTORY, history),
    }


def before(earlier: list[Row], known: list[Row]) -> list[Row]:
    """Return the known history with an earlier one put before it; the known one alone where they overlap.

    Where the earlier history ends with the values of the first known reading, the two intervals become one.
    """
    if not known:
        return earlier
    first = min(row["valid_from"] for row in known)
    if any(row["last_observed_at"] >= first for row in earlier):
        return known
    start = {endpoints.instance_key(row): row for row in known if row["valid_from"] == first}
    whole = {row["kind"] for row in start.values()}
    joined = []
    for row in endpoints.merge(earlier, start.values(), first, "", whole):
        going_on = start.get(endpoints.instance_key(row)) if row["valid_to"] is None else None
        ends = ("valid_to", "last_observed_at") if row["source"] else ("valid_to", "last_observed_at", "source")
        joined.append(row | {name: going_on[name] for name in ends} if going_on else row)
    return joined + [row for row in known if row["valid_from"] > first]
