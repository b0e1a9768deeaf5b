"""Which offer of a route represents it, where several share one: in rows and in histories, by the same order.

A route is a model, a provider and a task. A history is kept by route, so the price of a route and its history must
belong to the same offer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from hf_providers.catalog.schema import ROUTE, STATUSES
from pipeline.crawl.source_result import Row

_TYPES: Final[tuple[str | None, ...]] = ("single-model", None)
"""A model's own mapping first, then one without a type; tag filters and unknown types last."""


def representative_key(offer: Mapping[str, Any]) -> tuple[int, int, bool, str]:
    """Return what orders the offers of a route: type, then live, staging, error, then the provider's model id."""
    kind, status, name = offer.get("type"), offer.get("status"), offer.get("provider_model_id")
    return _rank(kind, _TYPES), _rank(status, STATUSES), name is None, name or ""


def representative_offer(offers: Sequence[Row]) -> Row:
    """Return the offer of a route that represents it: the first by `representative_key`."""
    first, *others = offers
    return min(offers, key=representative_key) if others else first


def representative_order() -> list[pl.Expr]:
    """Return the order of `representative_key` as polars expressions, for a sort with nulls last."""
    kind = pl.when(pl.col("type").is_null()).then(pl.lit(_TYPES.index(None), pl.Int32))
    named = pl.col("type").replace_strict(_named(_TYPES), default=len(_TYPES), return_dtype=pl.Int32)
    status = pl.col("status").replace_strict(_named(STATUSES), default=len(STATUSES), return_dtype=pl.Int32)
    return [kind.otherwise(named), status, pl.col("provider_model_id")]


def representative_offers(offers: pl.DataFrame) -> pl.DataFrame:
    """Return the representative offer of each route, sorted by route."""
    order = [*map(pl.col, ROUTE), *representative_order()]
    return offers.sort(*order, nulls_last=True).unique(ROUTE, keep="first", maintain_order=True)


def _rank(value: object, order: tuple[str | None, ...]) -> int:
    return order.index(value) if value in order else len(order)


def _named(order: tuple[str | None, ...]) -> dict[str, int]:
    return {value: rank for rank, value in enumerate(order) if value is not None}
