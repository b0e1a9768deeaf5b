"""A list of models as OpenRouter's `GET /api/v1/models` answers: each chat offer as one.

Two of its fields differ. `created` is when OpenRouter listed a model; here it is when the offer was first seen.
`is_moderated` is required and no source states it: false means that no source said so.
"""

from __future__ import annotations

from datetime import datetime

from hf_providers.export.selection import Export, Selection, per_token, route, title
from hf_providers.export.text import as_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject, OfferRow

FILE = "openrouter.json"
MODERATION = "is_moderated is always false: the form requires it, and no source states it"
IMAGE_TASKS = ("image-text-to-text", "any-to-any")


def write(selection: Selection) -> Export:
    """Return the priced offers; prices are USD per token, as text."""
    selection.notes.append(MODERATION)
    tags = dict(selection.catalog.query("SELECT model_id, pipeline_tag FROM models"))
    models = [_model(offer, tags.get(offer["model_id"])) for offer in selection.priced()]
    return selection.export(as_json({"data": models}) + "\n", len(models))


def _model(offer: OfferRow, pipeline_tag: str | None) -> JsonObject:
    context = offer["context_length"]
    return {
        "id": route(offer),
        "canonical_slug": route(offer),
        "hugging_face_id": offer["model_id"],
        "name": title(offer),
        "created": int(datetime.fromisoformat(offer["first_seen_at"]).timestamp()),
        "context_length": context,
        "architecture": {
            "modality": None,
            "input_modalities": ["text", *(["image"] if pipeline_tag in IMAGE_TASKS else [])],
            "output_modalities": ["text"],
        },
        "pricing": {
            "prompt": f"{per_token(offer['input_usd_per_mtok']):f}",
            "completion": f"{per_token(offer['output_usd_per_mtok']):f}",
        },
        "top_provider": {"context_length": context, "is_moderated": False},
        "supported_parameters": _parameters(offer),
        "supported_voices": None,
        "default_parameters": None,
        "per_request_limits": None,
        "links": {"details": f"https://huggingface.co/{offer['model_id']}"},
    }


def _parameters(offer: OfferRow) -> list[str]:
    """Return the request's parameters that are known to work; what is unknown is not listed."""
    return [
        *(["tools"] if offer["supports_tools"] else []),
        *(["structured_outputs"] if offer["supports_structured_output"] else []),
    ]
