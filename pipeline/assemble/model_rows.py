"""The rows of `models`: the Hub's facts about each, and what follows from its offers. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter

from hf_providers.catalog.schema import MODELS
from hf_providers.rules.tasks import CHAT_TASK, modality
from pipeline.assemble.routes import Previous
from pipeline.crawl.source_result import Row

_NO_MODEL: Row = dict.fromkeys(MODELS.column_names)


def model_rows(
    facts: Mapping[str, Row], sources: Mapping[str, str], offers: Iterable[Row], previous: Previous
) -> list[Row]:
    """Return one complete row for every model with an offer, or of which no offer was ever known.

    Args:
        facts: What was stated of models in this run.
        sources: What stated each of these.
        offers: The finished offers.
        previous: The last published rows.
    """
    grouped: dict[str, list[Row]] = defaultdict(list)
    for offer in offers:
        grouped[offer["model_id"]].append(offer)
    return [
        finished_model(
            facts.get(model_id) or previous.models.get(model_id) or bare_model(model_id, group),
            group,
            sources.get(model_id),
        )
        for model_id, group in grouped.items()
    ] + _without_offers(previous, grouped.keys())


def _without_offers(previous: Previous, offered: Collection[str]) -> list[Row]:
    """Return the models that never had an offer; one whose offers ended is in the histories only."""
    had = {model_id for model_id, *_ in previous.offers}
    return [row for model_id, row in previous.models.items() if model_id not in had and model_id not in offered]


def bare_model(model_id: str, offers: Iterable[Row] = ()) -> Row:
    """Return the row of a model of which only the id and the offers are known."""
    author, _, name = model_id.rpartition("/")
    return {"model_id": model_id, "author": author, "name": name, "source": newest_source(offers)}


def newest_source(offers: Iterable[Row]) -> str | None:
    """Return the source of the newest of these offers; None where none is dated."""
    dated = [offer for offer in offers if offer["observed_at"] is not None]
    source: str | None = max(dated, key=itemgetter("observed_at"))["source"] if dated else None
    return source


def finished_model(facts: Row, offers: list[Row], source: str | None = None) -> Row:
    """Return a complete model row: its facts, what follows from its offers, and what stated it in this run, if any."""
    tasks = [offer["task"] for offer in offers]
    contexts = [o["context_length"] for o in offers if o["status"] == "live" and o["context_length"] is not None]
    row = _NO_MODEL | facts
    row["source"] = source or row["source"]
    if CHAT_TASK in tasks:
        row["conversational"] = True
    row["modality"] = modality(row["pipeline_tag"], tasks)
    row["context_length"] = max(contexts, default=None)
    row["last_seen_at"] = max(filter(None, (row["last_seen_at"], *(o["observed_at"] for o in offers))), default=None)
    return row
