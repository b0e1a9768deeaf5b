"""The client against a server that does what servers do on bad days."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from hf_providers.hub import (
    Hub,
    HubBadAnswer,
    HubError,
    HubNotFound,
    HubOffline,
    HubRateLimited,
    HubRefused,
    HubTimeout,
    HubUnreachable,
    Settings,
    Tally,
)
from tests.unit.hubserver import Answer, Asked, FakeTime, Server, response, serving

TOKEN = "hf_thisIsASecretOfATest"


def hub_for(server: Server | str, fake: FakeTime | None = None, *, token: str | None = None, **options: Any) -> Hub:
    url = server if isinstance(server, str) else server.url
    fake = fake or FakeTime()
    settings = Settings(endpoint=url, router_url=url, token=token)
    return Hub(settings, clock=fake.clock, sleep=fake.sleep, **options)


def in_turn(*answers: Answer | Callable[[], Answer]) -> Callable[[Asked], Answer]:
    """A script that gives these answers one after the other; one request more fails the connection."""
    waiting = iter(answers)

    def script(asked: Asked) -> Answer:
        answer = next(waiting, None)
        if answer is None:
            return Answer([], "close")
        return answer() if callable(answer) else answer

    return script


def as_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise HubBadAnswer("not JSON", "try again") from None


def test_asks_for_gzip_keeps_the_connection_and_says_who_asks() -> None:
    body = json.dumps(["x" * 1000] * 20).encode()
    packed = response(body=gzip.compress(body), content_encoding="gzip")
    tally = Tally()
    with serving(lambda asked: packed) as server, hub_for(server) as hub:
        assert [hub.get("/api/models", {"expand[]": ["a", "b"]}, tally=tally).body for _ in range(3)] == [body] * 3
    assert server.connections == 1
    assert server.targets[0] == "/api/models?expand%5B%5D=a&expand%5B%5D=b"
    assert server.asked[0].headers["accept-encoding"] == "gzip"
    assert server.asked[0].headers["user-agent"].startswith("hf-providers/")
    assert "(+https://github.com/" in server.asked[0].headers["user-agent"]
    assert (tally.requests, tally.bytes) == (3, 3 * len(body))


def test_at_most_four_requests_are_in_flight_and_four_are() -> None:
    barrier = Barrier(4)  # breaks, and fails the requests, unless four are there at a time

    def script(asked: Asked) -> Answer:
        barrier.wait(timeout=10)
        return response()

    with serving(script) as server, hub_for(server) as hub, ThreadPoolExecutor(12) as threads:
        replies = list(threads.map(lambda number: hub.get(f"/api/{number}"), range(12)))
    assert [reply.status for reply in replies] == [200] * 12
    assert server.most_in_flight == 4
    assert len(server.asked) == 12


def test_unreachable_host_is_tried_five_times_with_growing_waits() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        fake = FakeTime()
        with hub_for(f"http://127.0.0.1:{held.getsockname()[1]}", fake) as hub, pytest.raises(HubUnreachable) as caught:
            hub.get("/api/models")
    assert len(fake.slept) == 4
    assert fake.slept[0] < fake.slept[-1] <= 8.5
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_server_failures_are_retried(status: int) -> None:
    answers = in_turn(response(status), response(status), response(body=b'{"ok":1}'))
    with serving(answers) as server, hub_for(server) as hub:
        assert hub.fetch("/api/models", None, as_json) == {"ok": 1}
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_other_refusals_are_final(status: int) -> None:
    said = response(status, b'{"error":"Sorry, no\\u202e way\\u0007"}')
    with serving(in_turn(said)) as server, hub_for(server) as hub, pytest.raises(HubRefused) as caught:
        hub.get("/api/models")
    assert len(server.asked) == 1
    assert isinstance(caught.value, HubNotFound) == (status == 404)
    assert "Sorry, no way" in str(caught.value)


def test_401_with_a_token_says_that_the_token_was_not_accepted() -> None:
    said = response(401, b'{"error":"Invalid username or password."}')
    with serving(in_turn(said)) as server, hub_for(server, token=TOKEN) as hub, pytest.raises(HubRefused) as caught:
        hub.get("/api/models/a/b")
    assert not isinstance(caught.value, HubNotFound)
    assert "token was not accepted" in str(caught.value)
    assert len(server.asked) == 1


def test_401_without_a_token_means_that_the_model_is_missing_or_private() -> None:
    said = response(401, b'{"error":"Invalid username or password."}')
    with (
        serving(in_turn(said)) as server,
        hub_for(server) as hub,
        pytest.raises(HubNotFound, match="missing or private"),
    ):
        hub.get("/api/models/a/b")


def test_renamed_model_is_followed_within_the_host_token_and_all() -> None:
    target = "/api/models/new/name?expand=inferenceProviderMapping"
    moved = response(307, b"Temporary Redirect. Redirecting to " + target.encode(), location=target)
    with serving(in_turn(moved, response(body=b'{"id":1}'))) as server, hub_for(server, token=TOKEN) as hub:
        reply = hub.get("/api/models/old/name", {"expand": "inferenceProviderMapping"})
    assert reply.body == b'{"id":1}'
    assert server.targets[1] == target
    assert [asked.headers["authorization"] for asked in server.asked] == [f"Bearer {TOKEN}"] * 2


def test_token_and_headers_do_not_follow_to_another_host() -> None:
    with serving(in_turn(response())) as other:
        moved = response(302, b"", location=f"{other.url}/elsewhere")
        with serving(in_turn(moved)) as server, hub_for(server, token=TOKEN) as hub:
            hub.get("/api/models", headers={"X-HF-Bill-To": "me"})
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.asked[0].headers["x-hf-bill-to"] == "me"
    assert not {"authorization", "x-hf-bill-to"} & other.asked[0].headers.keys()


def test_token_does_not_go_to_a_url_of_another_host() -> None:
    with serving(in_turn(response())) as other, hub_for("http://127.0.0.1:9", token=TOKEN) as hub:
        hub.get(f"{other.url}/x")
    assert "authorization" not in other.asked[0].headers


def test_endless_redirects_end() -> None:
    with serving(lambda asked: response(302, b"", location=asked.target + "x")) as server, hub_for(server) as hub:
        with pytest.raises(HubBadAnswer, match="redirects"):
            hub.get("/a")
    assert len(server.asked) == 6


@pytest.mark.parametrize("target", ["", "ftp://127.0.0.1/x", "http://me:secret@127.0.0.1/x", "javascript:1"])
def test_redirects_to_what_is_no_safe_address_are_refused(target: str) -> None:
    with serving(in_turn(response(302, b"", location=target))) as server, hub_for(server) as hub:
        with pytest.raises(HubBadAnswer):
            hub.get("/a")
    assert len(server.asked) == 1


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
    with serving(in_turn(limited)) as server, hub_for(server, fake, deadline_s=deadline) as hub:
        with pytest.raises(HubRateLimited, match="resets in"):
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


def test_error_in_a_200_is_no_answer() -> None:
    said = response(body=b'{"error":"Internal trouble"}')
    with (
        serving(lambda asked: said) as server,
        hub_for(server) as hub,
        pytest.raises(HubBadAnswer, match="Internal trouble"),
    ):
        hub.fetch("/api/models", None, as_json)
    assert len(server.asked) == 3


def test_rate_limit_in_a_200_is_a_rate_limit() -> None:
    said = response(body=b'{"error":"We had to rate limit your IP (10.0.0.1). To continue"}', retry_after="12")
    fake = FakeTime()
    with serving(in_turn(said, response(body=b"[]"))) as server, hub_for(server, fake) as hub:
        assert hub.fetch("/api/models", None, as_json) == []
    assert fake.now - 1000 >= 12


@pytest.mark.parametrize(
    "broken",
    [
        response(body=b'[{"id": "a', content_length="5000", end="close"),
        response(body=b'[{"id": "a', content_length="5000", end="reset"),
        Answer([b"HTTP/1.1 200 OK\r\nContent-Le"], "close"),
        Answer([], "reset"),
        response(body=b"\x1f\x8bnot gzip at all", content_encoding="gzip"),
        response(body=b'[{"id": "a'),
        response(body=b"<html>oops</html>"),
        response(body=b""),
    ],
    ids=["truncated", "reset in body", "half a head", "reset", "bad gzip", "half a page", "html", "empty"],
)
def test_broken_answers_are_asked_for_again(broken: Answer) -> None:
    with serving(in_turn(broken, response(body=b"[1]"))) as server, hub_for(server) as hub:
        assert hub.fetch("/api/models", None, as_json) == [1]
    assert len(server.asked) == 2


def test_what_is_never_json_is_given_up_after_three() -> None:
    with serving(lambda asked: response(body=b"<html>")) as server, hub_for(server) as hub:
        with pytest.raises(HubBadAnswer, match=r"/api/models: not JSON"):
            hub.fetch("/api/models", None, as_json)
    assert len(server.asked) == 3


@pytest.mark.parametrize("where", ["head", "body", "body without a length"])
def test_dripping_server_is_cut(where: str) -> None:
    heads = {
        "head": (b"HTTP/1.1 200 OK\r\nx-a", b"a"),
        "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"a"),
        "body without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
    }
    head, drop = heads[where]

    def script(asked: Asked) -> Answer:
        return Answer(itertools.chain([head], server.drip(drop)), "close")

    started = time.monotonic()
    with serving(script) as server, hub_for(server, request_timeout_s=0.1) as hub:
        with pytest.raises(HubUnreachable, match=r"within 0\.1 s"):
            hub.get("/api/models")
    assert len(server.asked) == 5
    assert time.monotonic() - started < 5


def test_run_deadline_cuts_a_request_and_forbids_the_next() -> None:
    with serving(lambda asked: Answer(server.drip(b"a"), "close")) as server:
        settings = Settings(endpoint=server.url)
        with Hub(settings, deadline_s=0.1) as hub:
            with pytest.raises(HubTimeout):
                hub.get("/api/models")
            with pytest.raises(HubTimeout):
                hub.get("/api/models")
    assert len(server.asked) == 1


def test_retries_do_not_outlast_the_deadline() -> None:
    fake = FakeTime()
    with serving(lambda asked: response(503)) as server, hub_for(server, fake, deadline_s=1.2) as hub:
        with pytest.raises(HubUnreachable, match="503"):
            hub.get("/api/models")
    assert fake.now - 1000 <= 1.2


@pytest.mark.parametrize(
    "large",
    [response(body=b"x" * 3000), response(body=gzip.compress(b"x" * 3000), content_encoding="gzip")],
    ids=["plain", "packed"],
)
def test_oversized_body_is_refused_at_once(large: Answer) -> None:
    with serving(in_turn(large)) as server, hub_for(server, max_body_bytes=2000) as hub:
        with pytest.raises(HubBadAnswer, match="2,000 bytes"):
            hub.get("/api/models")
    assert len(server.asked) == 1


def test_stacked_encodings_are_not_unpacked() -> None:
    stacked = response(body=gzip.compress(gzip.compress(b"[]")), content_encoding="gzip, gzip")
    with serving(in_turn(stacked)) as server, hub_for(server) as hub, pytest.raises(HubBadAnswer, match="encoding"):
        hub.get("/api/models")


def paged(count: int, link: Callable[[int], str]) -> Callable[[Asked], Answer]:
    def script(asked: Asked) -> Answer:
        page = int(asked.target.partition("cursor=")[2] or 0)
        return response(body=json.dumps([page]).encode(), link=link(page) if page < count - 1 else "")

    return script


def test_pages_are_followed_to_the_last_with_the_cursor_as_it_was() -> None:
    def script(asked: Asked) -> Answer:
        if "cursor" in asked.target:
            return response(body=b"[2]")
        return response(body=b"[1]", link=f'<{server.url}/api/models?x=1&cursor=eyJ%3D%3D>; rel="next"')

    tally = Tally()
    with serving(script) as server, hub_for(server) as hub:
        assert list(hub.pages("/api/models", {"x": 1}, as_json, tally=tally)) == [[1], [2]]
    assert server.targets == ["/api/models?x=1", "/api/models?x=1&cursor=eyJ%3D%3D"]
    assert tally.requests == 2


def test_page_that_was_cut_short_is_read_again_and_its_link_followed() -> None:
    def script(asked: Asked) -> Answer:
        if "cursor" in asked.target:
            return response(body=b"[2]")
        if len(server.asked) == 1:
            return response(body=b"[1")
        return response(body=b"[1]", link='</api/models?cursor=1>; rel="next"')

    with serving(script) as server, hub_for(server) as hub:
        assert list(hub.pages("/api/models", None, as_json)) == [[1], [2]]


@pytest.mark.parametrize(
    "link",
    [
        lambda page: '</api/models?cursor=1>; rel="next"',
        lambda page: f'</api/models?cursor={1 + page % 2}>; rel="next"',
        lambda page: '<https://huggingface.co/api/models?cursor=1>; rel="next"',
        lambda page: '<http://127.0.0.1:1/api/models?cursor=1>; rel="next"',
        lambda page: '<javascript:1>; rel="next"',
    ],
    ids=["itself", "circle", "another host", "another port", "no address"],
)
def test_pages_that_lead_astray_are_refused(link: Callable[[int], str]) -> None:
    with serving(paged(50, link)) as server, hub_for(server) as hub, pytest.raises(HubBadAnswer):
        list(hub.pages("/api/models", None, as_json))
    assert len(server.asked) < 6


def test_endless_pages_end() -> None:
    script = paged(10**9, lambda page: f'</api/models?cursor={page + 1}>; rel="next"')
    with serving(script) as server, hub_for(server) as hub, pytest.raises(HubBadAnswer, match="1000 pages"):
        list(hub.pages("/api/models", None, as_json))
    assert len(server.asked) == 1001


def test_reading_a_page_does_not_hold_up_the_next() -> None:
    """The reader of page 0 waits until the server has been asked for page 1: it would never be, one by one."""
    meet = Barrier(2)

    def script(asked: Asked) -> Answer:
        if "cursor" in asked.target:
            meet.wait(timeout=10)
            return response(body=b"[1]")
        return response(body=b"[0]", link='</api/models?cursor=1>; rel="next"')

    def read(body: bytes) -> Any:
        if body == b"[0]":
            meet.wait(timeout=10)
        return json.loads(body)

    with serving(script) as server, hub_for(server) as hub:
        assert list(hub.pages("/api/models", None, read)) == [[0], [1]]


def test_offline_makes_no_request() -> None:
    with serving(lambda asked: response()) as server:
        with Hub(Settings(endpoint=server.url, offline=True)) as hub, pytest.raises(HubOffline, match="HF_HUB_OFFLINE"):
            hub.get("/api/models")
    assert server.asked == []


def test_origin_says_that_a_replay_is_one() -> None:
    headers = {"server": "hf-providers-replay", "x_replay_observed_at": "2026-02-26T11:27:00Z"}
    with serving(in_turn(response(), response(**headers))) as server, hub_for(server) as hub:
        hub.get("/api/models")
        assert (hub.origin, hub.replayed_at) == (f"127.0.0.1:{server.port}", None)
        hub.get("/api/models")
        assert hub.origin == f"127.0.0.1:{server.port} (hf-providers-replay)"
        assert hub.replayed_at == "2026-02-26T11:27:00Z"


@pytest.mark.parametrize(
    "answer",
    [
        response(401, b'{"error":"bad token ' + TOKEN.encode() + b'"}'),
        response(500, b'{"error":"' + TOKEN.encode() + b'"}'),
        response(429, b"", retry_after="100000"),
        response(body=b'{"error":"' + TOKEN.encode() + b'"}'),
        response(body=b"short", content_length="900", end="close"),
        Answer([], "reset"),
        response(body=b"x" * 5000),
    ],
)
def test_token_is_in_no_error_whatever_the_server_says(answer: Answer) -> None:
    with serving(lambda asked: answer) as server, hub_for(server, token=TOKEN, max_body_bytes=4000) as hub:
        assert TOKEN not in repr(hub._settings)
        with pytest.raises(HubError) as caught:
            hub.get("/api/models")
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    error: BaseException | None = caught.value
    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    while error is not None:  # no exception in the chain carries the request, which carries the token
        assert not hasattr(error, "request")
        assert TOKEN not in repr(vars(error))
        error = error.__cause__ or error.__context__
