"""Looking for models by words, as `hfp` does: what a name can mean, best first. Offline: read from the snapshot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from hf_providers.catalog.search import find
from hf_providers.snapshot import Snapshot, default_snapshot


@dataclass(frozen=True, slots=True)
class Found:
    """What a query can mean.

        >>> from hf_providers import search
        >>> search("deepseek r1")  # doctest: +ELLIPSIS
        Found(query='deepseek r1', ...)

    Attributes:
        query: What was looked for.
        matched_by: id, name, alias, words, typo (a guess), or nearest: nothing was found, these are similar names.
        model_ids: The ids, best first.
        clear: Whether the first is the one meant.
        total: How many there are, of which `model_ids` may be the first.
        as_of: When the snapshot's facts were observed, UTC.
    """

    query: str
    matched_by: str
    model_ids: tuple[str, ...]
    clear: bool
    total: int
    as_of: datetime

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: times as ISO text, ids as a list."""
        when = f"{self.as_of:%Y-%m-%dT%H:%M:%SZ}"
        return asdict(self) | {"model_ids": list(self.model_ids), "as_of": when}


def search(query: str, limit: int = 20, snapshot: Snapshot | None = None) -> Found:
    """Return the models that words can mean, as `hfp` finds them.

        >>> search("deepseek r1").model_ids[0]
        'deepseek-ai/DeepSeek-R1'
        >>> search("deepsek").matched_by
        'typo'

    Args:
        query: An id, a name, or words of it.
        limit: At most so many ids.
        snapshot: Where to look; by default what `open_snapshot` opens.

    Raises:
        TypeError: the query is no text.
        ValueError: the limit is below 1.
        SnapshotError: there is no usable snapshot.
    """
    if not isinstance(query, str):
        raise TypeError(f"{query!r:.40} is no text to look for")
    if limit < 1:
        raise ValueError(f"limit must be at least 1, and is {limit}")
    where = snapshot or default_snapshot()
    found = find(where.catalog, query, limit)
    ids = tuple(found.model_ids[:limit])
    return Found(query, found.matched_by, ids, found.clear, found.total, where.observed_at)
