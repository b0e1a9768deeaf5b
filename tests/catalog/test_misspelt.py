"""How many letters are wrong: as a library counts them, up to a limit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from hf_providers.catalog import misspelt


@settings(deadline=None)
@given(st.text("ab-1", max_size=12), st.text("ab-1", max_size=12), st.integers(1, 3))
def test_distance_is_that_of_a_library_up_to_the_limit(one: str, other: str, limit: int) -> None:
    assert misspelt.distance(one, other, limit) == min(OSA.distance(one, other), limit + 1)


@settings(deadline=None)
@given(st.text("abcé-1", max_size=20), st.text("abcé-1", max_size=20))
def test_likeness_is_the_ratio_of_a_library(one: str, other: str) -> None:
    if one or other:
        assert misspelt.likeness(one, other) == pytest.approx(fuzz.ratio(one, other) / 100)
