"""Providers that the Hub's clients added and removed (CSV): a removed one serves nothing any more.

https://github.com/huggingface/huggingface.js, the provider ids in packages/inference/src/types.ts, by commit time.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Final

import polars as pl

from hf_providers.catalog.schema import ROUTE
from pipeline.backfill import Recording
from pipeline.backfill.recorded_csv import csv_rows, is_word, moment
from pipeline.errors import BackfillError
from pipeline.history.intervals import Observations

COLUMNS: Final = ("commit_date", "commit", "event", "provider", "subject")
REPOSITORY: Final = "huggingface/huggingface.js"
_EVENTS: Final = ("added", "removed")


def is_list(body: bytes) -> bool:
    """Return whether this CSV has providers added and removed."""
    return body.startswith(",".join(COLUMNS).encode())


def read(text: str) -> Recording:
    """Return the removals: all offers of these providers are absent from then on. An addition says nothing of offers.

    Raises:
        BackfillError: a row can't be read.
    """
    removed: dict[tuple[datetime, str], set[str]] = defaultdict(set)
    for line, raw in csv_rows(text, COLUMNS):
        try:
            at = moment(raw["commit_date"])
        except ValueError as error:
            raise BackfillError(f"line {line}: {error}", "fix the row, or leave it out") from None
        if raw["event"] not in _EVENTS or not is_word(raw["provider"]):
            raise BackfillError(f"line {line}: no event of a provider", f"give one of {', '.join(_EVENTS)}")
        if raw["event"] == "removed":
            removed[at, raw["commit"]].add(raw["provider"])
    nothing = pl.DataFrame(schema=dict.fromkeys(ROUTE, pl.String()))
    return Recording(
        [
            Observations(at, f"{REPOSITORY}@{commit[:40]}", nothing, frozenset(providers))
            for (at, commit), providers in removed.items()
        ]
    )
