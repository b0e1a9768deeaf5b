"""Offers and prices over time, as values for a program, and as tables of polars or pandas (imported only then)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from hf_providers.catalog.row_types import AnyRow, IntervalValues, OfferValues
    from hf_providers.documents.object_types import DatedIntervals, DatedOffers

_OFFER_TIMES = ("validated_at", "observed_at", "price_observed_at", "measured_at", "first_seen_at", "changed_at")


@dataclass(frozen=True, slots=True)
class Offer:
    """A model served by a provider for a task.

    Prices are USD per million tokens, exact; None is unknown, and 0 is listed at 0, which is not the same as free.
    Throughput is tokens per second; `ttft_ms` and `request_latency_ms` are milliseconds, as Hugging Face measured them.

    >>> offer = Model("deepseek-r1").cheapest
    >>> offer.provider, offer.output_usd_per_mtok, offer.context_length
    ('novita', Decimal('2.5'), 64000)
    """

    model_id: str
    provider: str
    task: str
    provider_model_id: str
    status: str
    readiness: str
    type: str | None
    adapter: str | None
    is_model_author: bool | None
    input_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    is_free: bool | None
    price_source: str | None
    context_length: int | None
    supports_tools: bool | None
    supports_structured_output: bool | None
    throughput_tps: float | None
    ttft_ms: float | None
    request_latency_ms: float | None
    validated_at: datetime | None
    observed_at: datetime | None
    source: str | None
    price_observed_at: datetime | None
    measured_at: datetime | None
    measured_source: str | None
    first_seen_at: datetime
    changed_at: datetime
    stale: bool
    as_of: datetime | None = field(default=None, compare=False)

    @classmethod
    def of(cls, row: AnyRow, as_of: datetime | None = None) -> Offer:
        """Return the offer of a catalog row; `as_of` is when the snapshot's facts were observed."""
        values = {each.name: row[each.name] for each in fields(cls) if each.name != "as_of"}
        for name in ("input_usd_per_mtok", "output_usd_per_mtok"):
            values[name] = None if values[name] is None else Decimal(values[name])
        for name in _OFFER_TIMES:
            values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
        return cls(**values, as_of=as_of)

    def to_dict(self) -> OfferValues:
        """Return the offer as `--json` has it: prices as text of decimals, times as ISO text."""
        values: OfferValues = _plain(self)
        return values


@dataclass(frozen=True, slots=True)
class PriceInterval:
    """A price that held from `valid_from` until before `valid_to` (None: no end observed), and who said so first.

    >>> [str(interval.output_usd_per_mtok) for interval in Model("deepseek-r1").history("novita")]
    ['2', '2.5']
    """

    provider: str
    task: str
    input_usd_per_mtok: Decimal | None
    output_usd_per_mtok: Decimal | None
    valid_from: datetime
    valid_to: datetime | None
    last_observed_at: datetime
    source: str

    @classmethod
    def of(cls, row: AnyRow) -> PriceInterval:
        """Return the interval of a catalog row."""
        values = {each.name: row[each.name] for each in fields(cls)}
        for name in ("input_usd_per_mtok", "output_usd_per_mtok"):
            values[name] = None if values[name] is None else Decimal(values[name])
        for name in ("valid_from", "valid_to", "last_observed_at"):
            values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
        return cls(**values)

    @property
    def as_of(self) -> datetime:
        """When the price was seen last, UTC."""
        return self.last_observed_at

    def to_dict(self) -> IntervalValues:
        """Return the interval as `hfp history --json` has it."""
        values: IntervalValues = _plain(self)
        return values


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

    def to_dict(self) -> DatedOffers:
        """Return `as_of` and the `offers`, as plain values."""
        return {"as_of": plain(self.as_of), "offers": self.to_dicts()}

    def to_dicts(self) -> list[OfferValues]:
        """Return the offers as `--json` has them: prices as text of decimals, times as ISO text."""
        return [offer.to_dict() for offer in self]

    def to_polars(self) -> pl.DataFrame:
        """Return a polars table, a column for each field: prices are decimals of nine places, times are in UTC.

        Raises:
            ModuleNotFoundError: polars is not installed.
        """
        return polars_table(list(map(_values, self)), _types(Offer))

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas table, a column for each field: prices are Python's decimals, None is unknown.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        return pandas_table(list(map(_values, self)), _types(Offer))


class PriceIntervals(tuple[PriceInterval, ...]):
    """A price history: the intervals by provider and time; also a table.

    >>> Model("deepseek-r1").history("novita").to_polars()["output_usd_per_mtok"].to_list()
    [Decimal('2.000000000'), Decimal('2.500000000')]
    """

    __slots__ = ()

    @property
    def as_of(self) -> datetime | None:
        """When one of the prices was seen last, UTC; None where there is none."""
        return max((interval.as_of for interval in self), default=None)

    def to_dict(self) -> DatedIntervals:
        """Return `as_of` and the `intervals`, as plain values."""
        return {"as_of": plain(self.as_of), "intervals": self.to_dicts()}

    def to_dicts(self) -> list[IntervalValues]:
        """Return the intervals as `hfp history --json` has them."""
        return [interval.to_dict() for interval in self]

    def to_polars(self) -> pl.DataFrame:
        """Return a polars table, a column for each field; polars is needed."""
        return polars_table(list(map(_values, self)), _types(PriceInterval))

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas table, a column for each field; pandas is needed."""
        return pandas_table(list(map(_values, self)), _types(PriceInterval))


def _types(kind: type[Offer | PriceInterval]) -> dict[str, str]:
    return {field.name: str(field.type).removesuffix(" | None") for field in fields(kind)}


def _values(value: Offer | PriceInterval) -> AnyRow:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def polars_table(rows: Sequence[AnyRow], types: Mapping[str, str]) -> pl.DataFrame:
    """Return rows as a polars table of these columns, whose types are named as in Python or in `catalog.schema`."""
    import polars as pl

    time = pl.Datetime("us", "UTC")
    known: dict[str, Any] = {"str": pl.String, "bool": pl.Boolean, "int": pl.Int64, "float": pl.Float64}
    known |= {"Decimal": pl.Decimal(18, 9), "datetime": time}
    known |= {"string": pl.String, "int64": pl.Int64, "list<string>": pl.List(pl.String), "timestamp": time}
    return pl.DataFrame(rows, schema={name: known[kind] for name, kind in types.items()})


def pandas_table(rows: Sequence[AnyRow], types: Mapping[str, str]) -> pd.DataFrame:
    """Return rows as a pandas table of these columns."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(types))


def plain(value: Any) -> Any:
    """Return a value as `--json` has it."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value


def _plain(value: Offer | PriceInterval) -> Any:
    """Return an object's fields, all but `as_of`, as `--json` has them: the object says which they are."""
    return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.name != "as_of"}
