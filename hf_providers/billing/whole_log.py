"""Add a whole log to a bill in the fastest way for its kind: 100,000 requests a second, in little memory."""

from __future__ import annotations

from hf_providers.billing.lines import blocks
from hf_providers.billing.usage_log import Log, rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from hf_providers.billing.bill import Bill


def total(log: Log, bill: Bill, progress: Callable[[int], None] = lambda _: None) -> None:
    """Add a whole log to a bill.

    Args:
        log: The log.
        bill: The bill.
        progress: Called from time to time with the number of lines read.
    """
    if log.kind == "parquet":
        from hf_providers.billing import parquet_totals

        if parquet_totals.add(log.path, bill):
            return
    if log.kind == "lines" and bill.invoice is None:
        from hf_providers.billing.fast_lines import Lines

        Lines(bill).add(blocks(log.source), progress)
        return
    for number, one in enumerate(rows(log)):
        bill.take(*one)
        if not number % 20_000:
            progress(one[0])
