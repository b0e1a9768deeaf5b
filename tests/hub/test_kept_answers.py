"""Asking whether an answer still stands: what is sent, to whom, and what is made of a 304. Headers are written out."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hf_providers.errors import HubBadAnswer
from hf_providers.hub import Hub, Settings, Tally
from hf_providers.hub import kept_answers as kept
from hf_providers.hub.kept_answers import KeptAnswer, KeptAnswers
from tests.hub.hubserver import TOKEN, Answer, Asked, response, serving

TAG = 'W/"1f-abc+/"'
BODY = b'{"data": [1, 2, 3]}'
Script = Callable[[Asked], Answer]


def tagged(asked: Asked) -> Answer:
    """What the Hub does: 304 without a body to who has the tag, else the body with it."""
    if asked.headers.get("if-none-match") == TAG:
        return response(304, b"", content_length="", content_type="", etag=TAG)
    return response(body=BODY, etag=TAG)


def hub_of(url: str, known: KeptAnswers | None = None, token: str | None = None) -> Hub:
    return Hub(Settings(endpoint=url, router_url=url, token=token), kept=known, sleep=lambda _: None)


def read(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        raise HubBadAnswer("no JSON", "try again") from None


def test_what_was_kept_is_asked_about_and_a_304_stands_for_it() -> None:
    tally = Tally()
    with serving(tagged) as server:
        with hub_of(server.url) as hub:
            assert hub.fetch("/v1/models", None, read, router=True, keep=True) == {"data": [1, 2, 3]}
            (had,) = hub.kept.had
        assert had == KeptAnswer(f"{server.url}/v1/models", TAG, BODY)
        with hub_of(server.url, KeptAnswers([had])) as hub:
            assert hub.fetch("/v1/models", None, read, router=True, tally=tally, keep=True) == {"data": [1, 2, 3]}
            assert hub.kept.had == [had], "it was confirmed, so that the next run may ask about it, too"
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, TAG]
    assert (tally.requests, tally.bytes, tally.unchanged) == (1, 0, 1)


def test_a_changed_answer_takes_the_place_of_the_kept_one() -> None:
    with serving(lambda asked: response(body=b'{"data": []}', etag='"new"')) as server:
        known = KeptAnswers([KeptAnswer(f"{server.url}/v1/models", TAG, BODY)])
        tally = Tally()
        with hub_of(server.url, known) as hub:
            assert hub.fetch("/v1/models", None, read, tally=tally, keep=True) == {"data": []}
            assert hub.kept.had == [KeptAnswer(f"{server.url}/v1/models", '"new"', b'{"data": []}')]
    assert server.asked[0].headers["if-none-match"] == TAG
    assert (tally.requests, tally.bytes, tally.unchanged) == (1, 12, 0)


def test_who_does_not_want_it_asks_for_the_whole() -> None:
    with serving(tagged) as server:
        known = KeptAnswers([KeptAnswer(f"{server.url}/api/models", TAG, BODY)])
        with hub_of(server.url, known) as hub:
            assert hub.get("/api/models").body == BODY
            assert hub.kept.had == []
    assert "if-none-match" not in server.asked[0].headers


@pytest.mark.parametrize("path", ["/v1/models?status=live", "/v1/model", "/v1/models/"])
def test_a_tag_goes_to_the_address_that_gave_it_alone(path: str) -> None:
    with serving(tagged) as server, serving(tagged) as other:
        known = [KeptAnswer(f"{server.url}/v1/models", TAG, BODY)]
        for url, asked in ((server.url, path), (other.url, "/v1/models")):
            with hub_of(url, KeptAnswers(known)) as hub:
                hub.get(asked, keep=True)
    assert all("if-none-match" not in asked.headers for asked in (*server.asked, *other.asked))


def test_a_304_that_nobody_asked_for_is_an_error() -> None:
    with (
        serving(lambda asked: response(304, b"", content_length="", etag=TAG)) as server,
        hub_of(server.url) as hub,
        pytest.raises(HubBadAnswer, match="answered 304, which is no answer"),
    ):
        hub.fetch("/v1/models", None, read, keep=True)
    assert hub.kept.had == []


def test_a_redirect_is_not_asked_about_and_what_it_leads_to_is_not_kept() -> None:
    def script(asked: Asked) -> Answer:
        if asked.target == "/old":
            return response(307, b"", location="/new")
        return response(304, b"", content_length="") if "if-none-match" in asked.headers else response(etag=TAG)

    with serving(script) as server:
        known = KeptAnswers([KeptAnswer(f"{server.url}/{name}", TAG, BODY) for name in ("old", "new")])
        with hub_of(server.url, known) as hub:
            assert hub.get("/old", keep=True).body == b"{}"
            assert hub.kept.had == []
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [TAG, None]


@pytest.mark.parametrize(
    "tag", ["", "abc", '"a b"', '"a"b"', '"' + "a" * 201 + '"', '"\x07"', 'W/W/"a"', '"a", "b"', '"ä"', '"a"\r\nX: y']
)
def test_a_tag_that_is_none_is_neither_kept_nor_sent(tag: str) -> None:
    stranger = KeptAnswer("http://localhost/x", tag, BODY)
    held = KeptAnswers([stranger])
    assert held.known(stranger.url) is None
    held.keep(stranger)
    assert held.had == []


def test_what_is_kept_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_BODY_BYTES", 10)
    monkeypatch.setattr(kept, "MAX_BYTES", 25)
    held = KeptAnswers()
    for name, size in (("a", 10), ("b", 11), ("c", 10), ("d", 6), ("e", 5), ("c", 9), ("f", 0)):
        held.keep(KeptAnswer(name, TAG, b"x" * size))
    assert [(answer.url, len(answer.body)) for answer in held.had] == [("a", 10), ("c", 9), ("e", 5)]


def test_a_kept_body_that_cannot_be_read_is_asked_for_again_as_a_whole() -> None:
    with serving(tagged) as server:
        known = KeptAnswers([KeptAnswer(f"{server.url}/v1/models", TAG, b"{half")])
        with hub_of(server.url, known) as hub:
            assert hub.fetch("/v1/models", None, read, keep=True) == {"data": [1, 2, 3]}
            assert [answer.body for answer in hub.kept.had] == [BODY]
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [TAG, None]


def test_a_page_that_was_asked_for_with_a_token_is_not_kept() -> None:
    """It may name who asked, and what is kept is published; the same page without one, and JSON, are everybody's."""
    kinds = {"/page": "Text/HTML; charset=utf-8", "/json": "application/json"}
    with serving(lambda asked: response(body=BODY, etag=TAG, content_type=kinds[asked.target])) as server:
        found = {}
        for token in (TOKEN, None):
            with hub_of(server.url, token=token) as hub:
                for path in kinds:
                    hub.get(path, keep=True)
                found[token] = [answer.url.removeprefix(server.url) for answer in hub.kept.had]
    assert found == {TOKEN: ["/json"], None: ["/json", "/page"]}


def test_what_an_address_with_a_password_answers_is_not_kept() -> None:
    """What is kept is published, with its address."""
    with serving(tagged) as server:
        mirror = server.url.replace("//", "//somebody:aPassword@")
        known = KeptAnswers([KeptAnswer(f"{mirror}/v1/models", TAG, BODY)])
        with hub_of(mirror, known) as hub:
            assert hub.get("/v1/models", keep=True).body == BODY
            assert hub.kept.had == []
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    assert "if-none-match" not in server.asked[0].headers
