"""The search index of the home page, in columns, as JSON that browsers may cache.

The first part has the most used models and all dictionaries, and is enough to show the page and search; the second has
the other models, in the same columns; the third the adapters, by name only. Columns of a part: `id`, `offers` (how many
of the following offers are the model's, in the order that decides between equal ones), `created` (a day), then one
entry an offer: `provider` and `task` (numbers of the dictionaries), `state` (see `_state`), `in` and `out` (nano-USD a
million tokens, whole, as text where a JSON number would not be exact), `context`, `tps`, `ttft`, `latency`, and the
days of its last sighting (`seen`), its price (`priced`) and its speed (`measured`). Days are counted from 1970-01-01.
Unknown is null. Addresses that are not simply the id are in `odd`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from hf_providers.catalog.row_types import AnyRow, ModelRow, OfferRow
from hf_providers.catalog.schema import READINESS, STATUSES
from hf_providers.rules import ranking
from hf_providers.rules.money import nano_usd_per_mtok
from pipeline.site import marks, paths, tabs
from pipeline.site.page import Raw
from pipeline.site.source import Context, Source

FIRST: Final = 800
"""Models of the first part: as many as fit into a first screen of 60 KB."""
_EXACT: Final = 2**53
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DATES: Final = (("seen", "observed_at"), ("priced", "price_observed_at"), ("measured", "measured_at"))
_MEASURED: Final = (("tps", "throughput_tps"), ("ttft", "ttft_ms"), ("latency", "request_latency_ms"))


@dataclass(frozen=True, slots=True)
class Index:
    """The index's files; `rest` and `adapters` are None where they would be empty."""

    first: Raw
    rest: Raw | None
    adapters: Raw | None

    def files(self) -> Iterator[Raw]:
        """Give the files that exist."""
        yield from (file for file in (self.first, self.rest, self.adapters) if file is not None)


def make(source: Source) -> Index:
    """Return the index of a dataset."""
    models = source.models
    offers = [offer for row in models for offer in source.offers_by_model.get(row["model_id"], ())]
    providers = sorted({offer["provider"] for offer in offers})
    tasks = sorted({offer["task"] for offer in offers})
    dictionaries = {
        "total": len(models),
        "adapters": len(source.adapters),
        "providers": providers,
        "places": [paths.provider(provider) for provider in providers],
        "marks": [[marks.letters(provider), marks.colour(provider)] for provider in providers],
        "regions": [source.providers[name]["regions"] if name in source.providers else None for name in providers],
        "tasks": tasks,
        "anchors": [paths.offer_task(task) for task in tasks],
        "tabs": {tab.name: [tasks.index(task) for task in tab.tasks] for tab in tabs.present(tasks)},
    }
    first, rest = (_part(source, part, providers, tasks) for part in (models[:FIRST], models[FIRST:]))
    return Index(
        _file("models", dictionaries | first),
        _file("models-rest", rest) if rest["id"] else None,
        _file("adapters", _adapters(source)) if source.adapters else None,
    )


def _part(source: Source, models: Sequence[ModelRow], providers: list[str], tasks: list[str]) -> Context:
    provider_numbers, task_numbers = ({name: i for i, name in enumerate(names)} for names in (providers, tasks))
    ids = [row["model_id"] for row in models]
    groups = [sorted(source.offers_by_model.get(model_id, ()), key=_name) for model_id in ids]
    since = source.catalog.recent_since()
    offers = [offer for group in groups for offer in group]
    by_name: list[AnyRow] = list(offers)
    columns: Context = {
        "id": ids,
        "odd": {str(i): path for i, name in enumerate(ids) if (path := paths.model(name)) != f"models/{name}/"},
        "offers": [len(group) for group in groups],
        "created": [_day(row["created_at"]) for row in models],
        "provider": [provider_numbers[offer["provider"]] for offer in offers],
        "task": [task_numbers[offer["task"]] for offer in offers],
        "state": [_state(offer, since) for offer in offers],
        "in": [_nano(offer["input_usd_per_mtok"]) for offer in offers],
        "out": [_nano(offer["output_usd_per_mtok"]) for offer in offers],
        "context": [offer["context_length"] for offer in offers],
    }
    columns |= {name: [_measured(offer[column]) for offer in by_name] for name, column in _MEASURED}
    return columns | {name: [_day(offer[column]) for offer in by_name] for name, column in _DATES}


def _name(offer: OfferRow) -> tuple[str, str]:
    return offer["provider"], offer["provider_model_id"] or ""


def _day(moment: str | None) -> int | None:
    return date.fromisoformat(moment[:10]).toordinal() - _EPOCH if moment else None


def _state(offer: OfferRow, since: str | None) -> int:
    """Return an offer's state as bits.

    Two each: readiness, status (3: another one), tools and structured output (0: unknown, 1: no, 2: yes). One each:
    live and seen recently; of these, priced recently; of these, measured recently.
    """
    status = STATUSES.index(offer["status"]) if offer["status"] in STATUSES else len(STATUSES)
    tools, structured = (
        0 if known is None else 1 + known for known in (offer["supports_tools"], offer["supports_structured_output"])
    )
    ranked = (rule(offer, since) for rule in (ranking.is_live, ranking.is_priced, ranking.is_measured))
    lately = sum(one << bit for bit, one in enumerate(ranked, 8))
    return READINESS.index(offer["readiness"]) | status << 2 | tools << 4 | structured << 6 | lately


def _nano(price: str | None) -> int | str | None:
    nano = nano_usd_per_mtok(price)
    return nano if nano is None or nano < _EXACT else str(nano)


def _measured(value: float | None) -> float | int | None:
    """Return a measurement to the seven digits that a float32 has."""
    if value is None:
        return None
    digits = float(f"{value:.7g}")
    return int(digits) if digits.is_integer() else digits


def _adapters(source: Source) -> Context:
    """Return adapters in the order of use, each with the number of its page; `odd` are anchors other than the id."""
    page_paths = list(source.adapter_pages)
    pages = {row["model_id"]: i for i, rows in enumerate(source.adapter_pages.values()) for row in rows}
    anchors = {i: paths.anchor(name) for i, name in enumerate(source.adapters)}
    odd = {i: anchors[i] for i, name in enumerate(source.adapters) if anchors[i] != f"line/{name}"}
    return {
        "id": list(source.adapters),
        "places": page_paths,
        "place": [pages[name] for name in source.adapters],
        "odd": odd,
    }


def _file(name: str, content: Context) -> Raw:
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Raw(f"search/{name}-{sha256(written).hexdigest()[:12]}.json", written)
