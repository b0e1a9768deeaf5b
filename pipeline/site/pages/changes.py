"""The page of changes, by day and kind, the newest first; and the dataset's own feeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from hf_providers.catalog.row_types import ChangeRow
from pipeline.history.changes import ended_as_before
from pipeline.publish.derive import CHANGES_JSON
from pipeline.site import feed
from pipeline.site.page import Page, Raw
from pipeline.site.source import Context, Source

GROUP: Final = 3
"""From this many changes of one kind by one provider on one day on, they are one folded entry."""
SHOWN: Final = 500
"""Most changes on the page; the data has all."""
KINDS: Final = {
    "price": ("price", "prices"),
    "added": ("offer added", "offers added"),
    "gone": ("offer gone", "offers gone"),
    "returned": ("offer returned", "offers returned"),
    "provider_added": ("provider added", "providers added"),
    "provider_gone": ("provider gone", "providers gone"),
    "status": ("status", "statuses"),
    "context": ("context length", "context lengths"),
    "tools": ("answer to whether tools work", "answers to whether tools work"),
    "structured_output": ("answer to whether structured output works", "answers to whether structured output works"),
}
"""The name of one and of several changes of a kind, in the order of the page."""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the page, and the feeds at the site's root."""
    files = list(feeds(source))
    yield from files
    changes = source.catalog.changes()
    newest = sorted(changes, key=lambda row: row["changed_at"], reverse=True)[:SHOWN]
    yield Page(
        path="changes/index.html",
        template="changes.html",
        title="Changes",
        description="What changed at the inference providers on Hugging Face, day by day: prices, offers, status.",
        section="changes/",
        script="changes.js",
        json=CHANGES_JSON if any(file.path == CHANGES_JSON for file in files) else None,
        context={
            "days": days(newest),
            "shown": len(newest),
            "total": len(changes),
            "kinds": KINDS,
            "of_kind": [kind for kind in KINDS if any(row["kind"] == kind for row in newest)],
            "providers": sorted({row["provider"] for row in newest}),
        }
        | CHANGE_HELPERS,
    )


def feeds(source: Source) -> Iterator[Raw]:
    """Give the feed of all changes, whose entries lead to the pages, and the dataset's own changes.json."""
    yield Raw(feed.FEED, feed.atom(source, "Inference providers", "", source.catalog.changes(), feed.ENTRIES))
    for file in source.manifest.files:
        name = PurePosixPath(file.path).name
        if name == CHANGES_JSON and file.url is None:
            yield Raw(name, (source.dataset.root / file.path).read_bytes())


def days(newest: Iterable[ChangeRow]) -> list[Context]:
    """Return changes, sorted newest first, by day (UTC) and kind: `day`, `count`, and `kinds` with their rows."""
    by_day = []
    for day, of_day in groupby(newest, key=lambda row: row["changed_at"][:10]):
        rows = sorted(of_day, key=_place)
        kinds = [(kind, parted(list(of_kind))) for kind, of_kind in groupby(rows, key=lambda row: row["kind"])]
        by_day.append({"day": day, "count": len(rows), "kinds": kinds})
    return by_day


def parted(rows: list[ChangeRow]) -> Context:
    """Return changes of a kind: `count`, `groups` of similar ones of a provider, and the `others`.

    Price changes are similar with the same percentage, all other changes of the kind always.
    """
    alike: dict[tuple[str, float | None], list[ChangeRow]] = defaultdict(list)
    for row in rows:
        alike[row["provider"], None if row["percent"] is None else round(row["percent"], 1)].append(row)
    groups: list[Context] = [
        {"provider": provider, "percent": percent, "rows": own}
        for (provider, percent), own in alike.items()
        if len(own) >= GROUP and own[0]["model_id"] is not None
    ]
    grouped = {id(row) for group in groups for row in group["rows"]}
    return {"count": len(rows), "groups": groups, "others": [row for row in rows if id(row) not in grouped]}


def _place(row: ChangeRow) -> tuple[int, str, str, str]:
    return list(KINDS).index(row["kind"]), row["provider"], row["model_id"] or "", row["task"] or ""


def value(kind: str, text: str | None) -> str:
    """Return a value as people read it: tokens with separators, yes and no; — for None."""
    if text is None:
        return "—"
    if kind == "context" and text.isascii() and text.isdigit():
        return f"{int(text):,}"
    return {"true": "yes", "false": "no"}.get(text, text)


def apart(row: ChangeRow) -> bool:
    """Return whether two different sources state before and after: then the sources may differ, and nothing changed."""
    before, after = row["source_before"], row["source"]
    if not before or not after:
        return False
    return before.partition("@")[0] != after.partition("@")[0]


CHANGE_HELPERS: Final = {"value": value, "apart": apart, "ended_as_before": ended_as_before}
"""The functions that templates use to show a change."""
