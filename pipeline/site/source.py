"""What pages are made of: a published dataset, read once, by its catalog and by SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import duckdb

from hf_providers.catalog import duckdb_tables
from hf_providers.catalog.database import READS_SCHEMA, Catalog
from hf_providers.catalog.exact import bare_model, former_ids
from hf_providers.catalog.locate import find
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.publish.dataset import Dataset, Manifest, load_existing
from pipeline.site import paths

Row = dict[str, Any]
PER_PAGE: Final = 200
"""Names on a page of a list of all."""
CHEAPEST_CALL: Final = "FROM cheapest_over_time"
"""What to ask of `hfp sql` for who was the cheapest, when."""
NEVER: Final = "1970-01-01"
"""A day of which nothing is known."""


@dataclass
class Source:
    """A dataset as pages want it: rows as `hfp --json` has them (prices exact text, times ISO text, NULL None).

    Attributes:
        manifest: What the dataset says of itself; `manifest.checked_at` is "as of".
        catalog: Its catalog.
        connection: DuckDB with all tables and queries by name, times in UTC.
        base_url: The site's public address, with a slash at its end.
    """

    dataset: Dataset
    catalog: Catalog
    connection: duckdb.DuckDBPyConnection
    base_url: str

    @property
    def manifest(self) -> Manifest:
        """What the dataset says of itself."""
        return self.dataset.manifest

    @cached_property
    def since(self) -> str | None:
        """From when on an observation is recent; None where nothing is dated."""
        return self.catalog.recent_since()

    def sql(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """Return a statement's rows by column, values as JSON has them; `values` fill its ? or $name."""
        cursor = self.connection.execute(query, values)
        columns = [column[0] for column in cursor.description or ()]
        return [dict(zip(columns, map(duckdb_tables.plain, row), strict=True)) for row in cursor.fetchall()]

    def head(self) -> dict[str, Any]:
        """Return what the JSON of a page begins with: the layout's number, and of which snapshot it is."""
        return {"schema_version": READS_SCHEMA, "snapshot": self.catalog.meta()}

    @cached_property
    def models(self) -> list[Row]:
        """Every model with a route of its own, the most used first: those that have a page."""
        return [row for row in self.catalog.models() if row["model_id"] not in self.adapters]

    @cached_property
    def former(self) -> list[Row]:
        """Models that no provider lists any more, the last seen first: they keep a page, of their history."""
        return [bare_model(model_id) for model_id in former_ids(self.catalog)]

    @cached_property
    def adapters(self) -> dict[str, Row]:
        """Models that only a tag filter serves, by id, the most used first: they have a line on a page of adapters."""
        return {
            row["model_id"]: row
            for row in self.catalog.models()
            if (offers := self.offers_by_model.get(row["model_id"]))
            and all(offer["type"] == "tag-filter" for offer in offers)
        }

    @cached_property
    def adapters_by_base(self) -> dict[str, list[Row]]:
        """Adapters by the model with a page that they declare to be made from; those without one are not here."""
        paged = {row["model_id"] for row in self.models}
        by_base: dict[str, list[Row]] = defaultdict(list)
        for row in self.adapters.values():
            for base in row["base_models"] or ():
                if base["model_id"] in paged:
                    by_base[base["model_id"]].append(row)
                    break
        return dict(by_base)

    @cached_property
    def adapter_pages(self) -> dict[str, list[Row]]:
        """All adapters by name, by the address of the page that lists them."""
        return parted("adapters", self.adapters.values())

    def address(self, model_id: str) -> str | None:
        """Return where a model is, relative to the site's root: its page, or an adapter's line on one.

        None for a model that the dataset does not have.
        """
        return self._addresses.get(model_id)

    @cached_property
    def _addresses(self) -> dict[str, str]:
        lines = ((row["model_id"], path) for path, rows in self.adapter_pages.items() for row in rows)
        listed = {model_id: f"{path}#{paths.anchor(model_id)}" for model_id, path in lines}
        return {row["model_id"]: paths.model(row["model_id"]) for row in (*self.former, *self.models)} | listed

    @cached_property
    def window(self) -> tuple[str, str]:
        """The first day (UTC) of which a status is known, and the day after the last: no time is outside."""
        (row,) = self.sql(
            "SELECT strftime(min(valid_from), '%Y-%m-%d') AS since,"
            " strftime(max(greatest(last_observed_at, valid_to)) + INTERVAL 1 DAY, '%Y-%m-%d') AS until"
            " FROM status_history"
        )
        return row["since"] or NEVER, row["until"] or NEVER

    @property
    def uptime_call(self) -> str:
        """What to ask of `hfp sql` for what the pages say of uptime."""
        since, until = self.window
        return f"FROM uptime('{since}', '{until}')"

    @cached_property
    def uptime(self) -> dict[str, list[Row]]:
        """What the query of that name says of each route over all time, by model id."""
        return _by("model_id", self.sql(f"{self.uptime_call} ORDER BY model_id, provider, task"))

    @cached_property
    def cheapest_over_time(self) -> dict[str, list[Row]]:
        """What the query of that name says of chat, by model id."""
        return _by("model_id", self.sql(f"{CHEAPEST_CALL} WHERE task = $task ORDER BY ALL", {"task": CHAT_TASK}))

    @cached_property
    def known(self) -> dict[str, list[Row]]:
        """From when until when each route's statuses are known, by model id."""
        return _by("model_id", self.sql("FROM status_known ORDER BY model_id, provider, task, known_from"))

    @cached_property
    def measurements(self) -> dict[str, list[Row]]:
        """Every measurement by model id, in the order of time."""
        return _by("model_id", self.sql("FROM measurements ORDER BY model_id, provider, task, observed_at"))

    @cached_property
    def offers_by_model(self) -> dict[str, list[Row]]:
        """Every offer by model id."""
        return _by("model_id", self._offers)

    @cached_property
    def offers_by_provider(self) -> dict[str, list[Row]]:
        """Every offer by provider."""
        return _by("provider", self._offers)

    @cached_property
    def providers(self) -> dict[str, Row]:
        """Every provider ever seen by id."""
        return {row["provider"]: row for row in self.catalog.providers()}

    @cached_property
    def _offers(self) -> list[Row]:
        return self.catalog.offers()


def parted(folder: str, models: Iterable[Row]) -> dict[str, list[Row]]:
    """Return models by name, some on a page, by the pages' addresses."""
    rows = sorted(models, key=lambda row: (row["model_id"].lower(), row["model_id"]))
    starts = range(0, len(rows), PER_PAGE)
    return {paths.part(folder, number): rows[i : i + PER_PAGE] for number, i in enumerate(starts)}


def numbered(parts: Mapping[str, list[Row]]) -> Iterator[tuple[str, list[Row], str, dict[str, Any]]]:
    """Give each page of a list: its address, its rows, which of how many it is in words, and what its pager needs."""
    pages = [{"path": path, "from": rows[0]["author"] if rows else ""} for path, rows in parts.items()]
    for number, (path, rows) in enumerate(parts.items()):
        of = f", page {number + 1} of {len(parts)}" if len(parts) > 1 else ""
        yield path, rows, of, {"places": pages, "number": number}


def _by(column: str, rows: Iterable[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return dict(groups)


@contextmanager
def opened(root: Path, base_url: str) -> Iterator[Source]:
    """Give the dataset in `root` as pages want it.

    Raises:
        DatasetError: there is none, or it is damaged.
        SnapshotError: its catalog cannot be read.
    """
    dataset = load_existing(root)
    with duckdb_tables.connect(root) as connection, Catalog(find(str(root), {})) as catalog:
        yield Source(dataset, catalog, connection, base_url)
