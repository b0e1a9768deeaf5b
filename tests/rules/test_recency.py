"""What is recent: 45 days before the newest observation, the last of them included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hf_providers.rules.recency import is_recent, recent, recent_since

NEWEST = datetime(2026, 8, 22, 3, 19, tzinfo=UTC)


def test_the_newest_observation_says_where_the_recent_begins() -> None:
    offers = [{"observed_at": at} for at in (None, NEWEST - timedelta(days=100), NEWEST)]
    assert recent_since(offers) == datetime(2026, 7, 8, 3, 19, tzinfo=UTC)


@pytest.mark.parametrize("offers", [[], [{"observed_at": None}]])
def test_where_nothing_is_dated_everything_counts(offers: list[dict[str, None]]) -> None:
    assert recent_since(offers) is None
    assert is_recent(None, None)
    assert is_recent("2020-01-01T00:00:00Z", None)


@pytest.mark.parametrize(
    ("at", "counts"),
    [("2026-07-08T03:19:00Z", True), ("2026-07-08T03:18:59Z", False), ("2026-08-22T03:19:00Z", True), (None, False)],
)
def test_iso_text_compares_as_the_moments_do(at: str | None, counts: bool) -> None:
    since = "2026-07-08T03:19:00Z"
    assert is_recent(at, since) is counts
    assert recent([{"observed_at": at}], since) == ([{"observed_at": at}] if counts else [])
