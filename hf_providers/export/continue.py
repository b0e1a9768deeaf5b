"""Continue's config.yaml: each chat offer as a model that its OpenAI provider calls on the router."""

# ruff: noqa: N999 - the form's own name, which only import_module needs

from __future__ import annotations

from hf_providers.export.selection import ROUTER_URL, TOKEN_VARIABLE, Export, Selection, known, route, title
from hf_providers.export.text import as_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "continue.yaml"


def write(selection: Selection) -> Export:
    """Return the configuration; its form has no prices."""
    config = {
        "name": "Hugging Face",
        "version": "1.0.0",
        "schema": "v1",
        "models": [_model(offer) for offer in selection.offers],
    }
    return selection.export(as_yaml(config), len(selection.offers))


def _model(offer: OfferRow) -> JsonObject:
    context = offer["context_length"]
    return {
        "name": title(offer),
        "provider": "openai",
        "model": route(offer),
        "apiBase": ROUTER_URL,
        "apiKey": f"${{{{ secrets.{TOKEN_VARIABLE} }}}}",
        "roles": ["chat", "edit", "apply"],
    } | known(
        capabilities=["tool_use"] if offer["supports_tools"] else None,
        defaultCompletionOptions={"contextLength": context} if context is not None else None,
    )
