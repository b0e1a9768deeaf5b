"""Following `Link` from page to page, and not astray."""

from __future__ import annotations

import json
from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest

from hf_providers.errors import HubBadAnswer
from hf_providers.hub import Tally
from tests.hub.hubserver import Answer, Asked, as_json, hub_for, response, serving


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
