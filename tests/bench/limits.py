"""A table of figures with their limits, and whether all of them are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Figure(NamedTuple):
    """What was measured, in a unit; None is no limit."""

    what: str
    limit: float | None
    measured: float
    unit: str = ""
    digits: int = 0


def report(title: str, figures: Sequence[Figure]) -> int:
    """Print the table, and return 1 where anything is above its limit."""
    print(f"| {title} | limit | measured |\n|---|---:|---:|")
    for one in figures:
        limit = "" if one.limit is None else _shown(one.limit, one)
        print(f"| {one.what} | {limit} | {_shown(one.measured, one)} |")
    above = [one.what for one in figures if one.limit is not None and one.measured > one.limit]
    print(f"\nabove the limit: {'; '.join(above)}\n" if above else "\nall within their limits\n")
    return 1 if above else 0


def _shown(value: float, one: Figure) -> str:
    return f"{value:,.{one.digits}f} {one.unit}".strip()
