"""Match rows of the router and the page with the offers that the listings have; count those without one. Pure.

The router may know a model by a former id, in another letter case, or for another task than the provider's listing.
A row under a former id gets the model's current id; any other mismatch is counted as drift with examples, because a
price is never put on an offer that it may not belong to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline.assemble.prices import CHAT_SOURCES
from pipeline.assemble.routes import Route, route
from pipeline.crawl.source_result import Row, SourceResult

EXAMPLES = 5
"""How many rows of one kind the drift of a source names; all of them are counted."""


def match_offers(
    source_results: Iterable[SourceResult], routes: Collection[Route], good: Collection[str], renamed: Mapping[str, str]
) -> None:
    """Replace former ids by current ones, and count the rows without an offer; changes the results themselves.

    Args:
        source_results: The answer of every source; those of the router and the page are changed.
        routes: The routes that have an offer in this run.
        good: Providers whose listing was accepted; nobody knows what the others list.
        renamed: Former ids of models, and the ids they redirect to.
    """
    tasks: dict[tuple[str, str], set[str]] = {}
    cases: dict[tuple[str, str], str] = {}
    for model_id, provider, task in routes:
        tasks.setdefault((model_id, provider), set()).add(task)
        cases[model_id.lower(), provider] = model_id
    for result in source_results:
        if result.source in CHAT_SOURCES:
            unmatched: dict[str, list[str]] = {}
            result.offers = [_matched(offer, routes, renamed, unmatched, tasks, cases, good) for offer in result.offers]
            _count(result, unmatched)


def _matched(
    offer: Row,
    routes: Collection[Route],
    renamed: Mapping[str, str],
    unmatched: dict[str, list[str]],
    tasks: Mapping[tuple[str, str], set[str]],
    cases: Mapping[tuple[str, str], str],
    good: Collection[str],
) -> Row:
    """Return the row, under the current id where its own is a former one; one without an offer goes to `unmatched`."""
    model_id, provider, task = route(offer)
    if (model_id, provider, task) in routes or provider not in good:
        return offer
    new = renamed.get(model_id)
    if new is not None and (new, provider, task) in routes:
        unmatched.setdefault("former id", []).append(f"{model_id} is {new}")
        return offer | {"model_id": new}
    if (model_id, provider) in tasks:
        listed = ", ".join(sorted(tasks[model_id, provider]))
        unmatched.setdefault("listed for another task", []).append(f"{model_id} at {provider}: {listed}, not {task}")
    elif (model_id.lower(), provider) in cases:
        known = cases[model_id.lower(), provider]
        unmatched.setdefault("listed in another letter case", []).append(f"{model_id} at {provider}: {known}")
    else:
        unmatched.setdefault("not listed", []).append(f"{model_id} at {provider}")
    return offer


def _count(result: SourceResult, unmatched: Mapping[str, list[str]]) -> None:
    for kind, rows in unmatched.items():
        result.drift[f"rows of no offer, {kind}"] += len(rows)
        for row in rows[:EXAMPLES]:
            result.drift[f"{kind}: {row}"[:200]] += 1
