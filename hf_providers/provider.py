"""Providers as objects for a program: what each serves. Offline: read from the snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, overload

from hf_providers.catalog.exact import bare_provider
from hf_providers.catalog.schema import PROVIDERS
from hf_providers.documents import listing
from hf_providers.model import Model
from hf_providers.offer import Offer, Offers, pandas_table, plain, polars_table
from hf_providers.rules import validation
from hf_providers.rules.ranking import ordered
from hf_providers.rules.tasks import tasks_of
from hf_providers.snapshot import Snapshot, default_snapshot

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    from hf_providers.catalog.row_types import AnyRow, OfferValues, ProviderRow
    from hf_providers.documents.object_types import DatedOffers
    from hf_providers.documents.types import Listing, ProviderListing


class ProviderModels(Sequence[Offer]):
    """A provider's offers, ready ones first; call it to narrow it.

    >>> len(providers.get("groq").models(task="text-generation", status="live"))
    9
    """

    def __init__(self, offers: Sequence[Offer], snapshot: Snapshot) -> None:
        self._offers = tuple(offers)
        self._snapshot = snapshot

    @overload
    def __getitem__(self, index: int) -> Offer: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Offer]: ...
    def __getitem__(self, index: int | slice) -> Offer | Sequence[Offer]:
        return self._offers[index]

    def __len__(self) -> int:
        return len(self._offers)

    @property
    def as_of(self) -> datetime:
        """When the snapshot's facts were observed, UTC."""
        return self._snapshot.observed_at

    def __repr__(self) -> str:
        return f"ProviderModels({len(self)} offers)"

    def to_dict(self) -> DatedOffers:
        """Return `as_of` and the `offers`, as plain values."""
        return {"as_of": plain(self.as_of), "offers": self.to_dicts()}

    def to_dicts(self) -> list[OfferValues]:
        """Return the offers as `--json` has them."""
        return Offers(self._offers).to_dicts()

    def to_polars(self) -> pl.DataFrame:
        """Return the offers as a polars table; polars is needed."""
        return Offers(self._offers).to_polars()

    def to_pandas(self) -> pd.DataFrame:
        """Return the offers as a pandas table; pandas is needed."""
        return Offers(self._offers).to_pandas()

    def __call__(self, *, task: str | None = None, status: str | None = None) -> ProviderModels:
        """Return the offers for a task, with a status (the Hub's word or a readiness), or both.

        A chat model is offered for `conversational`; `text-generation` means it as well.

        Raises:
            ValueError: there is no such task or status; the message lists them.
        """
        if task is not None:
            validation.refuse_no_task(task, self._snapshot.catalog)
        if status is not None:
            validation.refuse_no_status(status)
        tasks = tasks_of(task) if task is not None else ()
        return ProviderModels(
            [
                offer
                for offer in self._offers
                if (task is None or offer.task in tasks)
                and (status is None or status in (offer.status, offer.readiness))
            ],
            self._snapshot,
        )


class Provider:
    """A provider and its offers.

        >>> groq = providers.get("groq")
        >>> groq.status("llama-3.3-70b-instruct")
        'cold'

    Attributes:
        id: The provider's id on the Hub.
        facts: What the `providers` table says of it, by column name.
    """

    def __init__(self, facts: ProviderRow, snapshot: Snapshot) -> None:
        self.id: str = facts["provider"]
        self.facts = facts
        self._snapshot = snapshot

    def __repr__(self) -> str:
        return f"Provider({self.id!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Provider) and (self.id, self._snapshot.path) == (other.id, other._snapshot.path)

    def __hash__(self) -> int:
        return hash((self.id, self._snapshot.path))

    @property
    def name(self) -> str:
        """The display name, or the id where none is known."""
        return self.facts["name"] or self.id

    @property
    def as_of(self) -> datetime:
        """When the snapshot's facts were observed, UTC."""
        return self._snapshot.observed_at

    def to_dict(self) -> ProviderListing:
        """Return the provider and its offers, as `hfp providers NAME --json` has them."""
        return listing.of_provider(self._snapshot.catalog, self.facts)

    @property
    def models(self) -> ProviderModels:
        """Its offers; call the result to narrow it."""
        rows = ordered(self._snapshot.catalog.offers(provider=self.id), self._snapshot.recent_since)
        return ProviderModels([Offer.of(row, self.as_of) for row in rows], self._snapshot)

    def status(self, model: str) -> str:
        """Return a model's readiness with this provider: hot, warm, cold, or unavailable, also where it is not served.

        Raises:
            ModelNotFound, AmbiguousModel: no one model is meant.
        """
        offers = [offer for offer in Model(model, self._snapshot).providers if offer.provider == self.id]
        return offers[0].readiness if offers else "unavailable"


class Providers:
    """All providers of the snapshot: iterate, or get one.

    >>> providers.get("groq").name
    'Groq'
    >>> sorted(provider.id for provider in providers if provider.facts["regions"])
    ['ovhcloud', 'scaleway']
    """

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self._given = snapshot

    @property
    def _snapshot(self) -> Snapshot:
        return self._given or default_snapshot()

    @property
    def as_of(self) -> datetime:
        """When the snapshot's facts were observed, UTC."""
        return self._snapshot.observed_at

    def to_dict(self) -> Listing:
        """Return the providers as a listing: the `columns` of their table, and the `rows`."""
        catalog = self._snapshot.catalog
        rows = catalog.providers()
        return listing.document(list(rows[0]) if rows else [], rows, catalog, total=len(rows))

    def to_polars(self) -> pl.DataFrame:
        """Return the providers as a polars table, with the columns of their table; polars is needed."""
        return polars_table(self._rows(), {column.name: column.type for column in PROVIDERS.columns})

    def to_pandas(self) -> pd.DataFrame:
        """Return the providers as a pandas table, with the columns of their table; pandas is needed."""
        return pandas_table(self._rows(), {column.name: column.type for column in PROVIDERS.columns})

    def _rows(self) -> list[AnyRow]:
        """Return the rows, with their times as times."""
        times = [column.name for column in PROVIDERS.columns if column.type == "timestamp"]
        rows: list[AnyRow] = list(self._snapshot.catalog.providers())
        return [{**row, **{name: datetime.fromisoformat(row[name]) for name in times if row.get(name)}} for row in rows]

    def __iter__(self) -> Iterator[Provider]:
        return (Provider(row, self._snapshot) for row in self._snapshot.catalog.providers())

    def __len__(self) -> int:
        return len(self._snapshot.catalog.providers())

    def __contains__(self, provider: object) -> bool:
        """Whether the snapshot knows a provider, by its id or as an object."""
        name = provider.id if isinstance(provider, Provider) else provider
        return isinstance(name, str) and self._snapshot.catalog.provider(name.lower()) is not None

    def get(self, provider: str) -> Provider:
        """Return one provider.

        Raises:
            UnknownProvider: the snapshot knows none of this id; the message lists those that it knows. A KeyError.
            TypeError: the id is no text.
        """
        if not isinstance(provider, str):
            raise TypeError(f"{provider!r:.40} is no id of a provider: give its id, as in providers.get('groq')")
        validation.refuse_no_provider(provider, self._snapshot.catalog)
        row = self._snapshot.catalog.provider(provider.lower())
        return Provider(row or bare_provider(provider.lower()), self._snapshot)


providers = Providers()
"""The providers of the snapshot that `open_snapshot()` opens."""
