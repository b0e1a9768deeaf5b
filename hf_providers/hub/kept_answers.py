"""Answers that were had before, by which a server is asked whether they still stand (`If-None-Match`).

An ETag is a stranger's text: one that is not short and printable is not kept, and it goes back to the very address that
gave it, never to another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Final

MAX_BODY_BYTES: Final = 16 * 2**20
"""Of one answer; what is larger is asked for whole."""
MAX_BYTES: Final = 32 * 2**20
"""Of all together: what comes later is not kept."""
_ETAG: Final = re.compile(r'(?:W/)?"[!#-~]{1,200}"')


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What an address answered, and the tag that it gave to these bytes."""

    url: str
    etag: str
    body: bytes


def may_be_kept(answer: KeptAnswer) -> bool:
    """Whether the tag is one that may be sent, and the body one of a size that is kept."""
    return bool(_ETAG.fullmatch(answer.etag)) and 0 < len(answer.body) <= MAX_BODY_BYTES


class KeptAnswers:
    """The answers of an earlier run, and those that this one had; for several threads, one an address.

    Args:
        known: What was had before.
    """

    def __init__(self, known: Iterable[KeptAnswer] = ()) -> None:
        self._known = {answer.url: answer for answer in known if may_be_kept(answer)}
        self._had: dict[str, KeptAnswer] = {}
        self._lock = Lock()

    def known(self, url: str) -> KeptAnswer | None:
        """Return what this address answered before, if that was kept."""
        return self._known.get(url)

    def keep(self, answer: KeptAnswer) -> None:
        """Keep an answer that was read and is whole, or was confirmed."""
        with self._lock:
            others = sum(len(had.body) for url, had in self._had.items() if url != answer.url)
            if may_be_kept(answer) and others + len(answer.body) <= MAX_BYTES:
                self._had[answer.url] = answer

    def forget(self, url: str) -> None:
        """Ask this address without a condition from now on: what was kept cannot be read."""
        with self._lock:
            self._known.pop(url, None)
            self._had.pop(url, None)

    @property
    def had(self) -> list[KeptAnswer]:
        """What was kept or confirmed since the beginning, by address."""
        return [self._had[url] for url in sorted(self._had)]
