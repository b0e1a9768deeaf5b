"""Make the tables about hosting a model oneself: endpoint instances, their price history, and architectures.

The last rows of a source that failed are kept, marked stale, as with a provider.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from hf_providers.catalog.columns import Table
from hf_providers.catalog.hosting_schema import (
    ARCHITECTURES,
    ENDPOINT_INSTANCES,
    ENDPOINT_PRICE_HISTORY,
    JOBS_HARDWARE,
)
from pipeline.assemble import tables
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import architectures, endpoints
from pipeline.publish.dataset import Dataset


def hosting_tables(
    source_results: Iterable[SourceResult], last: Dataset | None, moment: datetime
) -> dict[str, pa.Table]:
    """Return endpoint_instances, endpoint_price_history, jobs_hardware and architectures as of this run."""
    by_source = {source_result.source: source_result for source_result in source_results}
    page = by_source.get(endpoints.NAME) or SourceResult(endpoints.NAME, result="skipped")
    configs = by_source.get(architectures.NAME) or SourceResult(architectures.NAME, result="skipped")
    at = page.observed_at or moment
    rows_by_table = {
        ENDPOINT_INSTANCES: instances(_rows(last, ENDPOINT_INSTANCES), page, at),
        ENDPOINT_PRICE_HISTORY: prices(caught_up(last), page, at),
        JOBS_HARDWARE: _rows(last, JOBS_HARDWARE),
        ARCHITECTURES: read_configs(_rows(last, ARCHITECTURES), configs, moment),
    }
    return {table.name: tables.from_rows(table, rows) for table, rows in rows_by_table.items()}


def _rows(last: Dataset | None, table: Table) -> list[Row]:
    return [] if last is None else tables.to_rows(last.table(table.name))


def instances(known: list[Row], page: SourceResult, at: datetime) -> list[Row]:
    """Return the instances: those that the page lists, and for its unread parts the last ones, marked stale.

    Args:
        known: The last rows.
        page: What the page says.
        at: When it was read; a page older than the last rows changes nothing.
    """
    if any(row["observed_at"] > at for row in known):
        return known
    read = endpoints.instance_rows(page.rows, at)
    listed = {endpoints.instance_key(row) for row in read}
    unread = [row for row in known if row["kind"] not in page.complete and endpoints.instance_key(row) not in listed]
    return read + [row | {"stale": True} for row in unread]


def prices(known: list[Row], page: SourceResult, at: datetime) -> list[Row]:
    """Return the prices of the instances over time with one more reading of the page."""
    return endpoints.merge(known, page.rows, at, endpoints.NAME, page.complete)


def caught_up(last: Dataset | None) -> list[Row]:
    """Return the last prices as of the last reading.

    A reading that found nothing new published only a manifest: until then the open intervals held.
    """
    rows = _rows(last, ENDPOINT_PRICE_HISTORY)
    if last is None or not rows:
        return rows
    seen = [s.observed_at for s in last.manifest.sources if s.source == endpoints.NAME and s.observed_at]
    latest = max(row["last_observed_at"] for row in rows)
    for row in rows:
        if row["valid_to"] is None and row["last_observed_at"] == latest:
            row["last_observed_at"] = max([latest, *seen])
    return rows


def commits(last: Dataset | None) -> dict[str, str | None]:
    """Return the commit at which each model's config.json was read."""
    return {row["model_id"]: row["sha"] for row in _rows(last, ARCHITECTURES)}


def read_configs(known: list[Row], configs: SourceResult, at: datetime) -> list[Row]:
    """Return the architectures: those read now, and the known ones of other models."""
    read = {row["model_id"]: row | {"observed_at": at, "source": architectures.NAME} for row in configs.rows}
    return [*read.values(), *(row for row in known if row["model_id"] not in read)]
