"""What a server may not have us say: the token that it was sent, or another host's words in the Hub's name."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from hf_providers.errors import CallError, HubBadAnswer, HubError
from hf_providers.hub import Settings
from hf_providers.live import probe, router_calls
from tests.hub.hubserver import TOKEN, Answer, Asked, Server, as_json, hub_for, response, serving

CUT = 155
"""So much before the token that what is cut for a message would end within it."""
ECHOES: dict[str, Callable[[str], Answer]] = {
    "a body that is no JSON": lambda said: response(403, said.encode(), content_type="text/plain"),
    "an error's text": lambda said: response(403, json.dumps({"error": "x" * (CUT + 40) + said}).encode()),
    "a header": lambda said: response(403, b"", x_error_message="x" * (CUT + 40) + said),
    "a header that is none": lambda said: Answer([f"HTTP/1.1 200 OK\r\n{'x' * 60}{said}\r\n\r\n".encode()], "close"),
    "a status line": lambda said: Answer([f"HTTP/9 {said}\r\n\r\n".encode()], "close"),
    "a redirect": lambda said: response(302, b"", location=f"/api/{said}/{said}"),
    "a redirect elsewhere": lambda said: response(302, b"", location=f"https://evil.example/{said}"),
    "no redirect": lambda said: response(302, b"", location=f"javascript:{said}"),
    "a host's name": lambda said: response(302, b"", location=f"https://{said.lower()}.example/"),
    "an encoding": lambda said: response(200, b"", content_encoding=said),
    "small letters": lambda said: response(403, said.lower().encode(), content_type="text/plain"),
    "an error in a 200": lambda said: response(200, json.dumps({"error": "x" * (CUT + 40) + said}).encode()),
}  # fmt: skip


@pytest.mark.parametrize("how", ECHOES)
def test_an_echoed_token_is_in_no_error(how: str) -> None:
    with serving(lambda asked: ECHOES[how](TOKEN)) as server, hub_for(server, token=TOKEN) as hub:
        with pytest.raises(HubError) as caught:
            hub.fetch("/api/models", None, as_json)
        assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN[:10].lower() not in f"{caught.value!r} {caught.value.hint}".lower()
    assert all(TOKEN not in asked.target for asked in server.asked)


@pytest.mark.parametrize("how", ECHOES)
def test_an_echoed_token_is_in_no_paid_calls_error(how: str) -> None:
    with serving(lambda asked: ECHOES[how](TOKEN)) as server:
        settings = Settings(endpoint=server.url, router_url=server.url, token=TOKEN)
        try:
            assert TOKEN.lower() not in json.dumps(router_calls.chat(settings, {}, time_s=5)).lower()
        except HubError as error:
            assert TOKEN[:10].lower() not in f"{error!r} {error.hint}".lower()  # noqa: PT017 - an answer is right, too
        [found] = probe.probe(settings, "a/b", ["p"], time_s=5)
    assert TOKEN[:10].lower() not in repr(found).lower()


def test_an_echoed_token_is_in_no_record() -> None:
    with (
        serving(lambda asked: response(body=json.dumps([{"id": f"a/{TOKEN}"}]).encode())) as server,
        hub_for(server, token=TOKEN) as hub,
    ):
        assert hub.fetch("/api/models", None, as_json) == [{"id": "a/[token]"}]


def elsewhere(other: Server, path: str) -> Callable[[Asked], Answer]:
    return lambda asked: response(302, b"", location=f"{other.url}{path}")


def test_another_hosts_answer_is_not_the_hubs() -> None:
    with (
        serving(lambda asked: response(body=b'["theirs"]')) as other,
        serving(elsewhere(other, "/api/models")) as server,
        hub_for(server) as hub,
    ):
        for path in ("/api/models", "/inference/models", "/docs/inference-endpoints/pricing.md"):
            with pytest.raises(HubBadAnswer, match="redirects to another host"):
                hub.fetch(path, None, as_json)
        assert other.asked == []
        assert hub.fetch("/a/b/resolve/main/config.json", None, as_json) == ["theirs"], "a CDN has the files"


@pytest.mark.parametrize("path", ["/api/models/resolve/main", "/api/partners/resolve/models", "/v1/resolve/x"])
def test_a_name_that_looks_like_a_files_place_makes_no_file(path: str) -> None:
    """Only the bytes of a file may come from another host."""

    def leading(asked: Asked) -> Answer:
        return response(302, b"", location=f"http://localhost:{other.port}/x")

    with serving(lambda asked: response(body=b'["theirs"]')) as other, serving(leading) as server:
        with hub_for(server) as hub, pytest.raises(HubBadAnswer, match="another host"):
            hub.fetch(path, None, as_json)
        assert other.asked == []


BAD = ["javascript:alert(1)", "http://xn--a/", "http://[::1", "//", "http://a:99999/", "\x00", "http://\u202e/"]


@pytest.mark.parametrize("location", BAD)
def test_a_bad_location_is_one_line_and_costs_one_provider(location: str) -> None:
    def script(asked: Asked) -> Answer:
        head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        return Answer([head.encode("utf-8")], "close")

    with serving(script) as server:
        with hub_for(server) as hub, pytest.raises(HubError) as caught:
            hub.get("/api/models")
        settings = Settings(endpoint=server.url, router_url=server.url, token=TOKEN)
        found = probe.probe(settings, "a/b", ["p", "q"], time_s=5)
        with pytest.raises(HubError) as refused:
            router_calls.chat(settings, {}, time_s=5)
    assert "\n" not in f"{caught.value}{refused.value}"
    assert [one.provider for one in found] == ["p", "q"]
    assert not any(one.answered for one in found)


@pytest.mark.parametrize("link", BAD)
def test_a_bad_link_is_one_line(link: str) -> None:
    def script(asked: Asked) -> Answer:
        head = f'HTTP/1.1 200 OK\r\nLink: <{link}>; rel="next"\r\nContent-Length: 2\r\n\r\n[]'
        return Answer([head.encode("utf-8")], "close")

    with serving(script) as server, hub_for(server) as hub, pytest.raises(HubError) as caught:
        list(hub.pages("/api/models", None, as_json))
    assert "\n" not in str(caught.value)


def test_a_call_error_says_what_is_wrong() -> None:
    with serving(lambda asked: response(302, b"", location="http://xn--a/")) as server:
        settings = Settings(endpoint=server.url, router_url=server.url, token=TOKEN)
        with pytest.raises(CallError, match="redirects to an invalid address"):
            router_calls.chat(settings, {}, time_s=5)
