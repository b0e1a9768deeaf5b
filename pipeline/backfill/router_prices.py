"""A project's record of the router's list: its priced offers (CSV), and the ids of all its models (text).

A row is an offer that was live in the router at that price; offers without a price were not recorded, so absence means
nothing. An id says that some provider served the model then, not which.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Final

import polars as pl

from hf_providers.catalog.schema import PRICE_SCALE, ROUTE
from hf_providers.rules.tasks import CHAT_TASK
from pipeline.backfill import Recording
from pipeline.backfill.recorded_csv import csv_rows, is_model, is_word, moment, price
from pipeline.crawl.sources.router import NAME
from pipeline.errors import BackfillError
from pipeline.history.intervals import Observations

COLUMNS: Final = ("observed_at", "source", "model", "provider", "input_usd_per_mtok", "output_usd_per_mtok")
_PRICES: Final = COLUMNS[-2:]
_SCHEMA: Final = {
    **dict.fromkeys((*ROUTE, "status"), pl.String()),
    **dict.fromkeys(_PRICES, pl.Decimal(18, PRICE_SCALE)),
}


def is_prices(body: bytes) -> bool:
    """Return whether this CSV has the router's priced offers."""
    return body.splitlines()[:1] == [",".join(COLUMNS).encode()]


def read(text: str) -> Recording:
    """Return the priced offers, one observation for each time at which the router was asked.

    Raises:
        BackfillError: a row can't be read, or an offer is listed twice.
    """
    looks: dict[datetime, dict[tuple[str, str], dict[str, str | Decimal]]] = defaultdict(dict)
    for line, raw in csv_rows(text, COLUMNS):
        try:
            at, offer = moment(raw["observed_at"]), _offer(raw)
        except ValueError as error:
            raise BackfillError(f"line {line}: {error}", "fix the row, or leave it out") from None
        if looks[at].setdefault((raw["model"], raw["provider"]), offer) != offer:
            raise BackfillError(f"line {line}: the offer is listed twice and differs", "leave the wrong one out")
    return Recording(
        [Observations(at, NAME, pl.DataFrame(list(rows.values()), schema=_SCHEMA)) for at, rows in looks.items()]
    )


def _offer(raw: dict[str, str]) -> dict[str, str | Decimal]:
    if not (is_model(raw["model"]) and is_word(raw["provider"])):
        raise ValueError("no model or provider as the Hub writes it")
    prices = {name: price(raw[name]) for name in _PRICES}
    stated = {name: value for name, value in prices.items() if value is not None}
    if len(stated) < len(prices):
        raise ValueError("the price is missing: the recording holds priced offers")
    return {"model_id": raw["model"], "provider": raw["provider"], "task": CHAT_TASK, "status": "live"} | stated


def read_ids(text: str, observed_at: datetime | None) -> Recording:
    """Return which models the router listed.

    Args:
        text: One id a line.
        observed_at: When it listed them.

    Raises:
        BackfillError: a line is no model's id, or the time is unknown.
    """
    ids = text.split()
    wrong = next((name for name in ids if not is_model(name)), None)
    if wrong is not None or not ids:
        raise BackfillError(f"not a list of models: {(wrong or '')[:80]!r} is no id", "give one id a line")
    if observed_at is None:
        raise BackfillError("the recording has no time", "give --observed-at")
    return Recording(served=dict.fromkeys(ids, observed_at))
