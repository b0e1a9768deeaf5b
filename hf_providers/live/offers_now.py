"""Ask the Hub and the router for one model's offers now, as rows of the `offers` table.

Only the list-shaped mapping has speeds and prices, so the model is searched in the list (`inference_provider=all` and
`search`) by its exact id; for a chat model the router is asked too. A price is the router's, or else the mapping's;
other missing values come from the router. Every function that takes a `Hub` uses the network.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from math import isclose
from typing import TYPE_CHECKING, Any, NamedTuple

from hf_providers import hub as hubs
from hf_providers.catalog.schema import OFFERS
from hf_providers.errors import HubError, HubNotFound
from hf_providers.hub import Hub, HubModel
from hf_providers.hub.parsing import parse_as
from hf_providers.rules.money import PRICE_COLUMNS
from hf_providers.rules.readiness import MEASUREMENTS, readiness, reason
from hf_providers.rules.tasks import CHAT_TASK

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import AnyRow, OfferRow

Draft = dict[str, Any]
"""An offer being filled in, by column; when complete, it is an `OfferRow`."""


class Answer(NamedTuple):
    """The body of an answer, when it came, in seconds since 1970, and when a replay's was observed, as it says."""

    body: bytes
    at: float
    replay_of: str | None = None


Fetch = Callable[[str, Callable[[], Answer]], Answer]
"""Maps a subject (model, router) and a way to ask to the answer; a cache can be one."""

EXPAND = ("inferenceProviderMapping", "inference")
PAGE = 100
MAX_PAGES = 5
LISTED, ALONE = "hub-list", "hub-model"
"""The two ways in which the Hub states a model's offers."""
_FILLED = (
    "context_length",
    "supports_tools",
    "supports_structured_output",
    "throughput_tps",
    "ttft_ms",
    "is_model_author",
)
COMPARED = ("status", "readiness", *PRICE_COLUMNS, "is_free", "context_length", *_FILLED[1:3], *MEASUREMENTS)
"""Columns whose difference from the snapshot is reported."""
_KEY = ("provider", "task", "provider_model_id")


@dataclass(slots=True)
class Live:
    """One model as it is now.

    Attributes:
        model_id: The id by which the Hub knows it, which may be a newer one than was asked for.
        offers: Rows of the `offers` table: prices are exact decimal text, times ISO text.
        inference: The Hub's model-level inference state, or None where it says nothing.
        observed_at: When the Hub answered, ISO text in UTC.
        routed_at: When the router answered, likewise; None where it was not asked or did not answer.
        notes: What a reader should know of the answer, one line each.
        in_part: Whether the router should have answered as well, and did not.
        replayed: Whether a replay answered: then `observed_at` and `routed_at` are when its facts were observed.
    """

    model_id: str
    offers: list[OfferRow]
    inference: str | None
    observed_at: str
    routed_at: str | None = None
    notes: list[str] = field(default_factory=list)
    in_part: bool = False
    replayed: bool = False


def straight(_what: str, ask: Callable[[], Answer]) -> Answer:
    """Ask anew: the `Fetch` without a cache."""
    return ask()


def validations(hub: Hub, model_id: str) -> list[hubs.Mapping]:
    """Return what the inference page says of a model: only it states when Hugging Face measured; empty without it."""
    try:
        page = hub.fetch("/inference/models", None, hubs.read_inference_page)
    except HubError:
        return []
    return [entry.mapping for entry in page.records if entry.model_id == model_id]


def read(
    hub: Hub,
    model_id: str,
    known: Iterable[OfferRow] = (),
    fetch: Fetch = straight,
    validated: Iterable[hubs.Mapping] = (),
) -> Live:
    """Return a model's offers as the Hub and the router state them now.

    Args:
        hub: Whom to ask.
        model_id: The exact id.
        known: The snapshot's rows of the model, which say since when a value has been seen, and when it was measured.
        fetch: Where answers come from.
        validated: What `validations` gave: when the very figures were measured.

    Raises:
        HubNotFound: there is no such model, or it is private.
        HubError: the Hub gave no usable answer. A router that gives none is noted instead.
    """
    model, answer, source = _model(hub, model_id, fetch)
    drafts: list[Any] = [_row(model.id, mapping, source) for mapping in model.mappings or ()]
    live = Live(model.id, drafts, model.inference, _observed(answer))
    if answer.replay_of:
        live.replayed = True
        live.notes.append(f"a replay answered: its facts are of {answer.replay_of}")
    if any(offer["task"] == CHAT_TASK for offer in live.offers):
        try:
            _fill_from_router(live, drafts, hub, fetch)
        except HubNotFound:
            live.notes.append("the router does not list it")
        except HubError as error:
            live.notes.append(f"without the router: {error}")
            live.in_part = True
    before = {offer_key(row): row for row in identified(known, live.offers)}
    for offer in drafts:
        _finish(offer, before.get(offer_key(offer)), live)
        offer["validated_at"] = offer["validated_at"] or _validated_at(offer, validated)
    live.offers.sort(key=offer_key)
    return live


def _observed(answer: Answer) -> str:
    """Return when what an answer says was observed: ISO text in UTC."""
    at = datetime.fromtimestamp(answer.at, UTC)
    if answer.replay_of:
        with suppress(ValueError):
            at = datetime.fromisoformat(answer.replay_of)
    return _iso(at)


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _answer(hub: Hub, body: bytes) -> Answer:
    return Answer(body, time.time(), hub.replayed_at)


def _model(hub: Hub, model_id: str, fetch: Fetch) -> tuple[HubModel, Answer, str]:
    """Return the model, the answer and its source: the list, or the model by itself, also by a newer name."""
    answer = fetch("model", lambda: _answer(hub, _search(hub, model_id)))
    model = _listed(answer.body)
    if model:
        return model, answer, LISTED
    single = _single(hub, model_id)
    renamed = None if single.id == model_id else _listed(_search(hub, single.id))
    return renamed or single, _answer(hub, b""), LISTED if renamed else ALONE


def _listed(body: bytes) -> HubModel | None:
    return next(iter(hubs.read_models(body).records), None)


def _search(hub: Hub, model_id: str) -> bytes:
    """Return a JSON list of the one record with the exact id, or an empty one."""
    params = {"inference_provider": "all", "search": model_id, "limit": PAGE, "expand[]": list(EXPAND)}
    # Closed here: a Ctrl-C while Python discards a half-read answer would be lost.
    with closing(hub.pages("/api/models", params, lambda body: parse_as(list, body))) as pages:
        for _, records in zip(range(MAX_PAGES), pages, strict=False):
            same = [record for record in records if isinstance(record, dict) and record.get("id") == model_id]
            if same:
                return json.dumps(same).encode()
    return b"[]"


def _single(hub: Hub, model_id: str) -> HubModel:
    read = hub.fetch(f"/api/models/{model_id}", {"expand[]": list(EXPAND)}, hubs.read_model)
    if not read.records:
        raise hubs.HubBadAnswer(f"the Hub's answer on {model_id} can't be read", "try again later", attempts=1)
    return read.records[0]


def _fill_from_router(live: Live, drafts: Iterable[Draft], hub: Hub, fetch: Fetch) -> None:
    """Add what the router states to the representative chat offer of each provider."""

    def ask() -> Answer:
        return _answer(hub, hub.fetch(f"/v1/models/{live.model_id}", None, _whole, router=True))

    answer = fetch("router", ask)
    read = hubs.read_router_model(_unwrapped(answer.body))
    live.routed_at = _observed(answer)
    chats = [offer for offer in drafts if offer["task"] == CHAT_TASK]
    # Its own model before a tag filter: the last one of a provider stays.
    by_provider = {o["provider"]: o for o in sorted(chats, key=lambda o: o["type"] != "tag-filter")}
    for mapping in read.records[0].mappings if read.records else ():
        if mapping.provider in by_provider:
            _fill(by_provider[mapping.provider], mapping)


def _whole(body: bytes) -> bytes:
    parse_as(dict, body)
    return body


def _unwrapped(body: bytes) -> bytes:
    """Return a model without the `data` object around it, if there is one."""
    value = parse_as(dict, body)
    return json.dumps(value["data"]).encode() if isinstance(value.get("data"), dict) else body


def _row(model_id: str, mapping: hubs.Mapping, source: str) -> Draft:
    row: Draft = dict.fromkeys(OFFERS.column_names)
    row |= {name: getattr(mapping, name) for name in row if hasattr(mapping, name)}
    row |= {"model_id": model_id, "provider_model_id": mapping.provider_model_id or "", "stale": False}
    measured = any(value is not None for value in _measured(row))
    row |= {"source": source, "measured_source": source if measured else None}
    return _priced(row, mapping, source)


def _priced(row: Draft, mapping: hubs.Mapping, source: str) -> Draft:
    """Give a row a mapping's price as exact text, and its source, where it states one."""
    if mapping.input_usd_per_mtok is not None:
        row["price_source"] = source
        row |= {name: _decimal(getattr(mapping, name)) for name in PRICE_COLUMNS}
    return row


def _decimal(price: Decimal) -> str:
    """Return a price as the catalog writes it: plain digits, no zeros at the end."""
    text = f"{price:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fill(offer: Draft, mapping: hubs.Mapping) -> None:
    _priced(offer, mapping, "router")
    offer |= {"is_free": mapping.is_free, "free_until": mapping.free_until and _iso(mapping.free_until)}
    unmeasured = all(value is None for value in _measured(offer))
    offer |= {name: getattr(mapping, name) for name in _FILLED if offer[name] is None}
    if unmeasured and any(value is not None for value in _measured(offer)):
        offer["measured_source"] = "router"


def offer_key(row: AnyRow) -> tuple[str, ...]:
    """Return the key of an offer within its model: provider, task, the provider's own id of the model."""
    return tuple(row[name] for name in _KEY)


def identified(before: Iterable[OfferRow], now: Iterable[OfferRow]) -> list[OfferRow]:
    """Return a snapshot's rows; one without a recorded id of the provider's own gets the id that its route has now."""
    ids: dict[tuple[str, str], str] = {}
    for row in now:
        ids.setdefault((row["provider"], row["task"]), row["provider_model_id"])
    return [
        row
        if row["provider_model_id"]
        else {**row, "provider_model_id": ids.get((row["provider"], row["task"]), row["provider_model_id"])}
        for row in before
    ]


def _finish(row: Draft, old: AnyRow | None, live: Live) -> None:
    """Fill in a row's readiness, and from the snapshot's row since when it holds and when it was measured."""
    row["readiness"] = readiness(row["status"], row["task"], *_measured(row), live.inference)
    same = old is not None and not _differing(old, row)
    row["first_seen_at"] = old["first_seen_at"] if old else live.observed_at
    row["changed_at"] = old["changed_at"] if old and same else live.observed_at
    unmoved = old is not None and all(_same(old[name], row[name]) for name in MEASUREMENTS)
    row["validated_at"] = old["validated_at"] if old and unmoved else None
    row |= {name: old[name] if old else None for name in ("listed", "missing_since")}
    row["observed_at"] = live.observed_at
    row["price_observed_at"] = live.observed_at if row["price_source"] else None
    row["measured_at"] = live.observed_at if any(value is not None for value in _measured(row)) else None


def _validated_at(row: AnyRow, validated: Iterable[hubs.Mapping]) -> str | None:
    """Return when an offer was measured, from a source with exactly the same figures; None if there is none."""
    for mapping in validated:
        same = (mapping.provider, mapping.task) == (row["provider"], row["task"])
        if same and mapping.validated_at and all(_same(getattr(mapping, n), row[n]) for n in MEASUREMENTS):
            return _iso(mapping.validated_at)
    return None


def why(row: OfferRow, inference: str | None) -> str:
    """Return in a few words why an offer is as ready as it is."""
    return reason(row["status"], row["task"], *_measured(row), inference)


def _measured(row: AnyRow) -> tuple[float | None, float | None, float | None]:
    return row["throughput_tps"], row["ttft_ms"], row["request_latency_ms"]


def differences(before: Iterable[OfferRow], after: Iterable[OfferRow]) -> dict[tuple[str, ...], dict[str, object]]:
    """Return by offer (provider, task, provider's model id) what differs, as the values before.

    A new offer has `{"status": None}`; one that is gone is included, though not in `after`.
    """
    new = {offer_key(row): row for row in after}
    old = {offer_key(row): row for row in identified(before, new.values())}
    changed: dict[tuple[str, ...], dict[str, object]]
    changed = {key: _differing(old[key], row) if key in old else {"status": None} for key, row in new.items()}
    gone: dict[tuple[str, ...], dict[str, object]]
    gone = {key: {"status": row["status"]} for key, row in old.items() if key not in new}
    return {key: value for key, value in (changed | gone).items() if value}


def _differing(old: AnyRow, new: AnyRow) -> dict[str, object]:
    return {name: old[name] for name in COMPARED if not _same(old[name], new[name])}


def _same(old: object, new: object) -> bool:
    """Whether two values are the same; a snapshot keeps measurements in single precision."""
    if isinstance(old, float | int) and isinstance(new, float | int) and not isinstance(old, bool):
        return isclose(old, new, rel_tol=1e-6)
    return old == new
