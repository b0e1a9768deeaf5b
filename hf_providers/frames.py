"""Offers as a table of polars or pandas, which are imported only then."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hf_providers.model import Offer

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


class Offers(tuple[Offer, ...]):
    """Offers in an order; also a table.

    >>> offers = Model("deepseek-r1").providers_with(tools=True)
    >>> offers.to_polars().columns[:2]
    ['model_id', 'provider']
    """

    __slots__ = ()

    @property
    def as_of(self) -> datetime | None:
        """When the snapshot's facts were observed, UTC; None where there is no offer."""
        return self[0].as_of if self else None

    def to_dict(self) -> dict[str, Any]:
        """Return `as_of` and the `offers`, as plain values."""
        return {"as_of": plain(self.as_of), "offers": self.to_dicts()}

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the offers as `--json` has them: prices as text of decimals, times as ISO text."""
        return [offer.to_dict() for offer in self]

    def to_polars(self) -> pl.DataFrame:
        """Return a polars table, a column for each field: prices are decimals of nine places, times are in UTC.

        Raises:
            ModuleNotFoundError: polars is not installed.
        """
        import polars as pl

        types: dict[str, Any] = {"str": pl.String, "bool": pl.Boolean, "int": pl.Int64, "float": pl.Float64}
        types |= {"Decimal": pl.Decimal(18, 9), "datetime": pl.Datetime("us", "UTC")}
        schema = {field.name: types[str(field.type).removesuffix(" | None")] for field in fields(Offer)}
        return pl.DataFrame([_values(offer) for offer in self], schema=schema)

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas table, a column for each field: prices are Python's decimals, None is unknown.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        import pandas as pd

        return pd.DataFrame([_values(offer) for offer in self], columns=[field.name for field in fields(Offer)])


def _values(offer: Offer) -> dict[str, Any]:
    return {field.name: getattr(offer, field.name) for field in fields(Offer)}


def plain(value: Any) -> Any:
    """Return a value as `--json` has it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
