"""Curated facts about providers, and the thresholds of publishing.

`providers.toml` holds facts that no API states: display name, organisation, home page, regions; each with the page it
was read on. A provider that is not in it is crawled and published all the same.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources

from hf_providers.catalog.row_types import JsonObject


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a listing is implausibly small or large.

    Attributes:
        healthy_share: Below this share of the last healthy run's offers a listing has dropped.
        min_drop: It has dropped only if at least this many offers are missing (per provider).
        surge_factor: Above this multiple of healthy runs a listing is held until the next run confirms it.
        min_surge: It is held only if it has more than this many offers more.
        settle_time: A listing that stays low, or is refused, for this long is accepted.
        settle_looks: It is accepted only after this many runs.
    """

    healthy_share: float = 0.8
    min_drop: int = 10
    surge_factor: float = 2.0
    min_surge: int = 50
    settle_time: timedelta = timedelta(hours=72)
    settle_looks: int = 12


def providers() -> dict[str, JsonObject]:
    """Return the curated facts by provider id: name, kind, hub_org, homepage, regions, region_source, where known."""
    text = resources.files(__package__).joinpath("providers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
