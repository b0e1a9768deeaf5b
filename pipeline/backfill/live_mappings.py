"""Models that the Hub's documentation showed as live, day by day (CSV): one a provider and task, with its own id.

https://github.com/huggingface/hub-docs, docs/inference-providers: a generator rewrites the pages nearly every day, each
with a live model. So a row is a sighting: live then, for that task. It is no list: absence says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Final

import polars as pl

from hf_providers.catalog.schema import ROUTE
from hf_providers.hub.text import clean
from pipeline.backfill import Recording
from pipeline.backfill.recorded_csv import csv_rows, is_model, is_word, moment
from pipeline.errors import BackfillError
from pipeline.history.intervals import Observations

COLUMNS: Final = ("committed_at", "commit", "provider", "task", "model_id", "provider_model_id")
REPOSITORY: Final = "huggingface/hub-docs"
_MAX_ID: Final = 500
_SCHEMA: Final = dict.fromkeys((*ROUTE, "provider_model_id", "status"), pl.String())

Sightings = dict[tuple[str, str, str], dict[str, str | None]]


def is_sightings(body: bytes) -> bool:
    """Return whether this CSV has sightings."""
    return body.startswith(",".join(COLUMNS).encode())


def read(text: str) -> Recording:
    """Return the sightings, one observation for each run of the generator.

    Raises:
        BackfillError: a row can't be read, or two rows of one run contradict each other.
    """
    runs: dict[tuple[datetime, str], Sightings] = defaultdict(dict)
    for line, raw in csv_rows(text, COLUMNS):
        try:
            _add(runs, raw)
        except ValueError as error:
            raise BackfillError(f"line {line}: {error}", "fix the row, or leave it out") from None
    return Recording(
        [
            Observations(at, f"{REPOSITORY}@{commit}", pl.DataFrame(list(seen.values()), schema=_SCHEMA))
            for (at, commit), seen in runs.items()
        ]
    )


def _add(runs: dict[tuple[datetime, str], Sightings], raw: dict[str, str]) -> None:
    """Add one row to the sightings of its run; ValueError says what is wrong with it."""
    at = moment(raw["committed_at"])
    if not (is_model(raw["model_id"]) and is_word(raw["provider"]) and is_word(raw["task"])):
        raise ValueError("no model, provider or task as the Hub writes it")
    if not is_word(raw["commit"]):
        raise ValueError(f"{raw['commit'][:40]!r} is no commit")
    own = clean(raw["provider_model_id"].strip(), _MAX_ID)
    seen: dict[str, str | None] = {"provider_model_id": own or None, "status": "live"}
    for name in ROUTE:
        seen[name] = raw[name]
    known = runs[at, raw["commit"]].setdefault((raw["model_id"], raw["provider"], raw["task"]), seen)
    if known != seen:
        raise ValueError(f"{raw['model_id']} is listed twice for {raw['provider']}, under two ids")
