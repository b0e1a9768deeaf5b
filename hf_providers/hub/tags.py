"""Read a model's license and its base models from its tags."""

from __future__ import annotations

import re

from hf_providers.hub.parsing import Drift
from hf_providers.hub.vocabulary import RELATIONS
from hf_providers.hub.wire import MODEL_ID

_LICENSE = "license:"
_BASE_MODEL = "base_model:"
_is_model_id = re.compile(MODEL_ID).match


def license_of(tags: list[str] | None, card: object) -> str | None:
    """Return the license tag, or else the model card's license, or None."""
    for tag in tags or ():
        if tag.startswith(_LICENSE):
            return tag.removeprefix(_LICENSE) or None
    stated = card.get("license") if isinstance(card, dict) else None
    return stated if isinstance(stated, str) and stated.isprintable() and 0 < len(stated) <= 100 else None


def base_models_of(tags: list[str] | None, drift: Drift) -> list[tuple[str, str]] | None:
    """Return (model id, relation) pairs in the order of the tags, or None without tags.

    The Hub tags a base model twice, with and without its relation; `base` is a base without a relation.
    """
    if tags is None:
        return None
    stated: dict[str, list[str]] = {}
    for tag in [tag for tag in tags if tag.startswith(_BASE_MODEL)]:
        *relation, model_id = tag.removeprefix(_BASE_MODEL).split(":")
        if not _is_model_id(model_id) or len(relation) > 1:
            drift.note("unreadable tag", tag)
            continue
        stated.setdefault(model_id, []).extend(filter(None, relation))
    pairs = dict.fromkeys((model_id, name) for model_id, names in stated.items() for name in names or ["base"])
    for _, relation_name in pairs:
        drift.value_of("base_model relation", relation_name, RELATIONS)
    return list(pairs)
