"""The facts prepared for answers: indexes, and every model's JSON in pieces that answers are joined from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.replay.facts import TAG_FILTER, Facts, Model, Offer
from pipeline.replay.wire import dumps

MAX_PAGE = 1000
"""The Hub's largest page, which is also its default."""

MAPPING = "inferenceProviderMapping"


@dataclass(frozen=True, slots=True)
class Listed:
    """One model with its pieces of JSON by key, each `"key":value`; the mapping among them in list shape."""

    model: Model
    pieces: Mapping[str, str]

    def render(self, names: Sequence[str]) -> str:
        """Return the model's JSON object with the named keys, without unknown ones."""
        pieces = self.pieces
        return "{" + ",".join([pieces[name] for name in names if name in pieces]) + "}"


class Catalogue:
    """The data of the handlers. It never changes, so any number of threads may read it."""

    def __init__(self, facts: Facts, max_page: int = MAX_PAGE) -> None:
        self.max_page = max_page
        self.facts = facts
        self.configs = {row["model_id"]: row for row in facts.architectures if row["config"]}
        self.models = [Listed(model, _pieces(model)) for model in facts.models]
        self.by_id = {listed.model.id: listed for listed in self.models}
        self.id_in_lower_case = {model_id.lower(): model_id for model_id in self.by_id}
        self.served = [listed for listed in self.models if listed.model.offers]
        self.by_provider = _by_provider(self.served)


def _pieces(model: Model) -> dict[str, str]:
    values = {**model.fields, "modelId": model.id}
    if model.offers is not None:
        values[MAPPING] = [offer.entry for offer in model.offers]
    return {key: f"{dumps(key)}:{dumps(value)}" for key, value in values.items()}


def _by_provider(served: Sequence[Listed]) -> dict[str, list[Listed]]:
    by_provider: defaultdict[str, list[Listed]] = defaultdict(list)
    for listed in served:
        for provider in dict.fromkeys(offer.provider for offer in listed.model.offers or ()):
            by_provider[provider].append(listed)
    return dict(by_provider)


def speaking(offers: Sequence[Offer]) -> dict[str, Offer]:
    """Return the representative offer of each provider: a model's own mapping before a tag filter, else the first."""
    chosen: dict[str, Offer] = {}
    for offer in sorted(offers, key=lambda offer: offer.entry.get("type") == TAG_FILTER):
        chosen.setdefault(offer.provider, offer)
    return {offer.provider: chosen[offer.provider] for offer in offers}
