"""The rate limit's headers, as recorded and as they might be, and the budget made of them."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.hub.ratelimit import Budget, Limit, limits_of, retry_after_s, wait_s
from tests.hub.hubserver import FakeTime


def test_recorded_headers() -> None:
    headers = httpx.Headers({"ratelimit": '"api";r=495;t=23', "ratelimit-policy": '"fixed window";"api";q=500;w=300'})
    assert limits_of(headers) == [Limit("api", 495, 23, 500)]


@pytest.mark.parametrize(
    ("limit", "policy", "expected"),
    [
        ('"api";t=23;r=4, "pages" ; r=0 ; t=9', "", [Limit("api", 4, 23), Limit("pages", 0, 9)]),
        ('"a";r=1;t=2', '"fixed window";"b";q=5;w=3, "fixed window";"a";q=7;w=3', [Limit("a", 1, 2, 7)]),
        ('"api";r=-1;t=5', "", []),
        ('"api";r=many;t=5', "", []),
        ("api;r=1;t=5", "", []),
        ("", '"fixed window";"api";q=500;w=300', []),
    ],
)
def test_other_headers(limit: str, policy: str, expected: list[Limit]) -> None:
    assert limits_of(httpx.Headers({"ratelimit": limit, "ratelimit-policy": policy})) == expected


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_no_header_breaks_the_reading(text: str) -> None:
    headers = httpx.Headers(dict.fromkeys(("ratelimit", "ratelimit-policy", "retry-after", "date"), text))
    assert isinstance(limits_of(headers), list)
    assert (wait := wait_s(headers)) is None or wait >= 0


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_headers_are_read_as_huggingface_hub_reads_them(remaining: int, reset: int) -> None:
    theirs = pytest.importorskip("huggingface_hub.utils").parse_ratelimit_headers
    headers = {"ratelimit": f'"api";r={remaining};t={reset}', "ratelimit-policy": '"fixed window";"api";q=500;w=300'}
    [ours], expected = limits_of(httpx.Headers(headers)), theirs(headers)
    assert (ours.bucket, ours.remaining) == (expected.resource_type, expected.remaining)
    assert (ours.reset_s, ours.quota) == (expected.reset_in_seconds, expected.limit)


@pytest.mark.parametrize(
    ("after", "date", "expected"),
    [
        ("17", "", 17),
        ("Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 30),
        ("Wed, 21 Oct 2015 07:27:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", "", 0),
        ("soon", "", None),
        ("-5", "", None),
        ("", "", None),
    ],
)
def test_retry_after(after: str, date: str, expected: float | None) -> None:
    assert retry_after_s(httpx.Headers({"retry-after": after, "date": date})) == expected


def test_free_above_the_reserve_and_spread_below_it() -> None:
    fake = FakeTime()
    budget = Budget(fake.clock)
    budget.learn(Limit("api", 51, 250, 500))
    assert [budget.claim() for _ in range(3)] == [0, 0, 0]
    budget.learn(Limit("api", 50, 250, 500))
    assert [budget.claim(), budget.claim()] == [0, 5]
    fake.now += 5
    assert [budget.claim(), budget.claim()] == [0, 5]
    fake.now += 250
    assert [budget.claim() for _ in range(3)] == [0, 0, 0], "the window is over"


def test_nothing_left_waits_for_the_reset() -> None:
    fake = FakeTime()
    budget = Budget(fake.clock)
    budget.learn(Limit("api", 0, 30, 500))
    assert budget.claim() == 30
    budget.block(10)
    assert budget.claim() == 30, "a shorter block does not end a longer one"
    fake.now += 30
    assert budget.claim() == 0


@given(st.integers(1, 50), st.integers(1, 300))
def test_what_is_spread_lasts_until_the_reset(remaining: int, reset: int) -> None:
    fake = FakeTime()
    budget = Budget(fake.clock)
    budget.learn(Limit("api", remaining, reset, 500))
    start, claimed = fake.now, 0
    while (wait := budget.claim()) == 0 or fake.now + wait < start + reset - 1e-6:
        claimed += wait == 0
        fake.now += wait
    assert claimed == remaining
