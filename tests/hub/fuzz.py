"""Hostile answers for a while, new ones each time: `python -m tests.hub.fuzz 60`. A part of `make drill`."""

from __future__ import annotations

import sys
import time
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.hostile import Document, check_or_refuse, check_target, spoiled


def fuzz(seconds: float) -> int:
    """Read hostile answers for so many seconds and return how many; each is read, or refused by the designed error.

    Raises:
        Exception: what a reader let escape, with the smallest answer that makes it do so.
    """
    seen = 0

    @settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(spoiled(), st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
    def once(case: tuple[Document, Any], target: str) -> None:
        nonlocal seen
        seen += 1
        check_or_refuse(*case)
        check_target(target)

    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        once()
    return seen


if __name__ == "__main__":
    print(f"{fuzz(float(sys.argv[1]))} hostile answers, each read or refused")
