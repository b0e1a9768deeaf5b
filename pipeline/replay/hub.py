"""The Hub's other answers: one model, a partner's registrations, and the inference page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from hf_providers.catalog.row_types import JsonObject
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.replay.catalogue import MAPPING, Catalogue, speaking
from pipeline.replay.facts import TAG_FILTER, Offer
from pipeline.replay.listing import projection
from pipeline.replay.wire import Entity, Reply, Request, dumps, reply_error, reply_json

SINGLE_MODEL_KEYS = ("status", "providerId", "task", "isModelAuthor", "adapter", "adapterWeightsPath")
"""The keys of an offer that the single-model endpoint has: no price, no speed."""

NO_SUCH_REPO = "Invalid username or password."
"""The Hub's message for a missing model: an anonymous caller cannot tell it from a private one."""


def one_model(catalogue: Catalogue, request: Request, model_id: str) -> Reply:
    """Return one model with an object-shaped mapping; 307 to the right spelling, 401 where there is no model."""
    listed = catalogue.by_id.get(model_id)
    if listed is None:
        right = catalogue.id_in_lower_case.get(model_id.lower())
        return _no_such_repo() if right is None else _redirect(request, right)
    everything = [name for name in listed.pieces if name != MAPPING]
    names = projection(request, everything)
    pieces = dict(listed.pieces)
    if listed.model.offers is not None:
        pieces[MAPPING] = f'"{MAPPING}":{dumps(_by_provider(listed.model.offers))}'
    body = "{" + ",".join(pieces[name] for name in names if name in pieces) + "}"
    return Reply(200, Entity(body.encode()))


def _by_provider(offers: Iterable[Offer]) -> JsonObject:
    chosen = speaking(list(offers))
    return {provider: _picked(offer, SINGLE_MODEL_KEYS) for provider, offer in chosen.items()}


def _picked(offer: Offer, keys: Iterable[str]) -> JsonObject:
    return {key: offer.entry[key] for key in keys if key in offer.entry}


def _redirect(request: Request, model_id: str) -> Reply:
    location = f"/api/models/{quote(model_id)}" + (f"?{request.raw_query}" if request.raw_query else "")
    text = f"Temporary Redirect. Redirecting to {location}"
    headers = (("Location", location), ("Vary", "Origin, Accept"))
    return Reply(307, Entity(text.encode(), "text/plain; charset=utf-8"), headers)


def _no_such_repo() -> Reply:
    headers = (("X-Error-Code", "RepoNotFound"), ("X-Error-Message", NO_SUCH_REPO))
    return reply_error(401, NO_SUCH_REPO, *headers)


def partner_models(catalogue: Catalogue, request: Request, provider: str) -> Reply:
    """Return a provider's own registrations by task and model, filtered by `status`.

    Tag filters are left out: the Hub lists each once, by its tags; the facts have only the models it matched.
    """
    status = request.value("status")
    tasks: defaultdict[str, JsonObject] = defaultdict(dict)
    for listed in catalogue.by_provider.get(provider, []):
        for offer in listed.model.offers or ():
            entry = offer.entry
            own = offer.provider == provider and entry.get("type") != TAG_FILTER
            if own and "task" in entry and status in (None, entry.get("status")):
                registration = _picked(offer, ("_id", "providerId", "status"))
                tasks[str(entry["task"])].setdefault(listed.model.id, registration)
    return reply_json(tasks)


def inference_page(catalogue: Catalogue, _request: Request) -> Reply:
    """Return the HTML page of chat offers: one element whose `data-props` is the page's data as escaped JSON."""
    mappings = [
        _page_mapping(listed.model.id, offer)
        for listed in catalogue.served
        for offer in listed.model.offers or ()
        if offer.entry.get("task") == CHAT_TASK and offer.entry.get("status") != "staging"
    ]
    providers = list(dict.fromkeys(mapping["provider"] for mapping in mappings))
    props = escape(dumps({"mappings": mappings, "orderedInferenceProviders": providers}))
    html = (
        "<!doctype html><html><head><title>Inference Providers: recorded facts, replayed</title></head><body>"
        f'<div data-target="InferenceProvidersTable" data-props="{props}"></div></body></html>\n'
    )
    return Reply(200, Entity(html.encode(), "text/html; charset=utf-8"))


def _page_mapping(model_id: str, offer: Offer) -> JsonObject:
    mapping = _picked(offer, ("_id", "provider", "status", "features", "performance"))
    return {**mapping, "model": {"id": model_id}, **offer.page}
