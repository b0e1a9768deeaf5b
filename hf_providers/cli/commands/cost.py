"""What a job costs with every provider, exactly: in nano-USD, rounded up a request, as Hugging Face bills.

An offer whose price is unknown is listed as unknown. --as-of takes the prices that were in force then, as far as
anybody observed them.
"""

from __future__ import annotations

from hf_providers.cli import filters, output, resolve_model
from hf_providers.cli.exits import AMBIGUOUS, NOTHING_FOUND, OK, Stop
from hf_providers.cli.table import Column
from hf_providers.rules import ranking
from hf_providers.rules.money import (
    MONTHLY_CREDITS_NANO_USD,
    cost_nano,
    credits_for,
    display,
    nano_usd_per_mtok,
    requests_within,
    to_nano,
    usd,
)
from hf_providers.text import UNKNOWN, clean, day, price, short

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

    from hf_providers.catalog.database import Catalog

    Row = dict[str, Any]

DAYS_PER_MONTH = 30
OPEN = ("live", None)
"""Statuses of offers that can be taken; of a time gone by only the prices are known."""
PLANS = {"free": "free", "pro": "PRO", "team": "Team, each seat"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    resolve_model.arguments(parser)
    job = parser.add_argument_group("the job")
    job.add_argument("--in", "--tokens", dest="input_tokens", type=filters.size, default=0, metavar="N",
                     help="input tokens of a request, as in 1500, 1.5k, 10M, 2B")  # fmt: skip
    job.add_argument("--out", dest="output_tokens", type=filters.size, default=0, metavar="N", help="output tokens")
    job.add_argument("--cached", type=filters.size, default=0, metavar="N", help="of the input, read from a cache")
    job.add_argument("--cached-price", type=amount, metavar="USD", help="price of 1M of them: no source states it")
    job.add_argument("--requests", type=filters.size, default=1, metavar="N", help="so many requests (default: 1)")
    job.add_argument("--monthly", action="store_true", help=f"a month of {DAYS_PER_MONTH} days with so many each day")
    job.add_argument("--provider", metavar="P", help="only this provider")
    job.add_argument("--as-of", type=as_of, metavar="DATE", help="at the prices of that time, as in 2026-02-01")
    market = parser.add_argument_group("a marketplace's credits, rounded up")
    market.add_argument("--credit-usd", type=amount, metavar="USD", help="what one credit is worth")
    market.add_argument("--markup", type=amount, default="0", metavar="PCT", help="what is added, in percent")


def amount(text: str) -> str:
    """Return an amount as decimal text; argparse says why it is none."""
    if filters.usd(text) < 0:
        from argparse import ArgumentTypeError

        raise ArgumentTypeError(f"{text!r} is negative")
    return text.removeprefix("$")


def as_of(text: str) -> str:
    """Return the ISO moment of a date that has passed."""
    from argparse import ArgumentTypeError
    from datetime import UTC, datetime

    from hf_providers.cli import times

    found = times.since(text)
    if found > f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}":
        raise ArgumentTypeError(f"{text!r} lies in the future: nobody has observed its prices")
    return found


def main(args: argparse.Namespace) -> int:
    """Price a job with every offer."""
    if not args.input_tokens and not args.output_tokens:
        raise Stop(AMBIGUOUS, "how many tokens?", "give the size of a request, as in: hfp cost r1 --in 10M --out 1M")
    if not args.requests:
        raise Stop(AMBIGUOUS, "no requests are no job", "say how many, as in: hfp cost r1 --in 1k --requests 100")
    if args.cached > args.input_tokens:
        raise Stop(AMBIGUOUS, "more tokens are cached than put in", "--cached is a part of --in")
    if args.credit_usd is not None and to_nano(args.credit_usd) == 0:
        raise Stop(AMBIGUOUS, "a credit must be worth something", "give what one is worth, as in --credit-usd 0.04")
    with resolve_model.catalog(args) as catalog:
        picked = resolve_model.model(args, catalog)
        if picked is None:
            return AMBIGUOUS
        model_id, pinned = picked
        provider = pinned or (args.provider and args.provider.lower())
        offers = [o for o in _offers(args, catalog, model_id) if provider in (None, o["provider"])]
        if not offers:
            raise Stop(NOTHING_FOUND, _nothing(args, model_id, provider), f"see its offers: hfp {model_id}")
        rows = priced(args, offers)
        known = next((row for row in rows if row["status"] in OPEN and row["total_nano_usd"] is not None), None)
        more = {"model_id": model_id, "job": job(args), "cheapest": known, "monthly_credits": credits_of(known)}
        note = "\n".join(_notes(args, model_id, rows, known))
        output.listing(args, _fields(args), rows, catalog, note, **more)
    return OK


def _nothing(args: argparse.Namespace, model_id: str, provider: str | None) -> str:
    whom = f"{model_id} on {provider}" if provider else model_id
    return f"no price of {whom} was observed for {args.as_of[:10]}" if args.as_of else f"{whom} is not offered"


def _offers(args: argparse.Namespace, catalog: Catalog, model_id: str) -> list[Row]:
    """Return the offers for what the model mainly does, now or with the prices of a time."""
    offers = ranking.ordered(catalog.offers(model_id))
    task = ranking.main_task(offers)
    if args.as_of is None:
        return [{**offer, "price_last_seen_at": None} for offer in offers if offer["task"] == task]
    from hf_providers.billing.price_book import PriceBook, moment

    found = PriceBook(catalog).prices(model_id, moment(args.as_of), task)
    return [
        {
            "provider": name,
            "task": task,
            "status": None,
            "readiness": None,
            "input_usd_per_mtok": None if then.input_nano is None else usd(then.input_nano),
            "output_usd_per_mtok": None if then.output_nano is None else usd(then.output_nano),
            "price_last_seen_at": f"{then.seen_until:%Y-%m-%dT%H:%M:%SZ}",
        }
        for name, then in sorted(found.items())
    ]


def _count(args: argparse.Namespace) -> int:
    requests: int = args.requests * (DAYS_PER_MONTH if args.monthly else 1)
    return requests


def job(args: argparse.Namespace) -> Row:
    """Return what is priced."""
    names = ("input_tokens", "output_tokens", "as_of", "credit_usd")
    stated = {name: getattr(args, name) for name in names}
    return stated | {"cached_tokens": args.cached, "requests": _count(args), "monthly": args.monthly}


def priced(args: argparse.Namespace, offers: Sequence[Row]) -> list[Row]:
    """Return the offers with what the job costs: the cheapest first, live before the rest, unknown ones last."""
    rows = [offer | _cost(args, offer) for offer in offers]
    infinite = float("inf")
    return sorted(rows, key=lambda r: (
        r["total_nano_usd"] is None, r["status"] not in OPEN,
        infinite if r["total_nano_usd"] is None else r["total_nano_usd"], r["provider"],
    ))  # fmt: skip


def _cost(args: argparse.Namespace, offer: Row) -> Row:
    prices = offer["input_usd_per_mtok"], offer["output_usd_per_mtok"]
    each = cost_nano(
        *prices, args.input_tokens, args.output_tokens, cached_tokens=args.cached, cached_price=args.cached_price
    )
    total = None if each is None else each * _count(args)
    return {
        "request_nano_usd": each,
        "total_nano_usd": total,
        "total_usd": None if total is None else usd(total),
        "credits": None
        if total is None or args.credit_usd is None
        else credits_for(total, args.credit_usd, args.markup),
    }


def credits_of(row: Row | None) -> Row | None:
    """Return how many such requests the monthly credits of each plan buy with an offer; None where it is unknown."""
    if row is None:
        return None
    return {
        plan: {"nano_usd": budget, "requests": requests_within(budget, row["request_nano_usd"])}
        for plan, budget in MONTHLY_CREDITS_NANO_USD.items()
    }


def _notes(args: argparse.Namespace, model_id: str, rows: Sequence[Row], known: Row | None) -> list[str]:
    cached = f", {short(args.cached)} of it cached" if args.cached else ""
    size = f"{short(args.input_tokens)} tokens in{cached}, {short(args.output_tokens)} out"
    month = f" in {DAYS_PER_MONTH} days" if args.monthly else ""
    lines = [f"{clean(model_id)}: {_count(args):,} request{'s' if _count(args) > 1 else ''}{month} of {size}"]
    unknown = sum(row["total_nano_usd"] is None for row in rows)
    if unknown:
        why = "the price of cached tokens is unknown: --cached-price" if args.cached and not args.cached_price else ""
        lines.append(f"{unknown} of {len(rows)} without a known price" + (f" ({why})" if why else ""))
    if args.as_of:
        lines.append(f"prices in force on {args.as_of[:10]} {args.as_of[11:16]} UTC, as far as observed")
    found = credits_of(known)
    if known and found:
        bought = [f"{name} {_bought(**found[plan])}" for plan, name in PLANS.items()]
        lines += [f"a month's credits buy so many requests with {clean(known['provider'])}:", f"  {' · '.join(bought)}"]
    return lines


def _bought(nano_usd: int, requests: int | None) -> str:
    number = "no limit at 0" if requests is None else f"{requests:,}"
    return f"{number} ({display(usd(nano_usd))})"


def _word(value: str | None) -> str:
    return value or UNKNOWN


def _money(nano: int | None) -> str:
    return UNKNOWN if nano is None else display(usd(nano))


def _credits(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _listed(value: str | None) -> str:
    return UNKNOWN if nano_usd_per_mtok(value) is None else price(value)


def _fields(args: argparse.Namespace) -> tuple[output.Field, ...]:
    ready = output.Field("readiness", Column("Ready", spare=2), _word)
    seen = output.Field("price_last_seen_at", Column("Last seen", spare=2), day)
    in_credits = Column("Credits", right=True) if args.credit_usd is not None else None
    return (
        output.Field("provider", Column("Provider", least=12)),
        output.Field("readiness") if args.as_of else ready,
        seen if args.as_of else output.Field("price_last_seen_at"),
        output.Field("input_usd_per_mtok", Column("In $/1M", right=True, spare=1), _listed),
        output.Field("output_usd_per_mtok", Column("Out $/1M", right=True, spare=1), _listed),
        output.Field("request_nano_usd", Column("A request", right=True, spare=3), _money),
        output.Field("total_nano_usd", Column("Total", right=True), _money),
        output.Field("credits", in_credits, _credits),
        output.Field("total_usd"),
        output.Field("task"),
        output.Field("status"),
    )
