"""The source of all pages: a published dataset, read through its catalog and by SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import duckdb

from hf_providers.catalog import duckdb_tables
from hf_providers.catalog.database import READS_SCHEMA, Catalog
from hf_providers.catalog.exact import bare_model, former_ids
from hf_providers.catalog.locate import find
from hf_providers.catalog.row_types import AnyRow, ModelRow, OfferRow, ProviderRow
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.publish.dataset import Dataset, Manifest, load_existing
from pipeline.site import paths

Row = dict[str, Any]
"""A row of a query, or what a page makes of one: its columns are the query's, and the template's."""
Context = dict[str, Any]
"""What a template is given, or a JSON file beside a page holds: the template and the file say what."""
Some = TypeVar("Some", bound=AnyRow)
PER_PAGE: Final = 200
"""Most names on one page of a list."""
CHEAPEST_CALL: Final = "FROM cheapest_over_time"
"""The call for `hfp sql` of who was the cheapest, when."""
NEVER: Final = "1970-01-01"
"""The window of uptime where no status is known."""


@dataclass
class Source:
    """A dataset for pages: rows as in `hfp --json` (prices exact text, times ISO text, NULL None).

    Attributes:
        manifest: Its manifest; `manifest.checked_at` is "as of".
        catalog: Its catalog.
        connection: DuckDB with all tables and queries by name, times in UTC.
        base_url: The site's public address, with a trailing slash.
    """

    dataset: Dataset
    catalog: Catalog
    connection: duckdb.DuckDBPyConnection
    base_url: str

    @property
    def manifest(self) -> Manifest:
        """The dataset's manifest."""
        return self.dataset.manifest

    @cached_property
    def since(self) -> str | None:
        """Since when an observation counts as recent; None where nothing is dated."""
        return self.catalog.recent_since()

    def sql(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Return a statement's rows by column, with JSON values; `values` are bound to its ? or $name."""
        cursor = self.connection.execute(query, values)
        columns = [column[0] for column in cursor.description or ()]
        return [dict(zip(columns, map(duckdb_tables.plain, row), strict=True)) for row in cursor.fetchall()]

    def head(self) -> Context:
        """Return the first keys of a page's JSON: the schema version, and the snapshot."""
        return {"schema_version": READS_SCHEMA, "snapshot": self.catalog.meta()}

    @cached_property
    def models(self) -> list[ModelRow]:
        """Every model with its own route, the most used first: those with a page."""
        return [row for row in self.catalog.models() if row["model_id"] not in self.adapters]

    @cached_property
    def former(self) -> list[ModelRow]:
        """Models that no provider lists any more, the last seen first: they keep a page with their history."""
        return [bare_model(model_id) for model_id in former_ids(self.catalog)]

    @cached_property
    def adapters(self) -> dict[str, ModelRow]:
        """Models that only a tag filter serves, by id, the most used first: lines on the pages of adapters."""
        return {
            row["model_id"]: row
            for row in self.catalog.models()
            if (offers := self.offers_by_model.get(row["model_id"]))
            and all(offer["type"] == "tag-filter" for offer in offers)
        }

    @cached_property
    def adapters_by_base(self) -> dict[str, list[ModelRow]]:
        """Adapters by the model with a page that they declare to be made from; without those of no such model."""
        paged = {row["model_id"] for row in self.models}
        by_base: dict[str, list[ModelRow]] = defaultdict(list)
        for row in self.adapters.values():
            for base in row["base_models"] or ():
                if base["model_id"] in paged:
                    by_base[base["model_id"]].append(row)
                    break
        return dict(by_base)

    @cached_property
    def adapter_pages(self) -> dict[str, list[ModelRow]]:
        """All adapters by name, by the address of the page that lists them."""
        return parted("adapters", self.adapters.values())

    def address(self, model_id: str) -> str | None:
        """Return a model's address, relative to the site's root: its page, or an adapter's line on one.

        None for a model that is not in the dataset.
        """
        return self._addresses.get(model_id)

    @cached_property
    def _addresses(self) -> dict[str, str]:
        lines = ((row["model_id"], path) for path, rows in self.adapter_pages.items() for row in rows)
        listed = {model_id: f"{path}#{paths.anchor(model_id)}" for model_id, path in lines}
        return {row["model_id"]: paths.model(row["model_id"]) for row in (*self.former, *self.models)} | listed

    @cached_property
    def window(self) -> tuple[str, str]:
        """The first day (UTC) with a known status, and the day after the last."""
        (row,) = self.sql(
            "SELECT strftime(min(valid_from), '%Y-%m-%d') AS since,"
            " strftime(max(greatest(last_observed_at, valid_to)) + INTERVAL 1 DAY, '%Y-%m-%d') AS until"
            " FROM status_history"
        )
        return row["since"] or NEVER, row["until"] or NEVER

    @property
    def uptime_call(self) -> str:
        """The call for `hfp sql` of the uptime on the pages."""
        since, until = self.window
        return f"FROM uptime('{since}', '{until}')"

    @cached_property
    def uptime(self) -> dict[str, list[Row]]:
        """The rows of the query `uptime` over all time, by model id."""
        return _by("model_id", self.sql(f"{self.uptime_call} ORDER BY model_id, provider, task"))

    @cached_property
    def cheapest_over_time(self) -> dict[str, list[Row]]:
        """The rows of the query `cheapest_over_time` for chat, by model id."""
        return _by("model_id", self.sql(f"{CHEAPEST_CALL} WHERE task = $task ORDER BY ALL", {"task": CHAT_TASK}))

    @cached_property
    def known(self) -> dict[str, list[Row]]:
        """The times for which each route's status is known, by model id."""
        return _by("model_id", self.sql("FROM status_known ORDER BY model_id, provider, task, known_from"))

    @cached_property
    def measurements(self) -> dict[str, list[Row]]:
        """Every measurement by model id, in the order of time."""
        return _by("model_id", self.sql("FROM measurements ORDER BY model_id, provider, task, observed_at"))

    @cached_property
    def offers_by_model(self) -> dict[str, list[OfferRow]]:
        """Every offer by model id."""
        return _by("model_id", self._offers)

    @cached_property
    def offers_by_provider(self) -> dict[str, list[OfferRow]]:
        """Every offer by provider."""
        return _by("provider", self._offers)

    @cached_property
    def providers(self) -> dict[str, ProviderRow]:
        """Every provider ever seen by id."""
        return {row["provider"]: row for row in self.catalog.providers()}

    @cached_property
    def _offers(self) -> list[OfferRow]:
        return self.catalog.offers()


def parted(folder: str, models: Iterable[ModelRow]) -> dict[str, list[ModelRow]]:
    """Return models by name, split into pages, by the pages' addresses."""
    rows = sorted(models, key=lambda row: (row["model_id"].lower(), row["model_id"]))
    starts = range(0, len(rows), PER_PAGE)
    return {paths.part(folder, number): rows[i : i + PER_PAGE] for number, i in enumerate(starts)}


def numbered(parts: Mapping[str, list[ModelRow]]) -> Iterator[tuple[str, list[ModelRow], str, Context]]:
    """Give each page of a list: its address, its rows, its number in words, and the variables of its pager."""
    pages = [{"path": path, "from": rows[0]["author"] if rows else ""} for path, rows in parts.items()]
    for number, (path, rows) in enumerate(parts.items()):
        of = f", page {number + 1} of {len(parts)}" if len(parts) > 1 else ""
        yield path, rows, of, {"places": pages, "number": number}


def _by(column: str, rows: Iterable[Some]) -> dict[str, list[Some]]:
    groups: dict[str, list[Some]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return dict(groups)


@contextmanager
def opened(root: Path, base_url: str) -> Iterator[Source]:
    """Open the dataset in `root` for pages.

    Raises:
        DatasetError: there is none, or it is damaged.
        SnapshotError: its catalog cannot be read.
    """
    dataset = load_existing(root)
    with duckdb_tables.connect(root) as connection, Catalog(find(str(root), {})) as catalog:
        yield Source(dataset, catalog, connection, base_url)
