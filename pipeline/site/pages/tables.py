"""The page of the data: every published table with its columns, files and sources, and how to query it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from hf_providers.catalog.columns import Column, Table
from hf_providers.catalog.schema import DERIVED, MEASUREMENTS, PRICE_SCALE, SCHEMA_VERSION, TABLES
from pipeline.publish.dataset import File
from pipeline.publish.derive import OF_ALL_TIME, PLAIN, VIEWS
from pipeline.publish.queries import Query, read_all
from pipeline.publish.versions import LATEST
from pipeline.site.page import Page, Raw, with_json
from pipeline.site.source import Context, Source

DATA: Final = "data/"
"""The dataset's folder next to the deployed pages."""
PARQUET: Final = "application/vnd.apache.parquet"
_DESCRIPTION: Final = (
    "Which provider serves which open model through Hugging Face, for what task, at what price, how fast, and whether"
    " it is ready: what the sources say now, and every change that was observed."
)


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page."""
    queries = read_all()
    files = {PurePosixPath(file.path).name: file for file in source.manifest.files}
    published = {PurePosixPath(name).stem for name in files}
    tables = [_table(table, files) for table in described(published)]
    views = [_view(query, files, _types(source, query.name)) for query in queries if query.name in VIEWS]
    others = [query for query in queries if query.name not in VIEWS]
    document = {
        "tables": tables,
        "views": views,
        "queries": [_view(query, files) for query in sorted(others, key=lambda query: bool(query.parameters))],
        "months": [_month(file) for file in source.manifest.files if file.table == MEASUREMENTS.name],
        "others": [_file(file) for file in files.values() if PurePosixPath(file.path).suffix != ".parquet"],
    }
    page = Page(
        path="tables/index.html",
        template="tables.html",
        title="Data",
        description="Every table of the dataset of inference offers as Parquet: columns, units, downloads and queries.",
        section="tables/",
        script="tables.js",
        linked_data=_linked(source, [*tables, *views]),
        context=document
        | {
            "sources": source.manifest.sources,
            "data": DATA,
            "here": f"{source.base_url}{DATA}{LATEST}/",
            "layout": SCHEMA_VERSION,
            "webs": webs,
        },
    )
    sources = {"sources": source.manifest.sources, "provenance": source.manifest.provenance}
    yield from with_json(
        page,
        source.head()
        | document
        | {name: [one.model_dump(mode="json") for one in rows] for name, rows in sources.items()},
    )


def described(published: Collection[str]) -> Iterator[Table]:
    """Give every table, then the published ones without maps."""
    yield from (*TABLES.values(), *DERIVED.values())
    yield from (table for name, table in PLAIN.items() if name in published)


def _table(table: Table, files: dict[str, File]) -> Context:
    columns = [
        {"name": column.name, "type": type_of(column), "unit": column.unit, "text": meaning(column)}
        for column in table.columns
    ]
    return {
        "name": table.name,
        "text": table.description,
        "key": table.key,
        "columns": columns,
        "file": _file(files.get(f"{table.name}.parquet")),
    }


def _types(source: Source, view: str) -> dict[str, str]:
    """Return the SQL types of a view's columns by name."""
    described = source.connection.execute(f"DESCRIBE FROM {OF_ALL_TIME.get(view, view)}").fetchall()
    return {name: kind for name, kind, *_ in described}


def _view(query: Query, files: dict[str, File], types: dict[str, str] | None = None) -> Context:
    columns = [
        {"name": c.name, "type": types[c.name] if types else None, "unit": c.unit, "text": c.text}
        for c in query.columns
    ]
    return {
        "name": query.name,
        "text": query.question,
        "notes": query.notes,
        "grain": query.grain,
        "parameters": query.parameters,
        "columns": columns,
        "sql": query.sql.strip(),
        "file": _file(files.get(f"{query.name}.parquet")),
    }


def type_of(column: Column) -> str:
    """Return a column's SQL type, and whether it may be NULL."""
    kind = f"DECIMAL(18,{PRICE_SCALE})" if column.type == "price" else column.type
    return kind if column.nullable else f"{kind}, never NULL"


def meaning(column: Column) -> str:
    """Return a column's description, and the values it may have."""
    values = f" One of: {', '.join(column.enum)}." if column.enum else ""
    return f"{column.description}{values}"


def _file(file: File | None) -> Context | None:
    """Return a file of the version by its plain name in latest/, which always has the newest version's."""
    if file is None:
        return None
    name = PurePosixPath(file.path).name
    return {"name": name, "path": f"{DATA}{LATEST}/{quote(name)}"} | _facts(file)


def _month(file: File) -> Context:
    """Return a month of measurements, next to the pages or in an archive."""
    month = PurePosixPath(file.path).parent.name.removeprefix("month=")
    path = None if file.url else f"{DATA}{quote(file.path, safe='/=')}"
    return {"month": month, "path": path, "url": file.url} | _facts(file)


def _facts(file: File) -> Context:
    return {"bytes": file.bytes, "rows": file.rows, "sha256": file.sha256}


def webs(addresses: str | None) -> list[str]:
    """Return the web addresses of a comma-separated list; anything else in it must not become a link."""
    return [one for one in (addresses or "").split(", ") if one.startswith("https://") and one.isprintable()]


def _linked(source: Source, tables: list[Context]) -> Context:
    """Return the dataset in schema.org's vocabulary."""
    manifest = source.manifest
    begins = [str(entry.from_)[:10] for entry in manifest.provenance if entry.from_] or [f"{manifest.checked_at:%F}"]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": "Inference providers on Hugging Face",
        "description": _DESCRIPTION,
        "url": f"{source.base_url}tables/",
        "version": manifest.version,
        "dateModified": f"{manifest.checked_at:%Y-%m-%dT%H:%M:%SZ}",
        "temporalCoverage": f"{min(begins)}/..",
        "isAccessibleForFree": True,
        "isBasedOn": [
            {"@type": "Dataset", "name": entry.source, "description": entry.description}
            | ({"url": links[0]} if (links := webs(entry.url)) else {})
            | ({"license": entry.license} if entry.license else {})
            for entry in manifest.provenance
        ],
        "creator": {"@type": "Organization", "name": "hf-providers", "url": source.base_url},
        "keywords": ["inference providers", "Hugging Face", "prices", "language models", "throughput"],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": table["name"],
                "description": table["text"],
                "encodingFormat": PARQUET,
                "contentUrl": source.base_url + table["file"]["path"],
                "contentSize": f"{table['file']['bytes']} B",
                "sha256": table["file"]["sha256"],
            }
            for table in tables
            if table["file"]
        ],
    }
