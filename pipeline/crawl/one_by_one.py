"""The sources with one request a model, a limited number a run: models without a mapping, and config.json.

A record that is refused or cannot be read costs that record alone. Only a server that answers nothing fails the source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from hf_providers.catalog.row_types import ArchitectureRow
from hf_providers.errors import HubBadAnswer, HubNotFound, HubRefused, HubUnreachable
from hf_providers.hub import Hub, Problem, Tally
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.crawl.guard import Progress, guarded
from pipeline.crawl.source_result import Row, SourceResult
from pipeline.crawl.sources import architectures, hub_list, hub_model, inference_page, router

MAX_SINGLE_MODELS = 100
MAX_CONFIGS = 300
"""Files read in one run: the very first run would request thousands, so they are spread over several runs."""
CONFIGS_AT_ONCE = 4
MAX_UNREACHABLE = 5
"""Requests of one source that may fail before the server itself counts as failing."""

T = TypeVar("T")


def crawl_models(hub: Hub, model_ids: Iterable[str], progress: Progress, *, after: str | None = None) -> SourceResult:
    """Return models that no list has with a mapping, one request each, bounded; a run continues where the last ended.

    Args:
        hub: The client.
        model_ids: The models without a mapping.
        progress: Hears how it goes.
        after: The last one that the previous run asked for.
    """
    source_result = SourceResult(hub_model.NAME)
    asked, source_result.waiting = in_turn(model_ids, after, MAX_SINGLE_MODELS)
    if source_result.waiting:
        source_result.drift["models left for the next run"] += len(source_result.waiting)

    def work() -> None:
        for model_id in asked:
            source_result.asked_to = model_id
            read = _or_problem(source_result, model_id, partial(hub_model.fetch, hub, model_id, source_result.tally))
            if read is None:
                continue
            for model in read.records:
                if model.id != model_id:
                    source_result.renamed[model_id] = model.id
                hub_model.rows(source_result, model)
            source_result.note(read.problems, read.drift)

    return guarded(source_result, progress, work)


def in_turn(model_ids: Iterable[str], after: str | None, count: int) -> tuple[list[str], set[str]]:
    """Return the next `count` ids after `after`, by name and starting over at the end, and those that have to wait."""
    ordered = sorted(set(model_ids))
    behind = [model_id for model_id in ordered if after is not None and model_id > after]
    circle = behind + ordered[: len(ordered) - len(behind)]
    return circle[:count], set(circle[count:])


def _or_problem(source_result: SourceResult, model_id: str, ask: Callable[[], T]) -> T | None:
    """Return the answer; None, and a note of a problem or drift, where it fails for this model alone.

    Raises:
        HubError: the server fails, not this model.
    """
    try:
        return ask()
    except HubNotFound as error:
        source_result.drift[f"{model_id}: {error}"] += 1
    except (HubRefused, HubBadAnswer) as error:
        source_result.problems.append(Problem(model_id, "", str(error)[:200], ""))
    except HubUnreachable as error:
        source_result.problems.append(Problem(model_id, "", str(error)[:200], ""))
        if len(source_result.problems) > MAX_UNREACHABLE:
            raise
    return None


def crawl_architectures(
    hub: Hub, models: Sequence[Row], progress: Progress, *, with_token: bool, refused: Collection[str] = ()
) -> SourceResult:
    """Return what config.json says of models, one request each, bounded, the most used first.

    Gated ones are skipped and counted where there is no token. A file that cannot be used has the reason in its row,
    and waits for another commit; one that the server refuses goes into `refused_files`, to be requested another day.

    Args:
        hub: The client.
        models: The models whose file to read.
        progress: Hears how it goes.
        with_token: Whether gated models may be asked for.
        refused: Models whose file was refused before and is due again: requested last.
    """
    source_result = SourceResult(architectures.NAME)
    open_ones = [row for row in models if with_token or row["gated"] in (None, "false")]
    if len(open_ones) < len(models):
        source_result.drift["gated: skipped"] += len(models) - len(open_ones)
    again = frozenset(refused)
    wanted = sorted(open_ones, key=lambda row: (row["model_id"] in again, -(row["downloads"] or 0), row["model_id"]))

    def work() -> None:
        with ThreadPoolExecutor(max_workers=CONFIGS_AT_ONCE) as threads:
            read = threads.map(
                lambda row: _read_config(hub, row["model_id"], source_result.tally), wanted[:MAX_CONFIGS]
            )
            unreachable = 0
            for row, facts in zip(wanted, read, strict=False):
                if isinstance(facts, dict):
                    source_result.rows.append({"model_id": row["model_id"], "sha": row["sha"], **facts})
                    source_result.records += 1
                    continue
                source_result.refused_files.add(row["model_id"])
                source_result.drift[f"config.json not given: {type(facts).__name__}"] += 1
                unreachable += isinstance(facts, HubUnreachable)
                if unreachable > MAX_UNREACHABLE:
                    threads.shutdown(wait=False, cancel_futures=True)
                    raise facts

    return guarded(source_result, progress, work)


def _read_config(hub: Hub, model_id: str, tally: Tally) -> ArchitectureRow | HubRefused | HubUnreachable:
    """Return what a model's config.json says, or why the server refuses it."""
    try:
        return architectures.fetch(hub, model_id, tally)
    except HubNotFound:
        return architectures.absent()
    except HubBadAnswer as error:
        return {**architectures.absent(), "reason": str(error)[:200]}
    except (HubRefused, HubUnreachable) as error:
        return error


def changed(source_results: Iterable[SourceResult], commits: Mapping[str, str | None]) -> list[Row]:
    """Return the listed chat models whose commit is not the one at which config.json was read.

    Models without a stated commit are left out: nothing says that their file changed.
    """
    rows: dict[str, Row] = {}
    for source_result in source_results:
        if source_result.source == hub_list.NAME:
            listed = {offer["model_id"] for offer in source_result.offers if offer["task"] == CHAT_TASK}
            rows.update(
                (model_id, source_result.models[model_id]) for model_id in listed if model_id in source_result.models
            )
    return [row for model_id, row in rows.items() if row["sha"] is not None and row["sha"] != commits.get(model_id)]


def lacking(source_results: Iterable[SourceResult]) -> set[str]:
    """Return the models named without a mapping: unmapped in a list, or known to the router or the page alone."""
    listed: set[tuple[str, str]] = set()
    asked: set[str] = set()
    named: set[tuple[str, str]] = set()
    crawled: set[str] = set()
    for source_result in source_results:
        if source_result.source == hub_list.NAME and source_result.result == "ok":
            crawled.add(source_result.provider)
            asked |= source_result.unmapped
            listed.update((offer["model_id"], offer["provider"]) for offer in source_result.offers)
        elif source_result.source in (router.NAME, inference_page.NAME):
            named.update((offer["model_id"], offer["provider"]) for offer in source_result.offers)
    return asked | {model_id for model_id, provider in named - listed if provider in crawled}
