"""The client against a server that does what servers do on bad days."""

from __future__ import annotations

import gzip
import itertools
import json
import socket
import traceback
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from hf_providers.errors import HubBadAnswer, HubError, HubNotFound, HubOffline, HubRefused, HubTimeout, HubUnreachable
from hf_providers.hub import Hub, Settings, Tally
from tests.hub.hubserver import TOKEN, Answer, Asked, FakeTime, as_json, hub_for, in_turn, response, serving


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
            hub.get("/a/b/resolve/main/config.json", headers={"X-HF-Bill-To": "me"})
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.asked[0].headers["x-hf-bill-to"] == "me"
    assert not {"authorization", "x-hf-bill-to"} & other.asked[0].headers.keys()


def test_token_does_not_go_to_a_url_of_another_host() -> None:
    with serving(in_turn(response())) as other, hub_for("http://127.0.0.1:9", token=TOKEN) as hub:
        hub.get(f"{other.url}/x")
    assert "authorization" not in other.asked[0].headers


def test_endless_redirects_end() -> None:
    with (
        serving(lambda asked: response(302, b"", location=asked.target + "x")) as server,
        hub_for(server) as hub,
        pytest.raises(HubBadAnswer, match="redirects"),
    ):
        hub.get("/a")
    assert len(server.asked) == 6


@pytest.mark.parametrize("target", ["", "ftp://127.0.0.1/x", "http://me:secret@127.0.0.1/x", "javascript:1"])
def test_redirects_to_what_is_no_safe_address_are_refused(target: str) -> None:
    with (
        serving(in_turn(response(302, b"", location=target))) as server,
        hub_for(server) as hub,
        pytest.raises(HubBadAnswer),
    ):
        hub.get("/a")
    assert len(server.asked) == 1


def test_error_in_a_200_is_no_answer() -> None:
    said = response(body=b'{"error":"Internal trouble"}')
    with (
        serving(lambda asked: said) as server,
        hub_for(server) as hub,
        pytest.raises(HubBadAnswer, match="Internal trouble"),
    ):
        hub.fetch("/api/models", None, as_json)
    assert len(server.asked) == 3


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
    with (
        serving(lambda asked: response(body=b"<html>")) as server,
        hub_for(server) as hub,
        pytest.raises(HubBadAnswer, match=r"/api/models: not JSON"),
    ):
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
        return Answer(itertools.chain([head], itertools.islice(server.drip(drop), 1000)), "close")

    fake = FakeTime()
    with (
        serving(script) as server,
        hub_for(server, fake, request_timeout_s=0.1) as hub,
        pytest.raises(HubUnreachable, match=r"within 0\.1 s"),  # who waits for the end hears of another fault
    ):
        hub.get("/api/models")
    assert len(fake.slept) == 4
    assert 1 <= len(server.asked) <= 5, "on a busy machine a request may be cut before it is sent"


def test_run_deadline_cuts_a_request_and_forbids_the_next() -> None:
    fake = FakeTime()

    def script(asked: Asked) -> Answer:
        fake.now += 1
        return Answer(server.drip(b"a"), "close")

    with serving(script) as server, hub_for(server, fake, deadline_s=0.5) as hub:
        for _ in range(2):
            with pytest.raises(HubTimeout):
                hub.get("/api/models")
    assert len(server.asked) == 1


def test_retries_do_not_outlast_the_deadline() -> None:
    fake = FakeTime()
    with (
        serving(lambda asked: response(503)) as server,
        hub_for(server, fake, deadline_s=1.2) as hub,
        pytest.raises(HubUnreachable, match="503"),
    ):
        hub.get("/api/models")
    assert fake.now - 1000 <= 1.2


@pytest.mark.parametrize(
    "large",
    [response(body=b"x" * 3000), response(body=gzip.compress(b"x" * 3000), content_encoding="gzip")],
    ids=["plain", "packed"],
)
def test_oversized_body_is_refused_at_once(large: Answer) -> None:
    with (
        serving(in_turn(large)) as server,
        hub_for(server, max_body_bytes=2000) as hub,
        pytest.raises(HubBadAnswer, match="2,000 bytes"),
    ):
        hub.get("/api/models")
    assert len(server.asked) == 1


def test_stacked_encodings_are_not_unpacked() -> None:
    stacked = response(body=gzip.compress(gzip.compress(b"[]")), content_encoding="gzip, gzip")
    with serving(in_turn(stacked)) as server, hub_for(server) as hub, pytest.raises(HubBadAnswer, match="encoding"):
        hub.get("/api/models")


def test_offline_makes_no_request() -> None:
    with (
        serving(lambda asked: response()) as server,
        Hub(Settings(endpoint=server.url, offline=True)) as hub,
        pytest.raises(HubOffline, match="HF_HUB_OFFLINE"),
    ):
        hub.get("/api/models")
    assert server.asked == []


def test_origin_says_that_a_replay_is_one() -> None:
    replay = response(server="hf-providers-replay", x_replay_observed_at="2026-02-26T11:27:00Z")
    with serving(in_turn(response(), replay)) as server, hub_for(server) as hub:
        hub.get("/api/models")
        assert (hub.origin, hub.replayed_at) == (f"127.0.0.1:{server.port}", None)
        hub.get("/api/models")
        assert hub.origin == "hf-providers-replay"
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
