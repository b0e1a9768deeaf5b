"""The totals of a usage log, and what of it has no cost; `whole_log` adds a log to them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from hf_providers.billing.comparison import Comparison
from hf_providers.billing.grouping import group_value
from hf_providers.billing.pricing import Priced, Pricer
from hf_providers.billing.request import Layouts, Request, read
from hf_providers.billing.totals import PRICED, REQUESTS, Groups
from hf_providers.billing.usage_log import Broken
from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.rules.money import usd
from hf_providers.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hf_providers.billing.bill_types import BillRow, BillTotals, LogRow
    from hf_providers.billing.invoice import Invoice

LISTED = 20
REASONS = 1000
GROUPINGS = ("model", "provider", "day")
"""The default groupings of the totals."""


class Each(NamedTuple):
    """A request of a log with its line and its cost."""

    line: int
    row: LogRow
    request: Request
    priced: Priced


class Bill:
    """The totals of a log, and what of it has no cost.

    Attributes:
        groups: The sums, in all and by group.
        reasons: How many requests are not, or partly, priced for each reason; only the first 1,000.
        broken: The first lines that could not be read, and why.
        broken_lines: How many such lines there are.
        past_last_seen: Requests priced by a price that was last seen before them.
        assumed: Requests whose provider was assumed.
        comparison: The costs that the client logged, compared with ours.
    """

    def __init__(self, pricer: Pricer, groupings: tuple[str, ...] = GROUPINGS, invoice: Invoice | None = None) -> None:
        self.pricer = pricer
        self.groups = Groups(groupings)
        self.reasons: dict[str, int] = {}
        self.broken: list[tuple[int, str]] = []
        self.broken_lines = self.past_last_seen = self.assumed = 0
        self.comparison = Comparison()
        self.invoice = invoice
        self.layouts = Layouts()

    @property
    def as_of(self) -> datetime:
        """When the facts of the snapshot that priced it were observed, UTC."""
        return datetime.fromisoformat(self.pricer.catalog.meta()["checked_at"])

    @property
    def requests(self) -> int:
        """How many requests there are."""
        return self.groups.total[REQUESTS]

    @property
    def unknown(self) -> int:
        """How many of them are not, or only partly, priced."""
        return self.groups.total[REQUESTS] - self.groups.total[PRICED]

    def to_dict(self) -> BillTotals:
        """Return the totals as plain values, as `hfp bill --json` prints them."""
        sums = self.groups.rows()
        if not self.requests and not self.broken_lines:
            sums[0]["cost_nano_usd"] = 0  # an empty log costs nothing; of one that can't be read it is not known
        rows: list[BillRow] = [
            {**row, "cost_usd": None if row["cost_nano_usd"] is None else usd(row["cost_nano_usd"])} for row in sums
        ]
        total = rows[0]
        return {
            "schema_version": READS_SCHEMA,
            "columns": list(total),
            "rows": rows,
            "requests": self.requests,
            "total_cost_nano_usd": total["cost_nano_usd"],
            "unknown": self.unknown,
            "partly_priced": total["partly_priced"],
            "unknown_reasons": dict(self.reasons),
            "assume": self.pricer.assume,
            "assumed": self.assumed,
            "past_last_seen": self.past_last_seen,
            "broken_lines": self.broken_lines,
            "broken": [{"line": line, "reason": reason} for line, reason in self.broken],
            "compared": self.comparison.rows(self.pricer.book),
            "against": None if self.invoice is None else self.invoice.rows(),
        }

    def each(self, log: Iterable[tuple[int, LogRow | Broken]]) -> Iterator[Each]:
        """Price each request, add it to the totals, and yield it; a line that can't be read is counted as broken."""
        for line, row in log:
            priced = self.take(line, row)
            if priced is not None:
                yield priced

    def take(self, line: int, row: LogRow | Broken) -> Each | None:
        """Price a request and add it to the totals; return None if the row can't be read."""
        if isinstance(row, Broken):
            self.unreadable(line, row)
            return None
        try:
            request = read(row, self.layouts)
        except ValueError as error:
            self.unreadable(line, str(error))
            return None
        priced = self.pricer.price(request)
        self.add(row, request, priced)
        return Each(line, row, request, priced)

    def add(self, row: LogRow, request: Request, priced: Priced) -> None:
        """Add a request to the totals."""
        values = tuple(group_value(grouping, row, request, priced) for grouping in self.groups.by)
        self.groups.add(request, priced, values)
        if priced.reason is not None:
            reason = priced.reason
            if reason not in self.reasons and len(self.reasons) >= REASONS:
                reason = "other reasons"
            self.reasons[reason] = self.reasons.get(reason, 0) + request.requests
        if priced.past_last_seen:
            self.past_last_seen += request.requests
        if priced.assumed is not None and priced.cost_nano is not None:
            self.assumed += request.requests
        if request.logged_nano is not None:
            self.comparison.add(request, priced)
        if self.invoice is not None:
            self.invoice.add(request, priced)

    def unreadable(self, line: int, reason: str) -> None:
        """Count a line that can't be read; keep the first ones."""
        self.broken_lines += 1
        if len(self.broken) < LISTED:
            self.broken.append((line, clean(reason)[:400]))
