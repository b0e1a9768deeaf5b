"""The dataset's card on the Hub: YAML by which the viewer and `load_dataset` find each table, and text for people."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import pyarrow.parquet as pq

from hf_providers.catalog.row_types import JsonObject
from hf_providers.catalog.schema import DERIVED, OFFERS, TABLES
from hf_providers.hub.timed_http import PROJECT_URL
from pipeline.publish.croissant import CROISSANT, DESCRIPTION
from pipeline.publish.dataset import MANIFEST, File, Manifest
from pipeline.publish.versions import LATEST

VIEWER: Final = "viewer"
_TITLE: Final = "Inference providers on Hugging Face"
_SIZES: Final = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_VIEW: Final = re.compile(r"[a-z][a-z0-9_]*")
_UNITS: Final = (
    "NULL means that no source said; a price of 0 is listed at 0, which is free only where `is_free` is true. Times "
    "are UTC, prices exact decimals. Units stand in the columns' names: `_usd_per_mtok` is USD per million tokens, "
    "`_usd_per_hour` USD per hour, `_ms` milliseconds, `_tps` tokens per second, `_bytes` bytes, `_at` a moment."
)


def card(manifest: Manifest, out: Path, repo_id: str) -> str:
    """Return the card of the dataset that is in `out` as the repository will have it."""
    rows = _rows(manifest)
    listed = "".join(f"| `{name}` | {count:,} | {_about(name, out)} |\n" for name, count in rows.items())
    return (
        f"---\n{_head(manifest, out, rows)}---\n\n# {_TITLE}\n\n{DESCRIPTION}\n\n"
        f"Version `{manifest.version}`, observed {manifest.checked_at:%Y-%m-%d %H:%M} UTC ({_plain(manifest.origin)}). "
        f"A mirror of the dataset of [hf-providers]({PROJECT_URL}).\n\n{_UNITS}\n\n"
        f"| table | rows | |\n| --- | ---: | --- |\n{listed}\n"
        f"Every column is described in its file's metadata, those of the tables in `{CROISSANT}` too; `{MANIFEST}` "
        f"names each file with its SHA-256. In `{VIEWER}/` are tables as `datasets` reads them: maps as lists of "
        f"pairs. A table without rows is a file, and no configuration.\n\n"
        f"{_archived(manifest)}{_reading(repo_id)}\n{_sources(manifest)}"
    )


def configurations(manifest: Manifest, out: Path) -> dict[str, str]:
    """Return each table's and view's files in the repository; `datasets` fails on one without rows: it is left out."""
    filled = {_name(file) for file in manifest.files if file.rows and file.url is None}
    return {name: _place(name, out) for name in _rows(manifest) if name in filled}


def _name(file: File) -> str | None:
    """Return the table or view that a file holds; None for any other file."""
    stem = PurePosixPath(file.path).stem
    return file.table or (stem if file.rows is not None and _VIEW.fullmatch(stem) else None)


def _rows(manifest: Manifest) -> dict[str, int]:
    """Return the rows of each table, in the schema's order, then of each view."""
    counts: dict[str, int] = {}
    for file in manifest.files:
        if name := _name(file):
            counts[name] = counts.get(name, 0) + (file.rows or 0)
    order = [*TABLES, *DERIVED]
    return {name: counts[name] for name in [*order, *sorted(counts.keys() - set(order))] if name in counts}


def _place(name: str, out: Path) -> str:
    if name in TABLES and TABLES[name].partitioned:
        return f"{name}/*/*.parquet"
    return f"{VIEWER if (out / VIEWER / f'{name}.parquet').is_file() else LATEST}/{name}.parquet"


def _head(manifest: Manifest, out: Path, rows: Mapping[str, int]) -> str:
    import yaml  # of the extra `mirror`; the other commands do without

    known = sum(count for name, count in rows.items() if name in TABLES)
    described: JsonObject = {
        "pretty_name": _TITLE,
        "license": "apache-2.0",
        "tags": ["inference-providers", "pricing", "latency", "tabular"],
        "size_categories": [next((name for limit, name in _SIZES if known < limit), "10M<n<100M")],
        "configs": [
            {"config_name": name, "data_files": pattern} | ({"default": True} if name == OFFERS.name else {})
            for name, pattern in configurations(manifest, out).items()
        ],
    }
    return yaml.safe_dump(described, sort_keys=False, allow_unicode=True)


def _about(name: str, out: Path) -> str:
    """Return the description of a table, or of a view as its file has it."""
    table = (TABLES | DERIVED).get(name)
    if table is not None:
        return _plain(table.description)
    described = pq.read_schema(out / LATEST / f"{name}.parquet").metadata or {}
    return _plain(described.get(b"description", b"").decode())


def _archived(manifest: Manifest) -> str:
    """Return where the months are that this upload leaves out."""
    kept = [file for file in manifest.files if file.url]
    listed = "".join(f"- `{file.path}`, {file.rows or 0:,} rows: <{file.url}>\n" for file in kept)
    return f"Archived, and here only if an earlier version brought it:\n\n{listed}\n" if kept else ""


def _reading(repo_id: str) -> str:
    return (
        f"## Reading it\n\nDuckDB:\n\n```sql\nSELECT model_id, provider, input_usd_per_mtok, output_usd_per_mtok\n"
        f"FROM 'hf://datasets/{repo_id}/{LATEST}/offers.parquet'\n"
        "WHERE status = 'live' AND output_usd_per_mtok IS NOT NULL\n"
        "ORDER BY output_usd_per_mtok, model_id, provider;\n```\n\nPython:\n\n```python\n"
        "from datasets import load_dataset\n\n"
        f'offers = load_dataset("{repo_id}", "offers", split="train")\n```\n'
    )


def _sources(manifest: Manifest) -> str:
    listed = "".join(f"- {_provenance(entry.description, entry.license)}\n" for entry in manifest.provenance)
    return "## Sources\n\nWhat Hugging Face's public interfaces said, each figure with its source and time" + (
        f"; and of earlier times:\n\n{listed}" if listed else ".\n"
    )


def _provenance(description: str, stated: str | None) -> str:
    return f"{_plain(description)} (license: {_plain(stated)})" if stated else _plain(description)


def _plain(text: str) -> str:
    """Return the text in one line, without markup, that cannot end a table's cell."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return html.escape(line, quote=False).replace("|", "&#124;").replace("[", "&#91;")
