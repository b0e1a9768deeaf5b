"""The tables of the current state, updated by recordings newer than the crawl."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl
import pyarrow as pa

from hf_providers.catalog.schema import MODELS, OFFERS, PRICE_CONFLICTS, PROVIDERS, ROUTE
from hf_providers.rules.recency import recent_since
from hf_providers.rules.tasks import CHAT_TASK, modality
from pipeline.assemble import tables
from pipeline.assemble.model_rows import bare_model, finished_model, newest_source
from pipeline.assemble.provider_rows import counts
from pipeline.assemble.routes import route
from pipeline.backfill.current_offers import CurrentOffers
from pipeline.crawl.source_result import Row
from pipeline.crawl.sources import router
from pipeline.crawl.sources.hub_list import NAME as LISTING
from pipeline.history.intervals import Observations
from pipeline.history.record import HISTORIES, frame
from pipeline.publish.dataset import Manifest

_NO_MODEL: Row = dict.fromkeys(MODELS.column_names)
Served = Mapping[str, datetime]
"""When models were last served by any provider."""


def current_tables(
    content: Mapping[str, pa.Table], manifest: Manifest, observations: Iterable[Observations], served: Served
) -> dict[str, pa.Table]:
    """Return offers, models, providers and price_conflicts as of the newest observation.

    Args:
        content: The tables, the histories with the observations merged in.
        manifest: Says when the listings were read.
        observations: The recorded observations; those older than a listing are ignored.
        served: When models were served by any provider.
    """
    models = {row["model_id"]: row for row in tables.to_rows(content[MODELS.name])}
    inference = {model_id: row["inference"] for model_id, row in models.items()}
    current = CurrentOffers(tables.to_rows(content[OFFERS.name]), listed_at(manifest), inference)
    current.apply(observations)
    _date_changes(current, content)
    offers = list(current.offers.values())
    judged = current.price_conflicts
    disagreeing = [row for row in tables.to_rows(content[PRICE_CONFLICTS.name]) if route(row) not in judged]
    disagreeing += [row for rows in judged.values() for row in rows]
    return {
        OFFERS.name: tables.from_rows(OFFERS, offers),
        MODELS.name: tables.from_rows(MODELS, _models(models, offers, content[OFFERS.name], served)),
        PROVIDERS.name: tables.from_rows(PROVIDERS, _providers(content[PROVIDERS.name], offers)),
        PRICE_CONFLICTS.name: tables.from_rows(PRICE_CONFLICTS, disagreeing),
    }


def listed_at(manifest: Manifest) -> datetime:
    """Return when the newest listing was read: later observations may have offers that it could not know."""
    read = (s.observed_at for s in manifest.sources if s.source == LISTING and s.observed_at)
    return max(read, default=manifest.checked_at)


def _date_changes(current: CurrentOffers, histories: Mapping[str, pa.Table]) -> None:
    """Set `changed_at` of the changed offers from the histories of their routes."""
    begun = pl.concat(
        frame(histories[table.name].select([*ROUTE, "valid_from", "valid_to"])).filter(pl.col("valid_to").is_null())
        for table in HISTORIES
    )
    since = {row[:3]: row[3] for row in begun.group_by(ROUTE).agg(pl.col("valid_from").max()).iter_rows()}
    for name in current.changed:
        offer = current.offers[name]
        offer["changed_at"] = max(offer["first_seen_at"], since.get(route(offer), offer["first_seen_at"]))


def _models(models: dict[str, Row], offers: Iterable[Row], before: pa.Table, served: Served) -> list[Row]:
    """Return a row for every model that has an offer, or was seen to be served."""
    offered: dict[str, list[Row]] = defaultdict(list)
    for offer in offers:
        offered[offer["model_id"]].append(offer)
    rows_by_id = {
        model_id: finished_model(models.get(model_id) or bare_model(model_id, group), group)
        for model_id, group in offered.items()
    }
    had = set(before["model_id"].to_pylist())
    rows_by_id |= {
        model_id: row for model_id, row in models.items() if model_id not in had and model_id not in rows_by_id
    }
    for model_id, at in served.items():
        row = rows_by_id.setdefault(model_id, models.get(model_id) or _served_model(model_id))
        row["last_seen_at"] = max(filter(None, (row["last_seen_at"], at)))
    return list(rows_by_id.values())


def _served_model(model_id: str) -> Row:
    """Return the row of a model known only from the router's list, which has chat models only."""
    chat = {"conversational": True, "modality": modality(None, [CHAT_TASK]), "source": router.NAME}
    return _NO_MODEL | bare_model(model_id) | chat


def _providers(known: pa.Table, offers: Sequence[Row]) -> list[Row]:
    """Return the providers with what they serve now; those known only from the histories are added later."""
    offered: dict[str, list[Row]] = defaultdict(list)
    for offer in offers:
        offered[offer["provider"]].append(offer)
    rows, since = {row["provider"]: row for row in tables.to_rows(known)}, recent_since(offers)
    for provider in offered:
        rows.setdefault(provider, historic_provider(provider))
    for provider, row in rows.items():
        own_offers = offered[provider]
        row.update(counts(own_offers, since))
        row["active"] = bool(own_offers)
        row["source"] = newest_source(own_offers) or row["source"]
    return list(rows.values())


def historic_provider(provider: str) -> Row:
    """Return the row of a provider known from recordings only."""
    empty = dict.fromkeys(PROVIDERS.column_names)
    known_facts = {"kind": "serverless", "models": 0, "live_offers": 0, "active": False, "stale": False}
    return empty | known_facts | {"provider": provider}
