"""The replay's chats: the shapes of the OpenAI API as the router has them, the pace and the failures that were set."""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import httpx
import pytest

from pipeline.replay import Chat, Faults, ReplayServer, add_arguments
from tests.live import made

LOGGED_IN = {"Authorization": f"Bearer {made.TOKEN}"}


def post(server: ReplayServer, model: str = made.CHATTY, **more: Any) -> httpx.Response:
    payload = {"model": model, "messages": [{"role": "user", "content": "hello"}]} | more
    return httpx.post(f"{server.url}/v1/chat/completions", json=payload, headers=LOGGED_IN, timeout=30)


def test_a_whole_answer_says_how_many_tokens_it_is(server: ReplayServer) -> None:
    answer = post(server, max_tokens=5).json()
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"].split() == ["replayed", "1", "2", "3", "4"]
    assert answer["usage"]["completion_tokens"] == 5


def test_a_stream_is_an_event_a_token_with_the_usage_where_asked_for(server: ReplayServer) -> None:
    reply = post(server, stream=True, max_tokens=3, stream_options={"include_usage": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in reply.text.split("\n\n") if line]
    *chunks, done = events
    assert done == "[DONE]"
    read = [json.loads(chunk) for chunk in chunks]
    assert [c["choices"][0]["delta"].get("content") for c in read[:-1]] == ["replayed", " 1", " 2", None]
    assert read[-1]["usage"] == {"prompt_tokens": 8, "completion_tokens": 3, "total_tokens": 11}
    assert "usage" not in post(server, stream=True).text


def test_the_pace_is_the_set_one(server: ReplayServer) -> None:
    server.inject(Faults(chats=(Chat("fresh", 5000), Chat("quick", latency_ms=200, tokens_per_s=20, tokens=5))))
    started = time.perf_counter()
    post(server, f"{made.CHATTY}:quick")
    assert time.perf_counter() - started == pytest.approx(0.2 + 4 / 20, abs=0.3)


def test_the_suffix_decides_who_answers(server: ReplayServer) -> None:
    server.inject(Faults(chats=(Chat("fresh", status=418), Chat("quick", status=451))))
    chosen = {suffix: post(server, made.CHATTY + suffix).status_code for suffix in ("", ":fastest", ":fresh", ":quick")}
    assert chosen == {"": 451, ":fastest": 451, ":fresh": 418, ":quick": 451}
    assert post(server, f"{made.CHATTY}:cheapest").status_code == 451  # the only one with a price


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("acme/nothing", "does not exist"),
        (f"{made.CHATTY}:slow", "not supported by any provider you have enabled"),
        (made.PAINTER, "not supported by any provider you have enabled"),
    ],
)
def test_who_is_not_served_is_told(server: ReplayServer, model: str, says: str) -> None:
    reply = post(server, model)
    assert reply.status_code == 400
    assert says in reply.json()["error"]["message"]


def test_what_is_no_request_is_refused(server: ReplayServer) -> None:
    url = f"{server.url}/v1/chat/completions"
    anonymous = httpx.post(url, json={})
    assert (anonymous.status_code, anonymous.headers["content-type"]) == (401, "text/html; charset=utf-8")
    for body in (b"", b"{", b"[]", b'{"model": "x"}', b'{"model": "x", "messages": []}', b"\xff"):
        assert httpx.post(url, content=body, headers=LOGGED_IN).status_code == 400
    assert httpx.post(f"{server.url}/v1/embeddings", json={}, headers=LOGGED_IN).status_code == 404


def test_it_is_set_on_the_command_line() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    args = parser.parse_args(
        ["--chat", "provider=groq,latency_ms=250,tokens_per_s=40,hang=true", "--chat", "status=503"]
    )
    assert args.chat == [Chat("groq", latency_ms=250, tokens_per_s=40, hang=True), Chat(status=503)]
    with pytest.raises(SystemExit):
        parser.parse_args(["--chat", "colour=red"])
