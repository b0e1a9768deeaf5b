"""Ctrl-C while the search for a model is left half read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hf_providers.live import offers_now


class Pages:
    """A Hub whose pages are interrupted while nobody reads on."""

    def pages(self, *_: object) -> Iterator[list[dict[str, Any]]]:
        try:
            yield [{"id": "acme/talk"}]
            yield []
        finally:
            raise KeyboardInterrupt


def test_an_interrupt_while_pages_are_dropped_is_not_lost() -> None:
    with pytest.raises(KeyboardInterrupt):
        offers_now._search(Pages(), "acme/talk")  # type: ignore[arg-type]
