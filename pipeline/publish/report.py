"""Report what a run changed: one line, a Markdown page, JSON, and a feed to subscribe to. Pure.

Names come from the network: they are escaped for each format, and control characters are removed.
"""

from __future__ import annotations

import html
import json
import re
import uuid
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from hf_providers.catalog.row_types import AnyRow, Change
from hf_providers.catalog.schema import CHANGES, SCHEMA_VERSION
from hf_providers.hub.timed_http import PROJECT_URL
from pipeline.assemble.tables import to_rows
from pipeline.history.changes import ended_as_before
from pipeline.history.record import frame

FEED_ENTRIES: Final = 200
LINES: Final = 20
"""Most changes that an entry of the feed or a table of the page lists; the rest is counted."""
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, f"{PROJECT_URL}/changes")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_MARKUP: Final = re.compile(r"([\\`*_\[\]|~])")
_COUNTED: Final = {
    "price": ("price changed", "prices changed"),
    "added": ("offer added", "offers added"),
    "gone": ("gone", "gone"),
    "returned": ("returned", "returned"),
    "provider_added": ("provider added", "providers added"),
    "provider_gone": ("provider gone", "providers gone"),
    "status": ("status changed", "statuses changed"),
    "context": ("context changed", "contexts changed"),
    "tools": ("changed in tools", "changed in tools"),
    "structured_output": ("changed in structured output", "changed in structured output"),
}
"""How each kind is counted, in the order of the line."""


class ChangeRow(Change):
    """A change between two observations, as the pipeline makes it."""

    changed_at: datetime


class DayChangeRow(ChangeRow):
    """The same, with its day."""

    day: date


def since(changes: pa.Table, moment: datetime | None, known: pa.Table | None = None) -> list[ChangeRow]:
    """Return the changes seen after `moment`, which is when the last version was checked; none without one.

    With the changes that were `known` then, also older ones that are not among them: a held change dates from its
    first sighting, and is reported when it is published.
    """
    if moment is None:
        return []
    after = pc.greater(changes["changed_at"], pa.scalar(moment, pa.timestamp("us", "UTC")))
    if known is None:
        return to_rows(changes.filter(after))
    key = list(CHANGES.key)
    numbered = frame(changes.select(key).append_column("after", after)).with_row_index("place")
    known_rows = numbered.join(frame(known.select(key)), on=key, how="semi", nulls_equal=True)["place"]
    new_rows = numbered.filter(pl.col("after") | ~pl.col("place").is_in(known_rows.implode()))["place"]
    return to_rows(changes.take(new_rows.to_arrow()))


def line(rows: Sequence[AnyRow], stale: Iterable[str] = ()) -> str:
    """Return the changes in a line: `3 prices changed (novita 2, groq 1), 2 gone (groq); fal-ai stale`."""
    counted = [_count(kind, [row for row in rows if row["kind"] == kind]) for kind in _COUNTED]
    late = [f"{_plain(provider)} stale" for provider in sorted(stale)]
    return "; ".join([", ".join(filter(None, counted)) or "nothing changed", *late])


def _count(kind: str, rows: Sequence[AnyRow]) -> str:
    if not rows:
        return ""
    by_provider = sorted(Counter(_plain(row["provider"]) for row in rows).items(), key=lambda item: (-item[1], item[0]))
    whose = ", ".join(name if kind.startswith("provider_") else f"{name} {count}" for name, count in by_provider)
    return f"{len(rows)} {_COUNTED[kind][len(rows) > 1]} ({whose})"


def markdown(rows: Sequence[AnyRow], stale: Iterable[str] = (), look_at: Iterable[str] = ()) -> str:
    """Return a page about a run: what a person should look at, the line, and a table of the changes of each kind."""
    parts = [f"- {_escaped(what)}" for what in look_at]
    parts += [*([""] if parts else []), f"{_escaped(line(rows, stale))}\n"]
    for kind in _COUNTED:
        of_kind = [row for row in rows if row["kind"] == kind]
        if of_kind:
            parts += [f"### {kind.replace('_', ' ')}\n", _table(of_kind)]
    return "\n".join(parts)


def _table(rows: Sequence[AnyRow]) -> str:
    head = "| provider | model | before | after | |\n| --- | --- | --- | --- | ---: |\n"
    shown = "".join(f"| {' | '.join(map(_escaped, _cells(row)))} |\n" for row in rows[:LINES])
    return head + shown + (f"\n… and {len(rows) - LINES} more\n" if len(rows) > LINES else "")


def _cells(row: AnyRow) -> tuple[str, ...]:
    values = (row["provider"], row["model_id"], row["before"], row["after"])
    return (*("—" if value is None else value for value in values), _remark(row))


def _remark(row: AnyRow) -> str:
    """Return the change in percent, or how often it changed on one day."""
    if row["percent"] is not None:
        return f"{row['percent']:+.1f} %"
    often = f"changed {row['times']} times that day" if row["times"] > 1 else ""
    return f"{often}, now as before" if ended_as_before(row) else often


def _plain(text: str) -> str:
    return _UNPRINTABLE.sub("", text)


def _escaped(text: str) -> str:
    """Return text that Markdown and HTML show literally."""
    return _MARKUP.sub(r"\\\1", html.escape(_plain(text), quote=False))


def as_json(rows: Sequence[AnyRow], moment: datetime | None, checked_at: datetime) -> bytes:
    """Return the changes between two moments as a listing, in the form of `hfp --json`."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "since": None if moment is None else _iso(moment),
        "checked_at": _iso(checked_at),
        "summary": line(rows),
        "columns": CHANGES.column_names,
        "rows": [{**row, "changed_at": _iso(row["changed_at"])} for row in rows],
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def as_atom(changes: pa.Table, moment: datetime) -> bytes:
    """Return the newest changes as an Atom feed: one entry a day, kind and provider, the newest first.

    Args:
        changes: The table `changes`.
        moment: When it was made; the feed's time where there is no change.
    """
    ET.register_namespace("", _ATOM)
    entries = _entries(changes)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", _NAMESPACE.urn)
    _add(feed, "title", "Inference providers on Hugging Face: what changed")
    _add(feed, "updated", _iso(entries[0][-1]["changed_at"] if entries else moment))
    _add(_add(feed, "author"), "name", "hf-providers")
    _add(feed, "link").set("href", PROJECT_URL)
    for rows in entries:
        _add_entry(feed, rows)
    text: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _entries(changes: pa.Table) -> list[list[DayChangeRow]]:
    """Return the rows of each day (UTC), kind and provider, in order of time; the newest of these groups first."""
    rows = frame(changes).with_columns(day=pl.col("changed_at").dt.date()).sort("changed_at", "model_id", "task")
    newest = rows.group_by("day", "kind", "provider").agg(pl.col("changed_at").max())
    newest = newest.sort("changed_at", "kind", "provider", descending=True).head(FEED_ENTRIES)
    kept = rows.join(newest, on=["day", "kind", "provider"], how="semi")
    groups = kept.partition_by("day", "kind", "provider", as_dict=True)
    entries: list[Any] = [groups[group].rows(named=True) for group in newest.select("day", "kind", "provider").rows()]
    return entries


def _add_entry(feed: ET.Element, rows: Sequence[DayChangeRow]) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", uuid.uuid5(_NAMESPACE, f"{rows[0]['day']} {rows[0]['kind']} {_plain(rows[0]['provider'])}").urn)
    _add(entry, "title", line(rows))
    _add(entry, "updated", _iso(rows[-1]["changed_at"]))
    lines = [told(row) for row in rows[:LINES]]
    more = [f"… and {len(rows) - LINES} more"] if len(rows) > LINES else []
    _add(entry, "content", "\n".join(lines + more)).set("type", "text")


def told(row: AnyRow) -> str:
    """Return a change in one line, without characters that are invalid in XML."""
    provider, model, before, after, remark = map(_plain, _cells(row))
    where = provider if row["model_id"] is None else f"{model} on {provider}"
    return f"{where}: {after}, {remark}" if ended_as_before(row) else f"{where}: {before} → {after} {remark}".rstrip()


def _add(parent: ET.Element, tag: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_ATOM}}}{tag}")
    child.text = text
    return child
