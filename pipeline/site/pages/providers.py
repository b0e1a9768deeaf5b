"""The providers: a table of all, and a page for each: its offers, prices compared, catalogue over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from hf_providers.catalog.row_types import ChangeRow, OfferRow, ProviderRow
from hf_providers.catalog.schema import READINESS
from hf_providers.rules import ranking
from hf_providers.rules.recency import is_recent
from hf_providers.rules.tasks import CHAT_TASK, MODALITY
from hf_providers.text import clean
from pipeline.site import feed, history, paths, svg
from pipeline.site.feed import FEED
from pipeline.site.page import PREVIEW, Page, Raw, with_json
from pipeline.site.pages.model import hub
from pipeline.site.pages.tables import webs
from pipeline.site.provider_trends import catalogues, positions, uptimes
from pipeline.site.source import Context, Row, Source

MODELS: Final = 200
"""Most offers listed on a page, of the most used models; the JSON has all."""
ADAPTERS: Final = 100
"""Most adapters listed on a page; the pages of adapters have all."""
CHANGES: Final = 30
RIVALS: Final = 200
"""Most rows of the price position."""
WORST: Final = 10
"""Most routes listed for not always being live."""
GROUPS: Final = ("text", "image", "audio", "video", "embedding", "other")
LISTED: Final = ("added", "gone", "returned", "provider_added", "provider_gone")
"""Kinds of changes to what a provider lists."""


def make(source: Source) -> Iterator[Page | Raw]:
    """Give the table of all providers, and each one's page."""
    position = positions(source)
    rows = [_row(source, provider, position.get(name, ())) for name, provider in source.providers.items()]
    page = Page(
        path="providers/index.html",
        template="providers.html",
        title="Providers",
        description="Every inference provider on Hugging Face: what it serves, how much of it is live, its prices.",
        section="providers/",
        context={
            "rows": sorted((row for row in rows if row["active"]), key=lambda row: (-row["live"], row["provider"])),
            "retired": [row for row in rows if not row["active"]],
            "groups": GROUPS,
            "webs": webs,
        },
    )
    yield from with_json(page, source.head() | {"providers": rows})
    all_changes: dict[str, list[ChangeRow]] = defaultdict(list)
    for change in source.catalog.changes():
        all_changes[change["provider"]].append(change)
    uptime, counts, listed = uptimes(source), catalogues(source), _listing_changes(source)
    for row in rows:
        name = row["provider"]
        parts = (
            _offers_part(source, name)
            | _price_part(position.get(name, ()))
            | _catalogue_part(listed[name], counts.get(name, ()))
            | {"uptime": uptime.get(name)}
        )
        yield _page(source, row, parts, has_feed=bool(all_changes.get(name)))
    for name in source.providers:
        if all_changes.get(name):
            folder = paths.provider(name)
            yield Raw(f"{folder}{FEED}", feed.atom(source, name, folder, all_changes[name]))


def _page(source: Source, row: Context, parts: Context, *, has_feed: bool) -> Page:
    """Return a provider's page, from its row of the table and what the template shows of it."""
    name = row["provider"]
    own_feed = f"{paths.provider(name)}{FEED}" if has_feed else None
    return Page(
        path=f"{paths.provider(name)}index.html",
        template="provider.html",
        title=f"{name}, provider",
        json=paths.provider_json(name),
        preview=f"{paths.provider(name)}{PREVIEW}",
        feed=own_feed or FEED,
        description=_described(row),
        section="providers/",
        context=parts
        | {
            "row": row,
            "json": paths.provider_json(name),
            "feed": own_feed,
            "uptime_call": source.uptime_call,
            "worst": WORST,
            "history": history,
            "to_hub": hub,
            "webs": webs,
        },
    )


def _offers_part(source: Source, name: str) -> Context:
    """Return what a provider serves, by task and by model: the most used models first, adapters counted alone."""
    by_use = {row["model_id"]: position for position, row in enumerate(source.models)}
    offers = source.offers_by_provider.get(name, ())
    own = [offer for offer in offers if offer["model_id"] in by_use]
    shown = sorted(own, key=lambda offer: by_use[offer["model_id"]])[:MODELS]
    adapted = {offer["model_id"] for offer in offers} & source.adapters.keys()
    chats = sum(offer["task"] == CHAT_TASK for offer in shown)
    return {
        "tasks": _tasks(offers, source.since),
        "offers": shown,
        "old": [not is_recent(offer["observed_at"], source.since) for offer in shown],
        "offer_count": len(own),
        "chats": chats,
        "others": len(shown) - chats,
        "adapters": [model_id for model_id in source.adapters if model_id in adapted][:ADAPTERS],
        "adapter_count": len(adapted),
    }


def _price_part(rivals: Sequence[Row]) -> Context:
    """Return how its prices compare with the cheapest ones, the most expensive first."""
    return {
        "rivals": sorted(rivals, key=lambda rival: (-rival["ratio"], rival["model_id"]))[:RIVALS],
        "rival_count": len(rivals),
        "cheapest_of": sum(rival["ratio"] <= 1 for rival in rivals),
    }


def _catalogue_part(changes: Sequence[ChangeRow], counts: Sequence[Row]) -> Context:
    """Return how its catalogue grew and shrank: counts over time, and the latest changes."""
    return {"catalogue": _catalogue(counts), "changes": changes[:CHANGES], "change_count": len(changes)}


def _row(source: Source, provider: ProviderRow, rivals: Sequence[Row]) -> Context:
    """Return a provider's row of the table."""
    offers = source.offers_by_provider.get(provider["provider"], ())
    live = [offer for offer in offers if ranking.is_live(offer, source.since)]
    seen = sum(is_recent(offer["observed_at"], source.since) for offer in offers)
    groups = Counter(MODALITY.get(offer["task"], "other") for offer in live)
    return {
        **provider,
        "offers": len(offers),
        "live": len(live),
        "share": len(live) / seen if seen else None,
        "groups": {group: groups[group] for group in GROUPS},
        "position": _median([rival["ratio"] for rival in rivals]),
        "compared": len(rivals),
    }


def _median(values: Sequence[float]) -> float | None:
    """Return the median; None without values."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2 if ordered else None


def _described(row: Row) -> str:
    name = clean(row["provider"])
    if not row["live"]:
        return f"{name} on Hugging Face: no live offer now; what it listed, what it asked, and when."
    return f"{name} on Hugging Face: {row['live']} live offers, their prices beside other providers', uptime, history."


def _tasks(offers: Sequence[OfferRow], since: str | None) -> list[Context]:
    """Return counts by task, the most live offers first: models, and offers by readiness."""
    by_task: dict[str, list[OfferRow]] = defaultdict(list)
    for offer in offers:
        by_task[offer["task"]].append(offer)
    rows = [
        {
            "task": task,
            "models": len({offer["model_id"] for offer in served}),
            "offers": len(served),
            "live": sum(ranking.is_live(offer, since) for offer in served),
            "priced": sum(ranking.is_priced(offer, since) for offer in served),
        }
        | {ready: sum(offer["readiness"] == ready for offer in served) for ready in READINESS}
        for task, served in by_task.items()
    ]
    return sorted(rows, key=lambda row: (-row["live"], row["task"]))


def _catalogue(counts: Sequence[Row]) -> Context | None:
    """Return how much was listed at each time of `counts`, as a chart and rows; None without any."""
    if not counts:
        return None
    lines: dict[str, list[svg.Held]] = {"listed": [], "live": []}
    for i, count in enumerate(counts):
        end = counts[i + 1]["at"] if i + 1 < len(counts) else count["at"]
        # A count says nothing of the time after it where the next one is more than two days away.
        until = end if end - count["at"] <= 2 * svg.DAY_S else count["at"]
        for name, line in lines.items():
            line.append(svg.Held(count["at"], until, count[name]))
    span = (counts[0]["at"], counts[-1]["at"])
    chart = svg.step_chart("catalogue", "Offers listed and live", "offers", lines, span, history.WIDE)
    return {"chart": chart, "rows": list(reversed(counts))[:60], "left_out": max(0, len(counts) - 60)}


def _listing_changes(source: Source) -> dict[str, list[ChangeRow]]:
    """Return the changes of what each provider lists, the newest first."""
    changes: dict[str, list[ChangeRow]] = defaultdict(list)
    for change in sorted(source.catalog.changes(), key=lambda row: row["changed_at"], reverse=True):
        if change["kind"] in LISTED:
            changes[change["provider"]].append(change)
    return changes
