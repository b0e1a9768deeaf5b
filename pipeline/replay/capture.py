"""A recorded hub list as facts to serve: verbatim, but for what the recorder added to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from hf_providers.catalog.row_types import JsonObject
from pipeline.errors import ReplayError
from pipeline.replay.facts import Facts, Model, Offer, Wire


def read_capture(path: str | Path, observed_at: str | None = None) -> Facts:
    """Return the facts of a JSON list of models, each with an array-shaped `inferenceProviderMapping`.

    Raises:
        ReplayError: the file is missing, or of another shape.
    """
    path = Path(path)
    recorded = _read_list(path)
    stated = _stated_before(path, recorded)
    models = [_captured_model(wire, stated) for wire in recorded]
    return Facts(models, f"capture {path.name}", observed_at)


def _read_list(path: Path) -> list[JsonObject]:
    try:
        recorded = json.loads(path.read_bytes())
    except OSError as error:
        raise ReplayError(f"cannot read {path}: {error.strerror}", "name a recorded hub list (JSON)") from None
    except (ValueError, RecursionError):
        raise ReplayError(f"{path} is not JSON", "name a recorded hub list: a JSON list of models") from None
    if not isinstance(recorded, list) or not all(map(_is_model, recorded)):
        hint = "name a JSON list of models, each with an id and an inferenceProviderMapping array"
        raise ReplayError(f"{path} is not a recorded hub list", hint)
    return recorded


def _is_model(wire: object) -> bool:
    if not isinstance(wire, dict) or not isinstance(wire.get("id"), str):
        return False
    mapping = wire.get("inferenceProviderMapping") or []
    return isinstance(mapping, list) and all(isinstance(entry, dict) for entry in mapping)


def _captured_model(wire: JsonObject, stated: Mapping[str, set[object]]) -> Model:
    mapping = wire.get("inferenceProviderMapping")
    dropped = {"inferenceProviderMapping", "is_moe"}  # the recorder adds is_moe; the Hub has no such key
    if _parameters(wire) not in stated.get(wire["id"], ()):
        dropped.add("safetensors")
    fields = {key: value for key, value in wire.items() if key not in dropped}
    return Model(fields, None if mapping is None else [Offer(entry) for entry in mapping])


def _parameters(wire: Wire) -> object:
    safetensors = wire.get("safetensors")
    return safetensors.get("total") if isinstance(safetensors, dict) else None


def _stated_before(path: Path, recorded: Sequence[Wire]) -> Mapping[str, set[object]]:
    """Return the parameter counts by model that may be served as the Hub's own.

    The recorder later began to infer some counts from names, without marking them. So a count of a later recording is
    served only where an earlier one in the same folder has it too; the earliest is served as it is.
    """
    earlier = sorted(p for p in path.parent.glob("models-*.json") if p.name < path.name)
    stated: dict[str, set[object]] = {}
    for wires in map(_read_list, earlier) if earlier else [recorded]:
        for wire in wires:
            stated.setdefault(wire["id"], set()).add(_parameters(wire))
    return stated
