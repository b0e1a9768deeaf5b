"""Show the totals of a usage log, its unpriced requests, and how the costs compare with the log and the invoice."""

from __future__ import annotations

import sys

from hf_providers.cli import output
from hf_providers.cli.table import Column
from hf_providers.rules.money import display, usd
from hf_providers.text import UNKNOWN, clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.billing.bill import Bill
    from hf_providers.billing.bill_types import BilledRow, BillRow, BillTotals, ComparedRow
    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import AnyRow
    from hf_providers.cli.option_types import OutputOptions

LISTED = 20


def complain(bill: Bill) -> None:
    """Say on stderr which lines could not be read."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    for line, reason in bill.broken:
        print(f"line {line}: {reason}", file=sys.stderr)
    if bill.broken_lines > len(bill.broken):
        print(f"and {bill.broken_lines - len(bill.broken):,} more lines that can't be read", file=sys.stderr)
    for grouping, groups in bill.groups.by.items():
        if bill.requests and set(groups) == {None} and grouping not in ("provider", "session"):
            print(f"no row has a column named {clean(grouping)[:60]}", file=sys.stderr)


def show(options: OutputOptions, bill: Bill, catalog: Catalog) -> None:
    """Print the totals in the format asked for."""
    totals = bill.to_dict()
    if options.format == "json":
        output.write_json({**totals, "snapshot": catalog.meta()})
    elif options.format == "parquet":
        _print_parquet(totals["rows"])
    else:
        output.listing(options, _fields(totals["rows"]), totals["rows"], catalog, "\n".join(notes(bill, totals)))


def notes(bill: Bill, totals: BillTotals) -> list[str]:
    """Return the lines below the totals: unpriced requests, assumptions, and comparisons."""
    return [
        *_unpriced(bill),
        *_assumptions(bill, totals["rows"][0]),
        *_compared(totals["compared"]),
        *_billed(totals["against"]),
    ]


def _unpriced(bill: Bill) -> list[str]:
    if not bill.unknown:
        return []
    reasons = sorted(bill.reasons.items(), key=lambda pair: -pair[1])
    lines = [f"{bill.unknown:,} of {bill.requests:,} requests have no known price and are not counted:"]
    lines += [f"  {count:,} × {clean(reason)}" for reason, count in reasons[:LISTED]]
    if len(reasons) > LISTED:
        lines.append(f"  and {len(reasons) - LISTED:,} more reasons: --json has them all")
    return lines


def _assumptions(bill: Bill, total: BillRow) -> list[str]:
    lines = []
    if total["partly_priced"]:
        known = _money(total["known_part_nano_usd"])
        lines.append(f"{total['partly_priced']:,} requests are partly priced: what is known of them costs {known}")
    if total["with_range"]:
        low, high = _money(total["low_nano_usd"]), _money(total["high_nano_usd"])
        live = "with the offers live then that have a price"
        lines.append(f"{total['with_range']:,} of those not priced cost {low} to {high}, {live}")
    if bill.assumed:
        lines.append(f"{bill.assumed:,} requests name no provider and are priced as assumed: {bill.pricer.assume}")
    if bill.past_last_seen:
        lines.append(f"{bill.past_last_seen:,} requests have a price that was last seen before them")
    return lines


def _compared(rows: list[ComparedRow]) -> list[str]:
    differing = [row for row in rows if row["likely_reason"] != "the same"]
    if not rows:
        return []
    same = f"{len(rows) - len(differing):,} of {len(rows):,}"
    lines = [f"the client's own costs: {same} by model, provider and day are the same"]
    for row in differing[:LISTED]:
        logged, priced = _money(row["logged_nano_usd"]), _money(row["cost_nano_usd"])
        whose = f"{row['day']} {clean(row['model'])} {clean(row['provider'])}"
        lines += [f"  {whose}: logged {logged}, priced {priced}", f"    {row['likely_reason']}"]
    if len(differing) > LISTED:
        lines.append(f"  and {len(differing) - LISTED:,} more: --json has them all")
    return lines


def _billed(rows: list[BilledRow] | None) -> list[str]:
    rows = rows or []
    lines = ["against the invoice:"] if rows else []
    for row in rows[:LISTED]:
        whose = row["month"] if row["session"] is None else f"{row['month']} session {clean(row['session'])[:60]}"
        billed, cost = _money(row["billed_nano_usd"]), _money(row["cost_nano_usd"])
        difference = _money(row["difference_nano_usd"])
        counts = f"{_count(row['billed_requests'])} billed, {_count(row['log_requests'])} in the log"
        lines.append(f"  {whose}: billed {billed}, priced {cost}, difference {difference} (requests: {counts})")
    if len(rows) > LISTED:
        lines.append(f"  and {len(rows) - LISTED:,} more: --json has them all")
    return lines


def _money(nano: int | None) -> str:
    return UNKNOWN if nano is None else display(usd(nano))


def _count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def _fields(rows: list[BillRow]) -> tuple[output.Field, ...]:
    """Return the columns; those that are empty in every row are in JSON and CSV only."""
    total: AnyRow = rows[0]

    def where(key: str, column: Column) -> Column | None:
        return column if total[key] else None

    return (
        output.Field("group", Column("Of", spare=4)),
        output.Field("name", Column("Name", least=16)),
        output.Field("requests", Column("Requests", right=True, spare=2), _count),
        output.Field("priced", Column("Priced", right=True, spare=1), _count),
        output.Field("input_tokens", Column("In tokens", right=True, spare=5), _count),
        output.Field("cached_tokens", where("cached_tokens", Column("Cached", right=True, spare=6)), _count),
        output.Field("output_tokens", Column("Out tokens", right=True, spare=3), _count),
        output.Field("cost_nano_usd", Column("Cost", right=True), _money),
        output.Field("known_part_nano_usd", where("partly_priced", Column("Known part", right=True)), _money),
        output.Field("low_nano_usd", where("with_range", Column("At least", right=True)), _money),
        output.Field("high_nano_usd", where("with_range", Column("At most", right=True)), _money),
        *map(output.Field, ("partly_priced", "unpriced", "with_range", "reasoning_tokens", "cost_usd")),
    )


def _print_parquet(rows: list[BillRow]) -> None:
    from json import dumps
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from hf_providers.cli import bill_rows

    bill_rows.check_not_terminal()
    kinds = {key: "DECIMAL(38,0)" if key.endswith("_nano_usd") else "BIGINT" for key in rows[0]}
    kinds |= {"group": "VARCHAR", "name": "VARCHAR", "cost_usd": "DECIMAL(38,9)"}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_text("".join(dumps(row) + "\n" for row in rows), encoding="utf-8")
        sql = f"SELECT * FROM read_json($path, format = 'newline_delimited', columns = {kinds!r})"  # noqa: S608 - its own names
        bill_rows.print_parquet(sql, str(path), Path(folder) / "out")
