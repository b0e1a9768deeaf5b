"""Rows of the router and the page that name an offer which no listing has: found a home, or counted. Pure.

The router may know a model by a former id, in another letter case, or for another task than the provider's listing.
What stands beside a former id goes to the model's id of today; anything else is counted as drift with examples,
because a price is never given to an offer that it may not be of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline.assemble.prices import CHAT_SOURCES
from pipeline.assemble.routes import Route, route
from pipeline.crawl.source_result import Row, SourceResult

EXAMPLES = 5
"""How many rows of one kind are named in the drift of one source; all of them are counted."""


def find_homes(
    source_results: Iterable[SourceResult], routes: Collection[Route], good: Collection[str], renamed: Mapping[str, str]
) -> None:
    """Give rows of former ids the id of today, and count those that have no offer, in the results themselves.

    Args:
        source_results: What every source said; those of the router and the page are changed.
        routes: The routes that have an offer in this run.
        good: Providers whose listing was taken; of the others nobody knows what they list.
        renamed: Former ids of models, and where they led.
    """
    tasks: dict[tuple[str, str], set[str]] = {}
    cases: dict[tuple[str, str], str] = {}
    for model_id, provider, task in routes:
        tasks.setdefault((model_id, provider), set()).add(task)
        cases[model_id.lower(), provider] = model_id
    for result in source_results:
        if result.source in CHAT_SOURCES:
            homeless: dict[str, list[str]] = {}
            result.offers = [_housed(offer, routes, renamed, homeless, tasks, cases, good) for offer in result.offers]
            _count(result, homeless)


def _housed(
    offer: Row,
    routes: Collection[Route],
    renamed: Mapping[str, str],
    homeless: dict[str, list[str]],
    tasks: Mapping[tuple[str, str], set[str]],
    cases: Mapping[tuple[str, str], str],
    good: Collection[str],
) -> Row:
    """Return the row, under today's id where its own is a former one; one without a home is added to `homeless`."""
    model_id, provider, task = route(offer)
    if (model_id, provider, task) in routes or provider not in good:
        return offer
    new = renamed.get(model_id)
    if new is not None and (new, provider, task) in routes:
        homeless.setdefault("former id", []).append(f"{model_id} is {new}")
        return offer | {"model_id": new}
    if (model_id, provider) in tasks:
        listed = ", ".join(sorted(tasks[model_id, provider]))
        homeless.setdefault("listed for another task", []).append(f"{model_id} at {provider}: {listed}, not {task}")
    elif (model_id.lower(), provider) in cases:
        known = cases[model_id.lower(), provider]
        homeless.setdefault("listed in another letter case", []).append(f"{model_id} at {provider}: {known}")
    else:
        homeless.setdefault("not listed", []).append(f"{model_id} at {provider}")
    return offer


def _count(result: SourceResult, homeless: Mapping[str, list[str]]) -> None:
    for kind, rows in homeless.items():
        result.drift[f"rows of no offer, {kind}"] += len(rows)
        for row in rows[:EXAMPLES]:
            result.drift[f"{kind}: {row}"[:200]] += 1
