"""Say in one line what a snapshot is made of: each source with the days that it covers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


def made_of(sources: Sequence[Mapping[str, Any]]) -> str:
    """Return the sources of a manifest's provenance by name, each with its first and last day; empty without one.

    Args:
        sources: Entries with `source`, `from` and `to`, ISO text or None.
    """
    days: dict[str, set[str]] = {}
    for source in sources:
        ends = [str(source[end])[:10] for end in ("from", "to") if source[end]]
        days.setdefault(str(source["source"]), set()).update(ends)
    return "; ".join(" ".join((name, *_span(days[name]))) for name in days)


def _span(days: set[str]) -> list[str]:
    return [] if not days else [min(days)] if len(days) == 1 else [f"{min(days)} to {max(days)}"]
