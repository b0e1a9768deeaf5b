"""What a job costs with every provider, exactly: in nano-USD, rounded up a request, as Hugging Face bills.

An offer whose price is unknown is listed as unknown. --as-of uses the prices in force at that time, as far as they
were observed.
"""

from __future__ import annotations

from hf_providers.cli import filters, output, resolve_model
from hf_providers.cli.exits import AMBIGUOUS, NOTHING_FOUND, OK, USAGE, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.cli.table import Column
from hf_providers.documents.cost import DAYS_PER_MONTH, Job, beside_rows, priced
from hf_providers.rules.money import display, nano_usd_per_mtok, to_nano, usd
from hf_providers.rules.readiness import spoken
from hf_providers.text import UNKNOWN, clean, day, price, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from hf_providers.catalog.row_types import AnyRow
    from hf_providers.cli.option_types import ModelOptions
    from hf_providers.documents.types import CostHead, PricedOffer

    class CostOptions(ModelOptions):
        """`hfp cost`."""

        input_tokens: int
        output_tokens: int
        cached: int
        cached_price: str | None
        requests: int | None
        per_day: int | None
        monthly: bool
        provider: list[str] | None
        as_of: str | None
        credit_usd: str | None
        markup: str


PLANS = {"free": "free", "pro": "PRO", "team": "Team, each seat"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    job = parser.add_argument_group("the job")
    job.add_argument("--in", "--tokens", dest="input_tokens", type=filters.size, default=0, metavar="N",
                     help="input tokens of a request, as in 1500, 1.5k, 10M, 2B")  # fmt: skip
    job.add_argument("--out", dest="output_tokens", type=filters.size, default=0, metavar="N", help="output tokens")
    job.add_argument(
        "--cached", type=filters.size, default=0, metavar="N", help="input tokens that are read from a cache"
    )
    job.add_argument(
        "--cached-price", type=amount, metavar="USD", help="price of 1M cached tokens: no source states it"
    )
    job.add_argument("--requests", type=filters.size, metavar="N", help="number of requests (default: 1)")
    job.add_argument(
        "--per-day", type=filters.size, metavar="N", help=f"number of requests a day, for {DAYS_PER_MONTH} days"
    )
    job.add_argument("--monthly", action="store_true", help="take --requests N as --per-day N")
    filters.provider_argument(job)
    job.add_argument("--as-of", type=as_of, metavar="DATE", help="at the prices of that time, as in 2026-02-01")
    market = parser.add_argument_group("also in a marketplace's credits, rounded up")
    market.add_argument("--credit-usd", type=amount, metavar="USD", help="what one credit is worth")
    market.add_argument(
        "--markup", type=amount, default="0", metavar="PCT", help="the marketplace's surcharge, in percent"
    )


def amount(text: str) -> str:
    """Return an amount as decimal text; argparse reports why a text is not one."""
    if filters.usd(text) < 0:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text!r} is negative")
    return text.removeprefix("$")


def as_of(text: str) -> str:
    """Return the ISO moment of a date that has passed."""
    from argparse import ArgumentTypeError
    from datetime import UTC, datetime

    from hf_providers.cli import times

    moment = times.since(text)
    if moment > f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}":
        raise ArgumentTypeError(f"{text!r} lies in the future: nobody has observed its prices")
    return moment


def main(options: CostOptions) -> int:
    """Price a job with every offer."""
    job = job_of(options)
    with open_catalog(options.snapshot) as catalog:
        picked = resolve_model.model(
            options, options.model, catalog, providers=options.provider or (), former=options.as_of is not None
        )
        if picked is None:
            return AMBIGUOUS
        model_id = picked.model_id
        providers = [picked.provider] if picked.provider else options.provider
        rows = priced(catalog, model_id, job, providers)
        if not rows:
            raise Stop(NOTHING_FOUND, _nothing(job, model_id, providers), f"see its offers: hfp {model_id}")
        more = beside_rows(model_id, job, rows)
        note = "\n".join(_notes(job, rows, more))
        output.listing(options, _fields(job), rows, catalog, note, **more, **picked.asked)
    return OK


def job_of(options: CostOptions) -> Job:
    """Return the job that the arguments describe.

    Raises:
        Stop: the arguments describe no job.
    """
    _check(options)
    each_day = options.per_day if options.per_day is not None else (options.requests or 1) if options.monthly else None
    return Job(
        options.input_tokens,
        options.output_tokens,
        requests=(options.requests or 1) if each_day is None else each_day * DAYS_PER_MONTH,
        monthly=each_day is not None,
        cached_tokens=options.cached,
        cached_price=options.cached_price,
        as_of=options.as_of,
        credit_usd=options.credit_usd,
        markup=options.markup,
    )


def _check(options: CostOptions) -> None:
    if not options.input_tokens and not options.output_tokens:
        raise Stop(USAGE, "how many tokens?", "give the size of a request, as in: hfp cost r1 --in 10M --out 1M")
    if 0 in (options.requests, options.per_day):
        raise Stop(USAGE, "--requests and --per-day must be at least 1", "as in: hfp cost r1 --in 1k --per-day 100")
    if options.per_day is not None and (options.requests is not None or options.monthly):
        raise Stop(USAGE, "--per-day already says how many requests", "leave --requests and --monthly out")
    if options.cached > options.input_tokens:
        raise Stop(USAGE, "--cached is above --in", "--in counts cached tokens too: raise it, or lower --cached")
    if options.credit_usd is not None and to_nano(options.credit_usd) == 0:
        raise Stop(USAGE, "--credit-usd must be above 0", "give the worth of one credit, as in --credit-usd 0.04")


def _nothing(job: Job, model_id: str, providers: list[str] | None) -> str:
    whom = f"{model_id} on {', '.join(providers)}" if providers else model_id
    return f"no price of {whom} was observed for {job.as_of[:10]}" if job.as_of else f"{whom} is not offered"


def _notes(job: Job, rows: Sequence[PricedOffer], more: CostHead) -> list[str]:
    cached = f", {short(job.cached_tokens)} of it cached" if job.cached_tokens else ""
    size = f"{short(job.input_tokens)} tokens in{cached}, {short(job.output_tokens)} out"
    month = f" in {DAYS_PER_MONTH} days" if job.monthly else ""
    lines = [f"{clean(more['model_id'])}: {job.requests:,} request{'s' if job.requests > 1 else ''}{month} of {size}"]
    unknown = sum(row["total_nano_usd"] is None for row in rows)
    if unknown:
        no_price = job.cached_tokens and not job.cached_price
        why = " (the price of cached tokens is unknown: --cached-price)" if no_price else ""
        lines.append(f"{unknown} of {len(rows)} without a known price{why}")
    lines += _promotions(rows)
    if job.as_of:
        lines.append(f"prices in force on {job.as_of[:10]} {job.as_of[11:16]} UTC, as far as observed")
    return lines + _credit_lines(more)


def _promotions(rows: Sequence[PricedOffer]) -> list[str]:
    """Say which offers are free now, and which were free when last seen and are counted at the listed price."""
    free = [row for row in rows if row["free_now"]]
    over = [row for row in rows if row["is_free"] and not row["free_now"]]
    lines = [f"free for now, in a promotion: {', '.join(map(_promotion, free))}"] if free else []
    return lines + (
        [f"counted at the listed price, as the promotion is over or not confirmed: {', '.join(map(_promotion, over))}"]
        if over
        else []
    )


def _promotion(row: PricedOffer) -> str:
    until = f" until {day(row['free_until'])}" if row["free_until"] else ""
    return f"{clean(row['provider'])}{until}"


def _credit_lines(more: CostHead) -> list[str]:
    known, requests_by_plan = more["cheapest"], more["monthly_credits"]
    if not known or not requests_by_plan:
        return []
    bought = [f"{name} {_bought(**requests_by_plan[plan])}" for plan, name in PLANS.items()]
    return [f"a month's credits buy so many requests with {clean(known['provider'])}:", f"  {' · '.join(bought)}"]


def _bought(nano_usd: int, requests: int | None) -> str:
    number = "no limit at 0" if requests is None else f"{requests:,}"
    return f"{number} ({display(usd(nano_usd))})"


def _ready(row: AnyRow) -> str:
    if row["seen_lately"]:
        return spoken(row)
    return f"{'seen' if row['status'] == 'live' else row['status']} {day(row['observed_at'])}"


def _money(nano: int | None) -> str:
    return UNKNOWN if nano is None else display(usd(nano))


def _credits(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _listed(value: str | None) -> str:
    return UNKNOWN if nano_usd_per_mtok(value) is None else price(value)


def _fields(job: Job) -> tuple[output.Field, ...]:
    ready = output.Field("readiness", Column("Ready", spare=2), of=_ready)
    seen = output.Field("price_last_seen_at", Column("Price seen", spare=2), day)
    in_credits = Column("Credits", right=True) if job.credit_usd is not None else None
    return (
        output.Field("provider", Column("Provider")),
        output.Field("readiness") if job.as_of else ready,
        seen,
        output.Field("input_usd_per_mtok", Column("In $/1M", right=True, spare=1), _listed),
        output.Field("output_usd_per_mtok", Column("Out $/1M", right=True, spare=1), _listed),
        output.Field("request_nano_usd", Column("A request", right=True, spare=3), _money),
        output.Field("total_nano_usd", Column("Total", right=True), _money),
        output.Field("credits", in_credits, _credits),
        output.Field("total_usd"),
        output.Field("is_free"),
        output.Field("free_until"),
        output.Field("task"),
        output.Field("status"),
        output.Field("observed_at"),
    )
