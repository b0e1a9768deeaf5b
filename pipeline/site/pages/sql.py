"""The SQL console: the dataset's tables and queries in DuckDB in the browser; without scripts, their text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final

from hf_providers.catalog import query_views
from pipeline.publish.dataset import File
from pipeline.publish.queries import read_all
from pipeline.site.page import Page, Raw
from pipeline.site.pages.tables import described, meaning, type_of
from pipeline.site.source import Context, Source

EXAMPLES: Final = (
    (
        "The cheapest chat models with tools",
        (
            "SELECT model_id, provider, blended_usd_per_mtok, throughput_tps\nFROM cheapest\n"
            "WHERE task = 'conversational' AND supports_tools AND readiness = 'hot'\n"
            "ORDER BY blended_usd_per_mtok, model_id\nLIMIT 20"
        ),
    ),
    (
        "Providers by live offers",
        (
            "SELECT provider, models, live_offers, hot_offers, cheapest_of, fastest_of\n"
            "FROM provider_summary\nORDER BY live_offers DESC"
        ),
    ),
    (
        "What a model has cost",
        (
            "SELECT provider, valid_from, valid_to, input_usd_per_mtok, output_usd_per_mtok\nFROM price_history\n"
            "WHERE model_id = 'deepseek-ai/DeepSeek-R1'\nORDER BY provider, valid_from"
        ),
    ),
    (
        "The cheapest for long prompts",
        (
            "SELECT model_id, provider, blended_usd_per_mtok\nFROM (\n"
            "    SELECT *, (20 * input_usd_per_mtok + output_usd_per_mtok) / 21 AS blended_usd_per_mtok\n"
            "    FROM offers\n    WHERE status = 'live' AND context_length >= 128000\n)\n"
            "WHERE blended_usd_per_mtok IS NOT NULL\nORDER BY blended_usd_per_mtok, model_id\nLIMIT 20"
        ),
    ),
    (
        "Tasks by how much of them is served",
        "SELECT task, live_models, providers, hot_offers, priced_live_offers\nFROM coverage\nORDER BY live_models DESC",
    ),
)
"""Example queries: a title, and the SQL."""


OWN_TABLE: Final = frozenset({"bill"})
"""Queries over a user's own table, which the console does not have."""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the console, and the list of tables that it can load."""
    queries = _queries()
    # Also where one call of such a query is published as a file: readers call it with their own arguments.
    called = {query.name for query in read_all() if query.parameters}
    tables = {name: table for name, table in loadable(source).items() if name not in called}
    views = {name: query for name, query in queries.items() if name not in tables}
    listed = json.dumps({"tables": tables, "views": views}, ensure_ascii=False, sort_keys=True).encode()
    catalog = Raw(f"sql/catalog-{sha256(listed).hexdigest()[:12]}.json", listed)
    yield catalog
    yield Page(
        path="sql/index.html",
        template="sql.html",
        title="SQL console",
        description="Ask the dataset of inference offers in SQL, in the browser: DuckDB over the published tables.",
        script="sql.js",
        section="tables/",
        wasm=True,
        context={
            "catalog": catalog.path,
            "tables": tables,
            "examples": EXAMPLES,
            "schema": list(_schema({*tables, *views})),
            "queries": [
                {"name": query.name, "question": query.question, "call": query.example or query.name, "sql": query.sql}
                for query in read_all()
                if query.name in queries
            ],
        },
    )


def loadable(source: Source) -> dict[str, Context]:
    """Return the Parquet tables that the site has, by name: `files` below data/, their `bytes` and `rows`.

    Archived months are left out and counted in `elsewhere`: the console loads nothing from other sites.
    """
    tables: dict[str, Context] = {}
    for file in source.manifest.files:
        name = _table(file)
        if name is None:
            continue
        table = tables.setdefault(name, {"files": [], "bytes": 0, "rows": 0, "elsewhere": 0})
        if file.url is not None:
            table["elsewhere"] += 1
            continue
        table["files"].append(file.path)
        table["bytes"] += file.bytes
        table["rows"] += file.rows or 0
    return dict(sorted(tables.items()))


def _table(file: File) -> str | None:
    """Return the table of a file: the one it is part of, or the query whose published result it is."""
    path = PurePosixPath(file.path)
    return file.table or path.stem if path.suffix == ".parquet" else None


def _queries() -> Mapping[str, str]:
    """Return the statement that creates each query, by name; times are plain UTC, for DuckDB without ICU."""
    names = sorted({path.stem for path in query_views.queries_folder().glob("*.sql")} - set(OWN_TABLE))
    return {name: _without_zones(query_views.creation(name, _text(name))) for name in names}


def _without_zones(sql: str) -> str:
    return re.sub(r"\bTIMESTAMPTZ\b", "TIMESTAMP", sql).replace(" AT TIME ZONE 'UTC'", "")


def _text(name: str) -> str:
    return (query_views.queries_folder() / f"{name}.sql").read_text(encoding="utf-8").strip()


def _schema(known: set[str]) -> Iterator[Context]:
    """Give each table and query of `known`, with its description, its call and its columns."""
    for table in described(known):
        if table.name in known:
            columns = [{"name": c.name, "type": type_of(c), "unit": c.unit, "text": meaning(c)} for c in table.columns]
            if table.partitioned:
                columns.append(
                    {"name": "month", "type": "string", "unit": None, "text": "The month that a file is of."}
                )
            yield {"name": table.name, "call": table.name, "text": table.description, "columns": columns}
    for query in read_all():
        if query.name in known:
            columns = [{"name": c.name, "type": None, "unit": c.unit, "text": c.text} for c in query.columns]
            yield {
                "name": query.name,
                "call": query.example or query.name,
                "text": query.question,
                "columns": columns,
            }
