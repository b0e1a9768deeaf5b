"""Requests without a client library: where to, with what body, and what kind of answer comes back.

Only what one request answers is here. Providers that queue a job (and answer with a ticket to poll), or that want
a file in a form of their own, are left to the client libraries, which know how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from hf_providers.errors import NoSnippet
from hf_providers.snippets.tasks import TASKS

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

ROUTER: Final = "https://router.huggingface.co"
"""Hugging Face's router, in front of every provider."""

_MODEL: Final = "{model}"
_INPUT: Final = "{input}"
_EMBEDDING: Final = {"input": _INPUT, "model": _MODEL}
_IMAGE: Final = {"prompt": _INPUT, "response_format": "b64_json", "model": _MODEL}
_PIPELINES: Final = ("feature-extraction", "sentence-similarity")


class Route(NamedTuple):
    """One request: the path at the provider behind the router, the JSON body, and the kind of its answer.

    The answer is json, bytes (the file itself) or b64 (JSON with the file in base64).
    """

    path: str
    body: JsonObject
    answer: str = "json"


_ROUTES: Final = {
    ("feature-extraction", "deepinfra"): Route("v1/openai/embeddings", _EMBEDDING),
    ("feature-extraction", "scaleway"): Route("v1/embeddings", _EMBEDDING),
    ("feature-extraction", "together"): Route("v1/embeddings", _EMBEDDING),
    ("text-to-image", "deepinfra"): Route("v1/openai/images/generations", _IMAGE, "b64"),
    ("text-to-image", "nscale"): Route("v1/images/generations", _IMAGE, "b64"),
    ("text-to-image", "together"): Route("v1/images/generations", _IMAGE | {"response_format": "base64"}, "b64"),
    ("text-to-speech", "deepinfra"): Route("v1/openai/audio/speech", _EMBEDDING, "bytes"),
    ("text-to-speech", "fal-ai"): Route(_MODEL, {"text": _INPUT}),
}


def clients(task: str, provider: str) -> tuple[str, ...]:
    """Return which of requests, fetch and curl can call a task (other than chat) at a provider with one request."""
    if provider == "hf-inference":
        return TASKS[task].raw
    route = _ROUTES.get((task, provider))
    if route is None:
        return ()
    return ("fetch",) if route.answer == "b64" else TASKS[task].raw


def _hf_inference(task: str) -> Route:
    path = f"models/{_MODEL}/pipeline/{task}" if task in _PIPELINES else f"models/{_MODEL}"
    answer = "json" if TASKS[task].output == "value" else "bytes"
    return Route(path, TASKS[task].inputs or TASKS[task].javascript or {}, answer)


def _path(model: str) -> str:
    if any(part in {"", ".", ".."} for part in model.split("/")):
        raise NoSnippet(f"{model!r} cannot stand in a web address: choose a client library instead of a plain request")
    from urllib.parse import quote  # half of what a snippet imports, and only some need it

    return quote(model, safe="/:@")


def request(task: str, provider: str, provider_model_id: str) -> tuple[str, JsonObject, str]:
    """Return the URL, the JSON body and the kind of answer (json, bytes, b64) of one plain request.

    Raises:
        NoSnippet: The provider's id of the model cannot stand in an address.
    """
    route = _hf_inference(task) if provider == "hf-inference" else _ROUTES[task, provider]
    example = (TASKS[task].javascript or {}).get("inputs")
    values = {_MODEL: provider_model_id, _INPUT: example}
    body = {name: values.get(value, value) if isinstance(value, str) else value for name, value in route.body.items()}
    path = route.path.replace(_MODEL, _path(provider_model_id)) if _MODEL in route.path else route.path
    return f"{ROUTER}/{provider}/{path}", body, route.answer
