"""Every fault does what it says, seen by plain HTTP clients."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from time import monotonic

import httpx
import pytest
from huggingface_hub.utils import parse_ratelimit_headers

from pipeline.replay import Fault, Faults, Model, Offer, ReplayServer, serve
from pipeline.replay.facts import Facts
from pipeline.replay.faults import FaultCounter


def facts() -> Facts:
    def offer(provider: str) -> Offer:
        return Offer({"provider": provider, "providerId": "p", "status": "live", "task": "conversational"})

    models = [Model({"id": f"org/{n}"}, [offer("novita"), offer("groq")]) for n in range(6)]
    return Facts(models, "synthetic")


@contextmanager
def faulty(*faults: Fault, **settings: int) -> Iterator[tuple[ReplayServer, httpx.Client]]:
    with (
        serve(facts(), Faults(faults=faults, **settings), max_page=2) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        yield server, client


def test_a_status_comes_so_many_times_on_its_path_and_then_no_more() -> None:
    with faulty(Fault("status", path="/api/models", status=503, times=2)) as (_, client):
        assert client.get("/v1/models").status_code == 200
        replies = [client.get("/api/models") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [503, 503, 200, 200]
    assert replies[0].json() == {"error": "Service Unavailable"}


def test_a_provider_fails_on_one_page_for_ever() -> None:
    fault = Fault("status", provider="novita", page=2, status=500, times=None)
    with faulty(fault) as (_, client):
        for _ in range(2):
            first = client.get("/api/models?inference_provider=novita")
            assert first.status_code == 200
            assert client.get(first.links["next"]["url"]).status_code == 500
        other = client.get("/api/models?inference_provider=groq")
        assert client.get(other.links["next"]["url"]).status_code == 200


def test_a_429_can_say_retry_after() -> None:
    with faulty(Fault("status", status=429, retry_after="7")) as (_, client):
        reply = client.get("/api/models")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    assert reply.json()["error"].startswith("We had to rate limit your IP (127.0.0.1).")


def test_a_reset_breaks_the_connection_in_the_middle_of_the_body() -> None:
    with faulty(Fault("reset")) as (server, client):
        host = server.url.removeprefix("http://")
        connection = http.client.HTTPConnection(host)
        connection.request("GET", "/api/models")
        with pytest.raises(ConnectionResetError):
            connection.getresponse().read()
        connection.close()
        assert client.get("/api/models").status_code == 200


def test_a_truncated_body_is_shorter_than_its_content_length() -> None:
    with faulty(Fault("truncate")) as (server, client):
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        connection.request("GET", "/api/models")
        with pytest.raises(http.client.IncompleteRead) as broken:
            connection.getresponse().read()
        connection.close()
        whole = client.get("/api/models").content
    assert broken.value.partial == whole[: len(whole) // 2]


def test_a_malformed_body_is_valid_http_and_no_json() -> None:
    with faulty(Fault("malformed")) as (_, client):
        reply = client.get("/api/models")
        assert client.get("/api/models").json()
    assert reply.status_code == 200
    assert len(reply.content) == int(reply.headers["Content-Length"])
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_an_error_can_come_with_status_200() -> None:
    with faulty(Fault("error200")) as (_, client):
        reply = client.get("/api/models")
    assert reply.status_code == 200
    assert list(reply.json()) == ["error"]


def test_beyond_the_quota_it_is_429_in_the_hubs_words() -> None:
    with faulty(quota=2) as (_, client):
        replies = [client.get("/api/models") for _ in range(3)]
        with_token = client.get("/api/models", headers={"Authorization": "Bearer x"})
        pages = [client.get("/inference/models") for _ in range(3)]
    limits = [parse_ratelimit_headers(reply.headers) for reply in replies]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert [limit and (limit.remaining, limit.limit, limit.window_seconds) for limit in limits] == [
        (1, 2, 300),
        (0, 2, 300),
        (0, 2, 300),
    ]
    assert limits[2] is not None
    assert 0 < limits[2].reset_in_seconds <= 300
    anonymous = replies[2].json()["error"]
    assert anonymous.startswith("We had to rate limit your IP (127.0.0.1). To continue using our service, create a HF")
    expected = "We had to rate limit you, you hit the quota of 2 api requests per 5 minutes period."
    assert with_token.json()["error"].startswith(expected)
    assert [page.status_code for page in pages] == [200, 200, 429]
    assert "<h1>429</h1><p>We had to rate limit you." in pages[2].text


def test_a_window_begins_with_its_first_request_and_ends_on_time() -> None:
    now = [1000.0]
    counter = FaultCounter(Faults(quota=1, window_s=10), clock=lambda: now[0])
    assert not counter.allow("api").exceeded
    now[0] = 1009.5
    late = counter.allow("api")
    assert (late.exceeded, late.reset_s) == (True, 1)
    assert not counter.allow("pages").exceeded
    now[0] = 1010.0
    assert not counter.allow("api").exceeded


def test_without_a_quota_nothing_is_ever_used_up() -> None:
    with faulty() as (_, client):
        headers = [client.get("/api/models").headers["RateLimit"] for _ in range(3)]
    assert all(first == second for first, second in pairwise(headers))


def test_latency_is_waited_before_every_answer() -> None:
    with faulty(latency_ms=30) as (_, client):
        began = monotonic()
        for _ in range(3):
            client.get("/nothing")
        assert monotonic() - began >= 0.09


def test_faults_are_shared_out_exactly_among_threads() -> None:
    with faulty(Fault("status", times=10)) as (server, _):
        statuses: Counter[int] = Counter()

        def ask() -> None:
            with httpx.Client(base_url=server.url) as client:
                statuses.update([client.get("/api/models").status_code for _ in range(10)])

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == {503: 10, 200: 30}
        assert len(server.requests) == 40


def test_other_faults_can_be_injected_into_a_running_server() -> None:
    with faulty() as (server, client):
        assert client.get("/api/models").status_code == 200
        server.inject(Faults(faults=(Fault("status", status=500, times=None),)))
        assert client.get("/api/models").status_code == 500
        server.inject(Faults())
        assert client.get("/api/models").status_code == 200


def test_closing_does_not_wait_for_idle_connections_or_for_latency() -> None:
    began = monotonic()
    with serve(facts(), Faults(latency_ms=60_000)) as server:
        idle = http.client.HTTPConnection(server.url.removeprefix("http://"))
        idle.connect()
        waiting = http.client.HTTPConnection(server.url.removeprefix("http://"))
        waiting.request("GET", "/api/models")
    assert monotonic() - began < 30
    idle.close()
    waiting.close()
