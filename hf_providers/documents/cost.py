"""Price a job with every offer of a model: the JSON that `hfp cost --json` prints.

Offline: read from a catalog. Exact: whole nano-USD, rounded up once a request, as Hugging Face bills.
"""

from __future__ import annotations

from hf_providers.documents import listing
from hf_providers.rules import ranking
from hf_providers.rules.money import MONTHLY_CREDITS_NANO_USD, cost_nano, credits_for, requests_within, usd
from hf_providers.rules.recency import is_free_now, is_recent, newest_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from hf_providers.catalog.database import Catalog
    from hf_providers.documents.types import (
        CostHead,
        DatedPrice,
        Listing,
        OfferCost,
        PlanCredits,
        PricedOffer,
        StatedJob,
    )

DAYS_PER_MONTH = 30
COLUMNS = (
    "provider", "readiness", "price_last_seen_at", "input_usd_per_mtok", "output_usd_per_mtok", "request_nano_usd",
    "total_nano_usd", "credits", "total_usd", "is_free", "free_until", "task", "status", "observed_at",
)  # fmt: skip
OPEN = ("live", None)
"""Statuses of offers that can be used; of a past time only the prices are known."""


class Job:
    """What is priced: so many requests of this size.

    Attributes:
        input_tokens: Of one request, cached ones included.
        output_tokens: Of one request.
        requests: How many requests in all.
        monthly: Whether that is a month's.
        cached_tokens: Input tokens of one request that were read from the provider's cache.
        cached_price: USD per million of them; no source states it.
        as_of: An ISO moment: at the prices in force then.
        credit_usd: What a marketplace's credit is worth.
        markup: What the marketplace adds, in percent.
    """

    def __init__(
        self,
        input_tokens: int,
        output_tokens: int,
        *,
        requests: int = 1,
        monthly: bool = False,
        cached_tokens: int = 0,
        cached_price: str | None = None,
        as_of: str | None = None,
        credit_usd: str | None = None,
        markup: str = "0",
    ) -> None:
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.requests = requests
        self.monthly = monthly
        self.cached_tokens = cached_tokens
        self.cached_price = cached_price
        self.as_of = as_of
        self.credit_usd = credit_usd
        self.markup = markup

    def stated(self) -> StatedJob:
        """Return what is priced, as the JSON has it."""
        return {
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "as_of": self.as_of,
            "credit_usd": self.credit_usd,
            "cached_tokens": self.cached_tokens,
            "requests": self.requests,
            "monthly": self.monthly,
        }


def document(catalog: Catalog, model_id: str, job: Job, rows: list[PricedOffer]) -> Listing:
    """Return the listing of what `priced` gives."""
    return listing.document(COLUMNS, rows, catalog, **beside_rows(model_id, job, rows))


def beside_rows(model_id: str, job: Job, rows: list[PricedOffer]) -> CostHead:
    """Return the listing's other keys: the job, the cheapest offer, and what the monthly credits buy."""
    known = cheapest(rows)
    return {"model_id": model_id, "job": job.stated(), "cheapest": known, "monthly_credits": credits_of(known)}


def priced(catalog: Catalog, model_id: str, job: Job, providers: Sequence[str] | None = None) -> list[PricedOffer]:
    """Return the offers with what the job costs: the cheapest first, live before the rest, unknown ones last.

    Args:
        catalog: The snapshot.
        model_id: The model's exact id.
        job: What is priced.
        providers: These alone, by their ids.
    """
    offers = _now(catalog, model_id) if job.as_of is None else _then(catalog, model_id, job.as_of)
    rows: list[PricedOffer] = [
        {**offer, **_cost(job, offer)} for offer in offers if not providers or offer["provider"] in providers
    ]
    return sorted(rows, key=_order)


def _order(row: PricedOffer) -> tuple[Any, ...]:
    total = row["total_nano_usd"]
    return (
        total is None,
        row["status"] not in OPEN,
        row["old"],
        float("inf") if total is None else total,
        row["provider"],
    )


def cheapest(rows: list[PricedOffer]) -> PricedOffer | None:
    """Return the first offer that can be used and whose cost is known."""
    usable = (row for row in rows if row["status"] in OPEN and not row["old"])
    return next((row for row in usable if row["total_nano_usd"] is not None), None)


def _now(catalog: Catalog, model_id: str) -> list[DatedPrice]:
    """Return the offers for what the model mainly does."""
    since, seen_at = catalog.recent_since(), newest_run(catalog.meta())
    offers = ranking.ordered(catalog.offers(model_id), since)
    task = ranking.main_task(offers)
    rows: list[Any] = [  # each with the other keys of its offer, too
        {
            **offer,
            "old": not (recent and is_recent(offer["price_observed_at"], since)),
            "seen_lately": recent,
            "price_last_seen_at": offer["price_observed_at"],
            "free_now": is_free_now(offer, seen_at),
        }
        for offer in offers
        if offer["task"] == task
        for recent in [is_recent(offer["observed_at"], since)]
    ]
    return rows


def _then(catalog: Catalog, model_id: str, as_of: str) -> list[DatedPrice]:
    """Return the prices that were in force at a time, by provider."""
    from hf_providers.billing.price_book import PriceBook
    from hf_providers.billing.values import moment

    task = ranking.main_task(catalog.offers(model_id))
    prices = PriceBook(catalog).prices(model_id, moment(as_of), task)
    return [
        {
            "provider": name,
            "task": task,
            "status": None,
            "observed_at": None,
            "readiness": None,
            "old": False,
            "is_free": None,
            "free_until": None,
            "free_now": False,
            "input_usd_per_mtok": None if then.input_nano is None else usd(then.input_nano),
            "output_usd_per_mtok": None if then.output_nano is None else usd(then.output_nano),
            "price_last_seen_at": f"{then.seen_until:%Y-%m-%dT%H:%M:%SZ}",
        }
        for name, then in sorted(prices.items())
    ]


def _cost(job: Job, offer: DatedPrice) -> OfferCost:
    """Return what the job costs with an offer: nothing while it is free, else by the listed price."""
    each = (
        0
        if offer["free_now"]
        else cost_nano(
            offer["input_usd_per_mtok"],
            offer["output_usd_per_mtok"],
            job.input_tokens,
            job.output_tokens,
            cached_tokens=job.cached_tokens,
            cached_price=job.cached_price,
        )
    )
    if each is None:
        return {"request_nano_usd": None, "total_nano_usd": None, "total_usd": None, "credits": None}
    total = each * job.requests
    in_credits = None if job.credit_usd is None else credits_for(total, job.credit_usd, job.markup)
    return {"request_nano_usd": each, "total_nano_usd": total, "total_usd": usd(total), "credits": in_credits}


def credits_of(row: PricedOffer | None) -> dict[str, PlanCredits] | None:
    """Return how many such requests the monthly credits of each plan buy with an offer; None where it is unknown."""
    if row is None:
        return None
    return {
        plan: {"nano_usd": budget, "requests": requests_within(budget, row["request_nano_usd"])}
        for plan, budget in MONTHLY_CREDITS_NANO_USD.items()
    }
