"""The facts that a replay serves: models and offers as the Hub writes them, each source's words kept apart.

A capture is served verbatim; a published dataset is read by `dataset.py`. In both, what only the router or
only the inference page said stands beside the mapping entry: no source is made to say what it did not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ReplayError

Wire = Mapping[str, Any]
"""An object as it stands in the Hub's JSON; Decimal where a price must be written exactly."""

TAG_FILTER = "tag-filter"


@dataclass(frozen=True, slots=True)
class Offer:
    """One mapping: its entry in the Hub's list, and what only the router or only the inference page said."""

    entry: Wire
    router: Wire = field(default_factory=dict)
    page: Wire = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """The provider's id; empty where the recorded entry has none."""
        return str(self.entry.get("provider", ""))


@dataclass(frozen=True, slots=True)
class Model:
    """One model: what is known of it apart from its mapping, and its offers; None where it has no mapping."""

    fields: Wire
    offers: Sequence[Offer] | None

    @property
    def id(self) -> str:
        """The model's id."""
        return str(self.fields["id"])


@dataclass(frozen=True)
class Facts:
    """Everything to serve, what it is for people, and when it was observed (ISO 8601; None: nobody said).

    `instances` and `architectures` are rows of the tables `endpoint_instances` and `architectures`.
    """

    models: Sequence[Model]
    what: str
    observed_at: str | None = None
    instances: Sequence[Wire] = ()
    architectures: Sequence[Wire] = ()

    @classmethod
    def from_capture(cls, path: str | Path, observed_at: str | None = None) -> Facts:
        """A recorded hub list: a JSON list of models with an array-shaped `inferenceProviderMapping`.

        Raises ReplayError when the file is missing or of another shape.
        """
        path = Path(path)
        recorded = _read_capture(path)
        stated = _stated_before(path, recorded)
        models = [_captured_model(wire, stated) for wire in recorded]
        return cls(models, f"capture {path.name}", observed_at)

    @classmethod
    def from_dataset(cls, path: str | Path) -> Facts:
        """The facts of a published dataset, observed when its manifest says it was last checked.

        Raises DatasetError when the folder has no dataset, or a damaged one.
        """
        from pipeline.replay.dataset import read_dataset

        return cls(*read_dataset(Path(path)))


def _read_capture(path: Path) -> list[dict[str, Any]]:
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


def _captured_model(wire: dict[str, Any], stated: Mapping[str, set[object]]) -> Model:
    mapping = wire.get("inferenceProviderMapping")
    dropped = {"inferenceProviderMapping", "is_moe"}  # is_moe is the recorder's word, the Hub has no such key
    if _parameters(wire) not in stated.get(wire["id"], ()):
        dropped.add("safetensors")
    fields = {key: value for key, value in wire.items() if key not in dropped}
    return Model(fields, None if mapping is None else [Offer(entry) for entry in mapping])


def _parameters(wire: Wire) -> object:
    safetensors = wire.get("safetensors")
    return safetensors.get("total") if isinstance(safetensors, dict) else None


def _stated_before(path: Path, recorded: Sequence[Wire]) -> Mapping[str, set[object]]:
    """The parameter counts by model that may be served as the Hub's own.

    The recorder came to infer some counts from names, and did not mark them. So of a later recording only what an
    earlier one in the same folder says too is taken; the earliest has nothing to be compared with.
    """
    earlier = sorted(p for p in path.parent.glob("models-*.json") if p.name < path.name)
    stated: dict[str, set[object]] = {}
    for wires in map(_read_capture, earlier) if earlier else [recorded]:
        for wire in wires:
            stated.setdefault(wire["id"], set()).add(_parameters(wire))
    return stated
