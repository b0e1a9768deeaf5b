"""What a log of requests cost: each at the price in force at its time, exactly.

USAGE is JSON Lines or CSV, a request a line: time, model (or model:provider), provider, input_tokens, output_tokens.
Also understood: task, timestamp, created_at, prompt_tokens, completion_tokens. A line that can't be read is named by
its number, the rest is priced, and the exit code is 5. A log of any size takes little memory. A price holds on after
its last observation until another one was seen; how many requests that concerns is said. A model is found by its name,
too, where that means one clearly. Times are ISO 8601 or seconds since 1970; what is yet to come has no price.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from hf_providers.billing.price_book import Names, PriceBook, Unpriced, cost_nano, moment
from hf_providers.billing.usage_log import Broken, requests
from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.cli import output, resolve_model
from hf_providers.cli.exits import IN_PART, OK
from hf_providers.cli.table import Column
from hf_providers.rules.money import MAX_SIZE, display, usd
from hf_providers.rules.tasks import CHAT_TASK, tasks_of
from hf_providers.snippets import POLICIES
from hf_providers.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator
    from typing import Any

    from hf_providers.catalog.database import Catalog

    Row = dict[str, Any]
    Request = tuple[datetime, str, str | None, int, int]
    Priced = tuple[int, Request, int | None, str | None]

LISTED = 20
REASONS = 1000
CLOCKS_APART = timedelta(minutes=5)
"""How far another machine's clock may be ahead of this one's."""
GROUPS = ("model", "provider", "day")
EACH = ("line", "time", "model", "provider", "input_tokens", "output_tokens", "cost_nano_usd", "reason")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("usage", metavar="USAGE", help="a .jsonl or .csv file, or - for stdin")
    parser.add_argument("--provider", metavar="P", help="the provider of requests that name none")
    parser.add_argument(
        "--rows", action="store_true", help="print each request with its cost: as CSV, with --json as JSON Lines"
    )


def main(args: argparse.Namespace) -> int:
    """Price a log."""
    with resolve_model.catalog(args) as catalog:
        bill = Bill()
        priced = price_all(requests(args.usage), catalog, bill, args.provider)
        if args.rows:
            (_print_json_lines if args.format == "json" else _print_csv)(priced)
        else:
            for _ in priced:
                pass
        _complain(bill)
        if args.format == "json" and not args.rows:
            output.write_json(as_json(bill, catalog))
        elif not args.rows:
            output.listing(args, FIELDS, rows(bill), catalog, note(bill))
    return IN_PART if bill.broken_lines or bill.unknown else OK


class Bill:
    """The totals of a log, and what of it has no cost."""

    def __init__(self) -> None:
        self.requests = self.unknown = self.past_last_seen = self.broken_lines = self.total = 0
        self.totals: dict[str, dict[str, list[int]]] = {name: {} for name in GROUPS}
        self.reasons: dict[str, int] = {}
        self.broken: list[tuple[int, str]] = []

    def add(self, model: str, provider: str, day: str, given: int, taken: int, cost: int) -> None:
        """Add a request to the totals of its model, its provider and its day."""
        self.total += cost
        for group, name in zip(self.totals.values(), (model, provider, day), strict=True):
            sums = group.get(name)
            if sums is None:
                sums = group[name] = [0, 0, 0, 0]
            sums[0] += 1
            sums[1] += given
            sums[2] += taken
            sums[3] += cost

    def unpriced(self, reason: str) -> None:
        """Count a request without a known cost; of endlessly many reasons the first are told apart."""
        self.unknown += 1
        if reason not in self.reasons and len(self.reasons) >= REASONS:
            reason = "other reasons"
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def unreadable(self, line: int, reason: str) -> None:
        """Count a line that is no request; the first are kept."""
        self.broken_lines += 1
        if len(self.broken) < LISTED:
            self.broken.append((line, clean(reason)[:200]))


def price_all(
    lines: Iterable[tuple[int, Row | Broken]], catalog: Catalog, bill: Bill, provider: str | None
) -> Iterator[Priced]:
    """Price each request, count it in the bill, and yield its line, the request, its cost, and why there is none."""
    book, names = PriceBook(catalog), Names(catalog)
    latest = datetime.now(UTC) + CLOCKS_APART
    for line, row in lines:
        try:
            if isinstance(row, Broken):
                raise ValueError(row)  # noqa: TRY301, TRY004 - told like a line whose values can't be
            request = read(row, provider)
        except ValueError as error:
            bill.unreadable(line, str(error))
            continue
        bill.requests += 1
        at, model, named, given, taken = request
        try:
            model = names.model_id(model)
            if named is None:
                raise Unpriced("it names no provider: --provider says whose such requests are")  # noqa: TRY301
            if at > latest:
                raise Unpriced("it is dated after now")  # noqa: TRY301
            price = book.price(model, named, at, _task(row))
            cost = cost_nano(price, given, taken)
        except Unpriced as error:
            bill.unpriced(str(error))
            yield line, request, None, str(error)
            continue
        if at > price.seen_until:
            bill.past_last_seen += 1
        bill.add(model, named, at.isoformat()[:10], given, taken, cost)
        yield line, request, cost, None


def read(row: Row, provider: str | None = None) -> Request:
    """Return the time (UTC), model, provider (None: nobody names it), input and output tokens of a request.

    Raises:
        ValueError: one of them is missing or can't be.
    """
    get = row.get
    if get("currency", "USD") != "USD":
        raise ValueError(f"it is in {get('currency')!r:.20}, prices are in USD: bill that apart")
    model, named = get("model"), get("provider")
    if not isinstance(model, str) or not model:
        raise ValueError("it names no model")
    if named is None and ":" in model:
        model, _, named = model.rpartition(":")
    if any(said is not None and not isinstance(said, str) for said in (named, get("task"))):
        raise ValueError("its provider or task is no text")
    if named in POLICIES:  # which provider the router took is not in the log
        named = None
    at = moment(get("time") or get("timestamp") or get("created_at"))
    given, taken = get("input_tokens"), get("output_tokens")
    given = get("prompt_tokens") if given is None else given
    taken = get("completion_tokens") if taken is None else taken
    return at if at.tzinfo is UTC else at.astimezone(UTC), model, named or provider, _count(given), _count(taken)


def _task(row: Row) -> str | None:
    """Return the task as offers have it; None where it is not said."""
    task: str | None = row.get("task")
    return CHAT_TASK if task and CHAT_TASK in tasks_of(task) else task


def _count(value: object) -> int:
    """Return a number of tokens: a whole number in JSON, digits in CSV."""
    if type(value) is int and 0 <= value <= MAX_SIZE:
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and int(value[:20]) <= MAX_SIZE:
        return int(value)
    raise ValueError("it lacks a number of tokens" if value is None else f"{value!r:.40} is no number of tokens")


def _said(priced: Priced) -> tuple[Any, ...]:
    line, (at, model, provider, given, taken), cost, reason = priced
    time = at.isoformat().replace("+00:00", "Z")
    return line, time, clean(model), provider and clean(provider), given, taken, cost, reason and clean(reason)


def _print_csv(priced: Iterable[Priced]) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(EACH)
    writer.writerows(map(_said, priced))


def _print_json_lines(priced: Iterable[Priced]) -> None:
    import json

    for one in priced:
        print(json.dumps(dict(zip(EACH, _said(one), strict=True))))


def _complain(bill: Bill) -> None:
    """Say on stderr which lines could not be read."""
    for line, reason in bill.broken:
        print(f"line {line}: {reason}", file=sys.stderr)
    if bill.broken_lines > len(bill.broken):
        print(f"and {bill.broken_lines - len(bill.broken):,} more lines that can't be read", file=sys.stderr)


def rows(bill: Bill) -> list[Row]:
    """Return the totals, a row each: of all, then by model, provider and day."""
    known = bill.requests - bill.unknown
    sums = [sum(part) for part in zip(*bill.totals["model"].values(), strict=True)] or [0, 0, 0, 0]
    found = [_row("total", "", [known, *sums[1:3], bill.total])]
    for name in GROUPS:
        found += [_row(name, key, sums) for key, sums in sorted(bill.totals[name].items())]
    return found


def _row(group: str, name: str, sums: list[int]) -> Row:
    keys = ("requests", "input_tokens", "output_tokens", "cost_nano_usd")
    return {"group": group, "name": name, **dict(zip(keys, sums, strict=True)), "cost_usd": usd(sums[3])}


def note(bill: Bill) -> str:
    """Return what is not in the totals, and on whose word they stand."""
    reasons = sorted(bill.reasons.items(), key=lambda pair: -pair[1])
    lines = [f"{bill.unknown:,} of {bill.requests:,} requests have no known price:"] if bill.unknown else []
    lines += [f"  {count:,} × {clean(reason)}" for reason, count in reasons[:LISTED]]
    if len(reasons) > LISTED:
        lines.append(f"  and {len(reasons) - LISTED:,} more reasons: --json has them all")
    if bill.past_last_seen:
        lines.append(f"{bill.past_last_seen:,} requests are priced by a price last seen before them")
    return "\n".join(lines)


def as_json(bill: Bill, catalog: Catalog) -> Row:
    """Return the totals as `hfp bill --json` has them."""
    found = rows(bill)
    return {
        "schema_version": READS_SCHEMA,
        "columns": list(found[0]),
        "rows": found,
        "requests": bill.requests,
        "total_cost_nano_usd": bill.total,
        "unknown": bill.unknown,
        "unknown_reasons": bill.reasons,
        "past_last_seen": bill.past_last_seen,
        "broken_lines": bill.broken_lines,
        "broken": [{"line": line, "reason": reason} for line, reason in bill.broken],
        "snapshot": catalog.meta(),
    }


def _tokens(value: int) -> str:
    return f"{value:,}"


FIELDS = (
    output.Field("group", Column("Of")),
    output.Field("name", Column("Name", least=16)),
    output.Field("requests", Column("Requests", right=True, spare=1), _tokens),
    output.Field("input_tokens", Column("In tokens", right=True, spare=3), _tokens),
    output.Field("output_tokens", Column("Out tokens", right=True, spare=2), _tokens),
    output.Field("cost_usd", Column("Cost", right=True), display),
    output.Field("cost_nano_usd"),
)
