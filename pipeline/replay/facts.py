"""The facts that a replay serves: models and offers as the Hub writes them, each source's words kept apart.

`capture.read_capture` reads them from a recorded hub list, `dataset.read_dataset` from a published dataset. What only
the router or only the inference page said is kept apart from the mapping entry: each source repeats its own words only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Wire = Mapping[str, Any]
"""An object of the Hub's JSON, with Decimal for prices, which are written exactly."""

TAG_FILTER = "tag-filter"


@dataclass(frozen=True, slots=True)
class Offer:
    """One mapping: its entry in the Hub's list, and what only the router or only the inference page states."""

    entry: Wire
    router: Wire = field(default_factory=dict)
    page: Wire = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """The provider's id; empty where the recorded entry has none."""
        return str(self.entry.get("provider", ""))


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its facts without the mapping, and its offers; None where it has no mapping."""

    fields: Wire
    offers: Sequence[Offer] | None

    @property
    def id(self) -> str:
        """The model's id."""
        return str(self.fields["id"])


@dataclass(frozen=True)
class Facts:
    """Everything to serve, a description for people, and when it was observed (ISO 8601; None: unknown).

    `instances` and `architectures` are rows of the tables `endpoint_instances` and `architectures`.
    """

    models: Sequence[Model]
    what: str
    observed_at: str | None = None
    instances: Sequence[Wire] = ()
    architectures: Sequence[Wire] = ()
