"""The client at the rate limit: slow before it, patient after it, honest where patience is too short."""

from __future__ import annotations

import itertools

import pytest

from hf_providers.errors import HubRateLimited
from tests.hub.hubserver import Answer, Asked, FakeTime, as_json, hub_for, in_turn, response, serving


def test_429_waits_for_the_reset_that_the_header_names() -> None:
    limited = response(
        429, b'{"error":"x"}', ratelimit='"api";r=0;t=23', ratelimit_policy='"fixed window";"api";q=500;w=300'
    )
    fake = FakeTime()
    with serving(in_turn(limited, response())) as server, hub_for(server, fake) as hub:
        hub.get("/api/models")
    assert 23 <= fake.now - 1000 <= 24.1


def test_429_waits_for_the_longer_of_reset_and_retry_after() -> None:
    limited = response(429, b"", ratelimit='"api";r=0;t=5', retry_after="40")
    fake = FakeTime()
    with serving(in_turn(limited, response())) as server, hub_for(server, fake) as hub:
        hub.get("/api/models")
    assert 40 <= fake.now - 1000 <= 41.1


def test_429_understands_a_date_counted_from_the_servers_own_clock() -> None:
    dates = {"date": "Sat, 23 May 2015 10:46:57 GMT", "retry_after": "Sat, 23 May 2015 10:47:27 GMT"}
    fake = FakeTime()
    with serving(in_turn(response(429, b"<h1>429</h1>", **dates), response())) as server, hub_for(server, fake) as hub:
        hub.get("/inference/models")
    assert 30 <= fake.now - 1000 <= 31.1


def test_storm_of_429_ends_with_when_it_resets() -> None:
    limited = response(429, b"", retry_after="7")
    with serving(lambda asked: limited) as server, hub_for(server) as hub, pytest.raises(HubRateLimited) as caught:
        hub.get("/api/models")
    assert len(server.asked) == 5
    assert caught.value.wait_s == 7
    assert "resets in 7 s" in str(caught.value)


@pytest.mark.parametrize(("deadline", "asked_for"), [(60.0, "61"), (None, "86400")])
def test_429_that_outlasts_the_run_is_not_waited_for(deadline: float | None, asked_for: str) -> None:
    fake = FakeTime()
    limited = response(429, b"", retry_after=asked_for)
    with (
        serving(in_turn(limited)) as server,
        hub_for(server, fake, deadline_s=deadline) as hub,
        pytest.raises(HubRateLimited, match="resets in"),
    ):
        hub.get("/api/models")
    assert fake.now == 1000


def test_after_a_429_everybody_waits_but_for_another_bucket() -> None:
    fake = FakeTime()
    answers = in_turn(*[response(429, b"", retry_after="300")] * 5, response(), response())
    with serving(answers) as server, hub_for(server, fake) as hub:
        with pytest.raises(HubRateLimited):
            hub.get("/api/models")
        before = fake.now
        hub.get("/docs/page")
        assert fake.now == before
        hub.get("/api/partners/x/models")
        assert fake.now >= before + 300


def test_slows_down_before_the_limit_is_reached() -> None:
    """A server with a window of 40 requests in 100 s, by its own count: the client never sees a 429."""
    fake = FakeTime()
    used, refused = itertools.count(1), []

    def script(asked: Asked) -> Answer:
        number, elapsed = next(used), fake.now - 1000
        left, reset = 40 - number, int(100 - elapsed)
        if left < 0 and reset > 0:
            refused.append(number)
        return response(
            ratelimit=f'"api";r={max(left, 0)};t={max(reset, 0)}', ratelimit_policy='"fixed window";"api";q=40;w=100'
        )

    with serving(script) as server, hub_for(server, fake) as hub:
        for number in range(36):
            hub.get(f"/api/{number}")
        assert fake.slept == []  # a tenth is left: up to here at full speed
        for number in range(4):
            hub.get(f"/api/more/{number}")
        assert len(fake.slept) >= 3
        hub.get("/api/last")
    assert refused == []
    assert fake.now - 1000 >= 100


def test_rate_limit_in_a_200_is_a_rate_limit() -> None:
    said = response(body=b'{"error":"We had to rate limit your IP (10.0.0.1). To continue"}', retry_after="12")
    fake = FakeTime()
    with serving(in_turn(said, response(body=b"[]"))) as server, hub_for(server, fake) as hub:
        assert hub.fetch("/api/models", None, as_json) == []
    assert fake.now - 1000 >= 12
