"""Refuse a provider, task or region in a filter that the snapshot does not know."""

from __future__ import annotations

from hf_providers.cli.exits import NOTHING_FOUND, Stop
from hf_providers.rules.tasks import GROUPS, KNOWN, tasks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from hf_providers.catalog.database import Catalog
    from hf_providers.cli.option_types import FilterOptions


def check(options: FilterOptions, catalog: Catalog) -> None:
    """Refuse a provider, task or region that the snapshot does not know.

    Raises:
        Stop: one of them is unknown; the hint names the nearest ones, or all.
    """
    for name in options.provider or ():
        provider(name, catalog)
    if options.task:
        _task(options.task, catalog)
    if options.region:
        _region(options.region, catalog)


def provider(name: str, catalog: Catalog) -> None:
    """Refuse a provider that the snapshot has never seen.

    Raises:
        Stop: it has not.
    """
    names = [row["provider"] for row in catalog.providers()]
    if name.lower() not in names:
        raise Stop(
            NOTHING_FOUND,
            f"no provider {name[:60]!r} in the snapshot",
            nearest(name, names) or "list them: hfp providers",
        )


def _task(word: str, catalog: Catalog) -> None:
    offered = {task for (task,) in catalog.query("SELECT DISTINCT task FROM offers")}
    if not offered.union(KNOWN, GROUPS).intersection((word.lower(), *tasks_of(word))):
        hint = nearest(word, sorted(offered.union(GROUPS))) or f"groups are {', '.join(GROUPS)}; or a task of the Hub's"
        raise Stop(NOTHING_FOUND, f"no task or group {word[:60]!r}", hint)


def _region(word: str, catalog: Catalog) -> None:
    stated = sorted({region for row in catalog.providers() for region in row["regions"] or ()})
    if word.lower() not in stated:
        hint = f"regions that are stated: {', '.join(stated)}" if stated else "leave it out: no provider states any"
        raise Stop(NOTHING_FOUND, f"no provider states the region {word[:60]!r}", hint)


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the most similar names as a hint; empty where none is similar."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), list(names), n=3)
    return f"nearest: {', '.join(near)}" if near else ""
