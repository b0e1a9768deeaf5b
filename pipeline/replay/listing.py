"""`GET /api/models`: filters, order, projection and the chain of pages."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from pipeline.replay.catalogue import Catalogue, Listed
from pipeline.replay.wire import BadQueryError, Entity, Reply, Request

# The names of huggingface_hub's ExpandModelProperty_T, and xetEnabled of the Hub's own documentation.
EXPANDABLE = frozenset(
    (
        "author", "baseModels", "cardData", "childrenModelCount", "config", "createdAt", "disabled",
        "downloads", "downloadsAllTime", "evalResults", "gated", "gguf", "inference",
        "inferenceProviderMapping", "lastModified", "library_name", "likes", "mask_token", "model-index",
        "pipeline_tag", "private", "resourceGroup", "safetensors", "sha", "siblings", "spaces", "tags",
        "transformersInfo", "trendingScore", "usedStorage", "widgetData", "xetEnabled",
    )
)  # fmt: skip
SORTABLE = ("trendingScore", "likes", "downloads", "createdAt", "lastModified")
IDENTITY = ("_id", "id")
DEFAULT_FIELDS = (
    "_id", "id", "likes", "private", "downloads", "tags", "pipeline_tag", "library_name", "createdAt",
    "modelId",
)  # fmt: skip


def list_models(catalogue: Catalogue, request: Request) -> Reply:
    """Return one page of models, with a `Link` to the next where there is one."""
    names = projection(request, DEFAULT_FIELDS)
    start, size = window(request, catalogue.max_page)
    chosen = _select(catalogue, request)
    if start > len(chosen):
        raise BadQueryError("Invalid cursor")
    body = "[" + ",".join([listed.render(names) for listed in chosen[start : start + size]]) + "]"
    more = start + size < len(chosen)
    return Reply(200, Entity(body.encode()), (("Link", _next_link(request, start + size)),) if more else ())


def projection(request: Request, default: Sequence[str]) -> Sequence[str]:
    """Return the keys to answer with: the identity and those in `expand`; the default where that is empty."""
    names = request.values("expand")
    if unknown := sorted(set(names) - EXPANDABLE):
        raise BadQueryError(f"Invalid value for expand: {unknown[0]}")
    return (*IDENTITY, *dict.fromkeys(names)) if names else default


def window(request: Request, max_page: int) -> tuple[int, int]:
    """Return the requested page: the position of its first model, and its size (`limit`, at most `max_page`)."""
    limit = request.value("limit")
    if limit is not None and not re.fullmatch("0*[1-9][0-9]{0,8}", limit):
        raise BadQueryError("Invalid value for limit: expected a positive number")
    cursor = request.value("cursor")
    return 0 if cursor is None else _position(cursor), min(int(limit or max_page), max_page)


def _position(cursor: str) -> int:
    try:
        after = json.loads(b64decode(cursor, validate=True))["after"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadQueryError("Invalid cursor") from None
    if not isinstance(after, int) or after < 0:
        raise BadQueryError("Invalid cursor")
    return after


def _next_link(request: Request, position: int) -> str:
    cursor = b64encode(json.dumps({"after": position}).encode()).decode()
    pairs = [pair for pair in request.pairs if pair[0] != "cursor"]
    return f'<{request.origin}/api/models?{urlencode([*pairs, ("cursor", cursor)])}>; rel="next"'


def _select(catalogue: Catalogue, request: Request) -> Sequence[Listed]:
    chosen = _of_providers(catalogue, request.values("inference_provider"))
    for keep in _filters(request):
        chosen = [listed for listed in chosen if keep(listed)]
    return _ordered(chosen, request)


def _of_providers(catalogue: Catalogue, providers: Sequence[str]) -> Sequence[Listed]:
    if not providers:
        return catalogue.models
    if "all" in providers:
        return catalogue.served
    if len(set(providers)) == 1:
        return catalogue.by_provider.get(providers[0], [])
    wanted = set(providers)
    return [m for m in catalogue.served if any(offer.provider in wanted for offer in m.model.offers or ())]


def _filters(request: Request) -> list[Callable[[Listed], bool]]:
    filters: list[Callable[[Listed], bool]] = []
    if search := (request.value("search") or "").lower():
        filters.append(lambda listed: search in listed.model.id.lower())
    tags = set(request.values("filter")) | set(request.values("pipeline_tag"))
    if tags:
        filters.append(lambda listed: tags <= _tags(listed))
    return filters


def _tags(listed: Listed) -> set[str]:
    """Return the words that the Hub's `filter` matches: a model's tags, its task and its library."""
    fields = listed.model.fields
    return {*(fields.get("tags") or ()), fields.get("pipeline_tag"), fields.get("library_name")}


def _ordered(chosen: Sequence[Listed], request: Request) -> Sequence[Listed]:
    """Return the models descending by `sort`, those without the value last; as recorded where none has it."""
    key = request.value("sort")
    if key is None:
        return chosen
    if key not in SORTABLE:
        raise BadQueryError(f"Invalid value for sort: {key}")
    known = [listed for listed in chosen if listed.model.fields.get(key) is not None]
    unknown = [listed for listed in chosen if listed.model.fields.get(key) is None]
    descending = request.value("direction") != "1"
    return sorted(known, key=lambda listed: listed.model.fields[key], reverse=descending) + unknown
