"""The site on localhost: its pages, the dataset beside it, and its own page where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.site.build import BASE_URL
from pipeline.site.serve import server


@pytest.fixture(scope="module")
def client(site: Path, data: Path) -> Iterator[httpx.Client]:
    with server(site, data, base=urlsplit(BASE_URL).path) as serving:
        thread = Thread(target=serving.serve_forever)
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{serving.server_port}") as asking:
                yield asking
        finally:
            serving.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["/nonsense", "/models/no/such/model/", "/data/nothing.parquet", "/models/"])
def test_where_there_is_nothing_the_site_s_own_page_answers(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in answer.text


def test_every_link_of_that_page_leads_somewhere_on_this_server(client: httpx.Client) -> None:
    tree = LexborHTMLParser(client.get("/deep/er/nonsense").text)
    found = [node.attributes.get("href") or node.attributes.get("src") for node in tree.css("[href], script[src]")]
    own = [link for link in [*found, tree.css_first("form").attributes["action"]] if link and link.startswith("/")]
    assert len(own) > 10
    assert {link: client.get(link).status_code for link in own} == dict.fromkeys(own, 200)


def test_head_has_no_body(client: httpx.Client) -> None:
    answer = client.head("/nonsense")
    assert (answer.status_code, answer.content) == (404, b"")


def test_pages_and_the_dataset_are_there(client: httpx.Client, data: Path) -> None:
    assert "State of inference" in client.get("/state/").text
    assert client.get("/data/manifest.json").content == (data / "manifest.json").read_bytes()
