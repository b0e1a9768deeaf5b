"""Atom feeds of changes: of all, of a provider, of a model. An entry is a day's changes of one kind at a provider."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from hf_providers.catalog.row_types import ChangeRow
from hf_providers.text import clean
from pipeline.publish import report
from pipeline.site import paths
from pipeline.site.source import Source

FEED: Final = "changes.atom"
"""The name of a feed's file, next to its page."""
ENTRIES: Final = 200
"""Entries of the feed of all; a provider's and a model's have fewer."""
OWN_ENTRIES: Final = 40
LINES: Final = 20
"""Most changes that an entry lists; the rest is counted."""
_ATOM: Final = "http://www.w3.org/2005/Atom"


def atom(source: Source, title: str, folder: str, changes: Iterable[ChangeRow], most: int = OWN_ENTRIES) -> bytes:
    """Return a feed.

    Args:
        source: What the site is made of.
        title: Whose changes they are.
        folder: The page that the feed belongs to, relative to the site's root.
        changes: ChangeRows of the table `changes`.
        most: Entries at most, the newest.
    """
    ET.register_namespace("", _ATOM)
    entries = _entries(changes)[:most]
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _add(feed, "id", source.base_url + folder + FEED)
    _add(feed, "title", f"{clean(title)}: what changed")
    _add(feed, "updated", _iso(entries[0][-1]["changed_at"] if entries else source.manifest.checked_at.isoformat()))
    _add(_add(feed, "author"), "name", "hf-providers")
    _add(feed, "link").set("href", source.base_url + folder)
    _add(feed, "link").attrib |= {"rel": "self", "href": source.base_url + folder + FEED}
    for rows in entries:
        _add_entry(feed, source, rows)
    text: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _entries(changes: Iterable[ChangeRow]) -> list[list[ChangeRow]]:
    """Return the rows of each day (UTC), kind and provider in the order of time; the newest of these groups first."""
    groups: dict[tuple[str, str, str], list[ChangeRow]] = defaultdict(list)
    for row in sorted(changes, key=lambda row: (row["changed_at"], row["model_id"] or "", row["task"] or "")):
        groups[row["changed_at"][:10], row["kind"], row["provider"]].append(row)
    newest = sorted(groups.items(), key=lambda item: (item[1][-1]["changed_at"], item[0]), reverse=True)
    return [rows for _, rows in newest]


def _add_entry(feed: ET.Element, source: Source, rows: Sequence[ChangeRow]) -> None:
    first = rows[0]
    models = {row["model_id"] for row in rows}
    address = source.address(first["model_id"]) if len(models) == 1 and first["model_id"] else None
    link = source.base_url + (address or paths.provider(first["provider"]))
    entry = _add(feed, "entry")
    name = (
        f"{source.base_url} {first['changed_at'][:10]} {first['kind']} {first['provider']} {sorted(map(str, models))}"
    )
    _add(entry, "id", uuid.uuid5(uuid.NAMESPACE_URL, name.encode("utf-8", "replace").decode()).urn)
    _add(entry, "title", report.line(rows))
    _add(entry, "updated", _iso(rows[-1]["changed_at"]))
    _add(entry, "link").set("href", link)
    texts = [report.told(row) for row in rows[:LINES]]
    more = [f"… and {len(rows) - LINES} more"] if len(rows) > LINES else []
    _add(entry, "content", "\n".join(texts + more)).set("type", "text")


def _iso(moment: str) -> str:
    """Return a moment of the catalog in Atom's format."""
    return f"{moment[:19]}Z"


def _add(parent: ET.Element, tag: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, f"{{{_ATOM}}}{tag}")
    child.text = text
    return child
