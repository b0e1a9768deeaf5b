"""An open snapshot: what the objects of the library read from. One is opened when it is first needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from hf_providers.catalog import locate
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.search import find

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import SnapshotMeta
    from hf_providers.documents.object_types import FoundModels


class Snapshot:
    """The facts of one published version: a context manager, closed also when nothing refers to it any more.

        >>> open_snapshot()  # doctest: +ELLIPSIS
        Snapshot(... UTC)

    Attributes:
        path: The catalog file.
        version: The version's id.
        observed_at: When its facts were observed, UTC.
        origin: What answered the crawl; a replay says that it is one.
        recent_since: From when on an observation is recent, as ISO text; None where the snapshot dates none.
    """

    def __init__(self, catalog: Catalog) -> None:
        catalog.close_when_dropped()
        meta = catalog.meta()
        self.catalog = catalog
        self.path = catalog.path
        self.version = meta.get("version", "")
        self.observed_at = datetime.fromisoformat(meta["checked_at"])
        self.origin = meta.get("origin", "")
        self.recent_since = catalog.recent_since()

    @property
    def as_of(self) -> datetime:
        """When its facts were observed, UTC: the same as `observed_at`."""
        return self.observed_at

    def to_dict(self) -> SnapshotMeta:
        """Return what the snapshot says of itself, as `--json` has it."""
        return self.catalog.meta()

    def __reduce__(self) -> tuple[Callable[..., Snapshot], tuple[str]]:
        """Pickle the path: the snapshot is opened again where it is unpickled."""
        return open_snapshot, (self.path,)

    def close(self) -> None:
        """Close the catalog: nothing more can be read from this snapshot, nor from what was found in it."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Snapshot({self.version} of {self.observed_at:%Y-%m-%d %H:%M} UTC)"


def open_snapshot(path: str | Path | None = None) -> Snapshot:
    """Return a snapshot: of this dataset folder or catalog file, or the one that `hfp` would use.

    The order is `path`, $HFP_SNAPSHOT, the synced cache, the one installed along with the package.

        >>> open_snapshot().observed_at.year >= 2026
        True
        >>> try:
        ...     open_snapshot("no/such/folder")
        ... except SnapshotError as error:
        ...     print(error)
        there is no snapshot at no/such/folder

    Raises:
        SnapshotError: there is none, it is damaged, or of a newer layout; its `hint` says what to do.
    """
    return Snapshot(locate.open_snapshot(None if path is None else str(path), os.environ))


@lru_cache(maxsize=1)
def default_snapshot() -> Snapshot:
    """Return the snapshot that is used where none is given, opened once."""
    return open_snapshot()


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

    def to_dict(self) -> FoundModels:
        """Return plain values: times as ISO text, ids as a list."""
        return {
            "query": self.query,
            "matched_by": self.matched_by,
            "model_ids": list(self.model_ids),
            "clear": self.clear,
            "total": self.total,
            "as_of": f"{self.as_of:%Y-%m-%dT%H:%M:%SZ}",
        }


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
