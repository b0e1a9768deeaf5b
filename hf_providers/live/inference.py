"""Run a marketplace's payload: a chat at the router, or another task with huggingface_hub. One paid request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hf_providers.errors import CallError, HubError, install_hint
from hf_providers.hub.redaction import redact
from hf_providers.hub.settings import Settings
from hf_providers.hub.text import clean
from hf_providers.live import router_calls
from hf_providers.snippets.tasks import TASKS

_OURS = ("model", "provider", "bill_to", "task")


def chat(payload: Mapping[str, Any]) -> Any:
    """Return the router's answer to a payload with messages.

    Raises:
        HubError: see `router_calls.chat`.
    """
    provider = payload.get("provider")
    model = f"{payload['model']}:{provider}" if provider else payload["model"]
    rest = {name: value for name, value in payload.items() if name not in _OURS}
    return router_calls.chat(Settings.from_env(), {"model": model} | rest, bill_to=payload.get("bill_to"))


def task(payload: Mapping[str, Any], name: str | None) -> Any:
    """Return huggingface_hub's answer to a payload with inputs, for a task other than chat.

    Raises:
        CallError: refused, not reached, the task cannot be called, or huggingface_hub is not installed.
        HubOffline: HF_HUB_OFFLINE forbids requests.
    """
    settings = Settings.from_env()
    token = router_calls.needs_token(settings)
    if name not in TASKS:
        raise CallError(f"Hugging Face's client cannot call the task {name}", "name another task, or chat")
    try:
        from huggingface_hub import InferenceClient
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise CallError("this task needs huggingface_hub, which is not installed", install_hint("client")) from None
    failure: HubError
    try:
        client = InferenceClient(
            provider=payload.get("provider") or "auto", api_key=token, bill_to=payload.get("bill_to"), timeout=120
        )
        return _called(client, name, payload)
    except HfHubHTTPError as error:
        failure = router_calls.refusal(error.response.status_code, error.response.content, token)
    except Exception as error:  # noqa: BLE001 any exception of another project's client may hold the token
        message = clean(redact(str(error), token), 200)
        failure = CallError(f"{name}: {type(error).__name__}: {message}", "it was not tried again: it may be paid")
    # Raised here, outside the except block, so that no exception of the client is attached: those hold the token.
    raise failure


def _called(client: Any, name: str, payload: Mapping[str, Any]) -> Any:
    method = getattr(client, name.replace("-", "_"))
    inputs, more = payload["inputs"], dict(payload.get("parameters") or {})
    if isinstance(inputs, Mapping):
        return method(model=payload["model"], **inputs, **more)
    return method(inputs, model=payload["model"], **more)
