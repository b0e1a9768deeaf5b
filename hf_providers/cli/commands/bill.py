"""What a log of requests cost: each at the price in force at its time, exactly.

USAGE is JSON Lines, a JSON array, or a table with commas, tabs or semicolons, plain or gzip; with DuckDB also Parquet
and zstd. The field names of OpenAI, LiteLLM, OpenRouter, Helicone and Langfuse are understood: docs/bill.md lists them.
A line that can't be read is listed with its number, and the rest is priced. The exit code is 5 if any line can't be
read or any request has no known price.

A model is an id, an exact name or a provider's own id; a similar name is never taken for it. A request that names no
provider is not priced, but the range of costs at the offers live then is shown; --assume prices it. Tokens read from a
cache need a price of their own (--cached-price). The last observed price is used until another one is observed; the
output says for how many requests.
"""

from __future__ import annotations

import sys

from hf_providers.billing.bill import GROUPINGS, Bill
from hf_providers.billing.pricing import Pricer
from hf_providers.billing.usage_log import open_log, rows
from hf_providers.billing.whole_log import total
from hf_providers.cli import bill_rows, bill_view
from hf_providers.cli.commands.cost import amount
from hf_providers.cli.exits import IN_PART, IO_FAILED, OK, USAGE, Stop
from hf_providers.cli.options import open_catalog
from hf_providers.errors import LogError, Unpriced
from hf_providers.rules.money import nano_usd_per_mtok

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from hf_providers.catalog.database import Catalog
    from hf_providers.cli.option_types import OutputOptions

    class BillOptions(OutputOptions):
        """`hfp bill`."""

        usage: str
        assume: str | None
        cached_price: str | None
        group_by: str | None
        against: str | None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("usage", metavar="USAGE", help="the log, or - for stdin")
    parser.add_argument("--assume", "--provider", dest="assume", metavar="router|cheapest|P",
                        help="who served requests that name no provider")  # fmt: skip
    parser.add_argument("--cached-price", type=amount, metavar="USD", help="price of 1M input tokens read from a cache")
    parser.add_argument("--group-by", metavar="COLUMN",
                        help="total by model, provider, day, month, task, session or any column of the log;"
                        " row: print each request")  # fmt: skip
    parser.add_argument("--rows", dest="group_by", action="store_const", const="row", help="short for --group-by row")
    parser.add_argument("--against", metavar="FILE", help="compare with what was billed: a saved answer of the Hub's"
                        " usage-by-inference-session or usage-by-resource-group")  # fmt: skip


def main(options: BillOptions) -> int:
    """Price a log."""
    with open_catalog(options.snapshot) as catalog:
        try:
            bill = _bill(options, catalog)
            with open_log(options.usage) as log:
                if options.group_by == "row":
                    bill_rows.write(options.format, bill.each(rows(log)), raw=options.raw)
                else:
                    total(log, bill, _progress())
        except LogError as error:
            raise Stop(IO_FAILED, str(error), error.hint) from None
        bill_view.complain(bill)
        if options.group_by != "row":
            bill_view.show(options, bill, catalog)
    return IN_PART if bill.broken_lines or bill.unknown else OK


def _bill(options: BillOptions, catalog: Catalog) -> Bill:
    from hf_providers.billing import invoice

    if options.assume is not None and options.assume.lower() in ("fastest", "preferred"):
        raise Stop(USAGE, f"--assume {options.assume} is not a rule", "the router's own rule is: --assume router")
    if options.against is not None and (options.group_by == "row" or options.format in ("csv", "parquet")):
        raise Stop(USAGE, "--against compares totals, in a table or in JSON", "hfp bill LOG --against FILE --json")
    try:
        pricer = Pricer(catalog, options.assume, nano_usd_per_mtok(options.cached_price))
    except Unpriced as error:
        raise Stop(USAGE, str(error), "see the providers: hfp providers") from None
    groupings = GROUPINGS if options.group_by in (None, "row") else (options.group_by,)
    return Bill(pricer, groupings, None if options.against is None else invoice.read(options.against))


def _progress() -> Callable[[int], None]:
    """Return a callback that shows on a terminal how far the log is read, at most a few times a second."""
    if not sys.stderr.isatty():
        return lambda _: None
    from time import monotonic

    last = monotonic()

    def say(line: int) -> None:
        nonlocal last
        if monotonic() - last > 0.3:
            last = monotonic()
            print(f"\r{line:,} lines\x1b[K", end="", file=sys.stderr, flush=True)

    return say
