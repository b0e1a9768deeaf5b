"""The page of changes beside changes.parquet, and its feeds beside the dataset's."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from hf_providers.catalog.schema import CHANGE_KINDS
from pipeline.site import paths, render
from pipeline.site.page import Page, Raw
from pipeline.site.pages import changes
from pipeline.site.source import opened
from tests.site.conftest import ASSETS

ATOM = "{http://www.w3.org/2005/Atom}"
URL = "https://example.org/"
FROM = "'{data}/latest/changes.parquet'"


def page(data: Path) -> LexborHTMLParser:
    with opened(data, URL) as source:
        (found,) = (item for item in changes.make(source) if isinstance(item, Page))
        return LexborHTMLParser(render.html(found, source, ASSETS).decode())


@pytest.fixture(scope="module")
def tree(data: Path) -> LexborHTMLParser:
    return page(data)


def ask(data: Path, sql: str) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection.execute(sql.replace("changes", FROM.format(data=data), 1)).fetchall()


def squeezed(node: LexborNode) -> str:
    return " ".join(node.text().split())


def test_each_day_has_its_changes(data: Path, tree: LexborHTMLParser) -> None:
    wanted = ask(
        data,
        "FROM changes SELECT strftime(changed_at, '%Y-%m-%d') AS day, count(*) GROUP BY day ORDER BY day DESC",
    )
    assert 0 < sum(count for _, count in wanted) <= changes.SHOWN  # type: ignore[misc]
    days = [(section.css_first("h2").attributes["id"], len(section.css("li"))) for section in tree.css("section.day")]
    assert days == [(f"d{day}", count) for day, count in wanted]
    links = [node.attributes["href"] for node in tree.css("nav .days a")]
    assert links == [f"#d{day}" for day, _ in wanted]


def test_a_price_s_line_says_all_of_it(data: Path, tree: LexborHTMLParser) -> None:
    """Every price change: model, provider, both pairs of exact prices, the percentage."""
    wanted = ask(data, "FROM changes SELECT model_id, provider, before, after, percent WHERE kind = 'price'")
    lines = [squeezed(node) for node in tree.css(".changed li") if " / " in squeezed(node.css_first(".how"))]
    assert len(lines) == len(wanted) > 0
    for model, provider, before, after, percent in wanted:
        said = f"{model} on {provider} {before} → {after} {percent:+.1f} %"
        assert any(line.startswith(said) for line in lines), said


def test_where_two_sources_speak_it_is_said(data: Path, tree: LexborHTMLParser) -> None:
    differ = ask(
        data,
        "FROM changes SELECT count(*) WHERE source_before IS NOT NULL AND source IS NOT NULL"
        " AND split_part(source_before, '@', 1) <> split_part(source, '@', 1)",
    )
    assert [(len([node for node in tree.css(".changed li") if "two sources" in node.text()]),)] == differ


def test_what_changed_and_changed_back_says_so(data: Path, tree: LexborHTMLParser) -> None:
    """Never that yes became yes."""
    back = ask(data, "FROM changes SELECT model_id, provider, after, times WHERE before = after")
    lines = [(squeezed(node), squeezed(node.css_first(".how"))) for node in tree.css(".changed li")]
    lines = [(whole, how) for whole, how in lines if "now as before" in how]
    assert len(lines) == len(back) > 0
    for model, provider, after, times in back:
        word = {"true": "yes", "false": "no"}.get(str(after), after)
        said = f"{word}, changed {times} times that day, now as before"
        assert any(whole.startswith(f"{model} on {provider}") and how.startswith(said) for whole, how in lines), said
    shown = [squeezed(node) for node in tree.css(".changed .how") if " → " in squeezed(node)]
    assert [line for line in shown if len(set(line.split(" → "))) == 1] == []


def test_the_feeds_are_the_dataset_s_with_links(data: Path) -> None:
    """An entry a day, kind and provider as in the dataset's own feed, each leading to a page of this site."""
    with opened(data, URL) as source:
        raw = {item.path: item.content for item in changes.make(source) if isinstance(item, Raw)}
        places = {URL + str(source.address(row["model_id"])) for row in source.catalog.models() + source.former}
        places |= {URL + paths.provider(name) for name in source.providers}
    files = [file["path"] for file in json.loads((data / "manifest.json").read_text())["files"]]
    own = {path.rpartition("/")[2]: (data / path).read_bytes() for path in files if "changes." in path}
    assert raw["changes.json"] == own["changes.json"]
    ours, theirs = (ET.fromstring(feed["changes.atom"]).findall(f"{ATOM}entry") for feed in (raw, own))
    titles = [[entry.findtext(f"{ATOM}title") for entry in entries] for entries in (ours, theirs)]
    assert sorted(map(str, titles[0])) == sorted(map(str, titles[1]))
    assert {str(entry.find(f"{ATOM}link").attrib["href"]) for entry in ours} <= places  # type: ignore[union-attr]


def test_only_the_newest_are_shown(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "SHOWN", 7)
    (total,) = ask(data, "FROM changes SELECT count(*)")[0]
    newest = ask(data, "FROM changes SELECT strftime(changed_at, '%Y-%m-%d') ORDER BY changed_at DESC LIMIT 7")
    tree = page(data)
    assert len(tree.css(".changed li")) == 7
    assert {f"d{day}" for (day,) in newest} == {node.attributes["id"] for node in tree.css("section.day h2")}
    assert f"The newest 7 of {total:,} changes" in tree.css_first("main").text()


def test_every_kind_has_its_words() -> None:
    assert set(changes.KINDS) == set(CHANGE_KINDS)


def test_hostile_names_are_text(hostile_data: Path) -> None:
    tree = page(hostile_data)
    assert tree.css("script:not([src])") == []
    assert "<script>alert(1)</script>" in tree.css_first("main").text()


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [("context", "131072", "131,072"), ("tools", "true", "yes"), ("status", None, "—"), ("price", "0 / 0", "0 / 0")],
)
def test_values_read_well(kind: str, text: str | None, shown: str) -> None:
    assert changes.value(kind, text) == shown
