"""The machines of HF Jobs from the documentation's repository: the changes of the page by commit (CSV).

https://huggingface.co/docs/hub/jobs-pricing; the same list is at /api/jobs/hardware.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import pyarrow as pa

from hf_providers.catalog.hosting_schema import JOBS_HARDWARE
from hf_providers.hosting.memory import GB
from hf_providers.hub.text import clean
from pipeline.assemble import tables
from pipeline.backfill import Recording, Row
from pipeline.errors import BackfillError
from pipeline.publish.dataset import Dataset

CHANGES: Final = b"committed_at,commit,event,hardware,cpu,memory,gpu_memory,usd_per_hour"
REPOSITORY: Final = "huggingface/hub-docs"
_SIZE: Final = re.compile(r"(\d{1,6}) (?:GB|vCPU)")
_UNITS: Final = re.compile(r"(\d{1,3})x ")
_EVENTS: Final = frozenset({"added", "changed", "removed"})
_MAX_USD_PER_HOUR: Final = Decimal(10_000)


def is_list(body: bytes) -> bool:
    """Return whether this CSV has the machines of HF Jobs."""
    return body.startswith(CHANGES)


def read(text: str, observed_at: datetime | None = None) -> Recording:
    """Return the machines after the last change.

    Args:
        text: The CSV: one row a change.
        observed_at: When the list was read; the time of its last change by default, or where that is later.

    Raises:
        BackfillError: a row can't be read.
    """
    machines: dict[str, Row] = {}
    try:
        changes = sorted(csv.DictReader(io.StringIO(text)), key=lambda change: _time(change["committed_at"]))
        for change in changes:
            _apply(machines, change)
        times = [_time(change["committed_at"]) for change in changes]
        last = max([*times, *([observed_at] if observed_at else [])], default=None)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise BackfillError(f"no recorded Jobs hardware: {error}", "fix the row, or leave the file out") from None
    return Recording(machines=[row | {"observed_at": last} for row in machines.values()])


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


def _apply(machines: dict[str, Row], change: dict[str, str]) -> None:
    """Apply one change."""
    name, event = clean(change["hardware"].strip(), 100), change["event"]
    if event not in _EVENTS or not name:
        raise ValueError(f"{event[:20]!r} of {name!r} is not a known kind of change")
    if event == "removed":
        machines.pop(name, None)
        return
    price = Decimal(change["usd_per_hour"])
    if not price.is_finite() or not 0 < price <= _MAX_USD_PER_HOUR:
        raise ValueError(f"{name} costs {price}")
    gpu = _size(change["gpu_memory"])
    units = _UNITS.match(name)
    machines[name] = {
        "hardware": name,
        "kind": "cpu" if gpu is None else "gpu",
        "units": None if gpu is None else int(units[1]) if units else 1,
        "cpus": _size(change["cpu"]),
        "ram_bytes": _bytes(_size(change["memory"])),
        "memory_bytes": _bytes(gpu),
        "usd_per_hour": price,
        "listed_at": _time(change["committed_at"]),
        "source": f"{REPOSITORY}@{clean(change['commit'], 40)}",
    }


def _size(text: str | None) -> int | None:
    if not text:
        return None
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:20]!r} is no size")
    return int(match[1])


def _bytes(gigabytes: int | None) -> int | None:
    return None if gigabytes is None else gigabytes * GB


def merged(last: Dataset, machines: Iterable[Row]) -> pa.Table:
    """Return jobs_hardware with the recordings, where they are newer."""
    known = tables.to_rows(last.table(JOBS_HARDWARE.name))
    merged_rows = list(machines)
    newest = max((row["observed_at"] for row in merged_rows), default=None)
    older = newest is None or any(row["observed_at"] > newest for row in known)
    rows = known if older else [row for row in merged_rows if row["observed_at"] == newest]
    return tables.from_rows(JOBS_HARDWARE, rows)
