"""The home page and the pages of all models without scripts, beside DuckDB on the Parquet files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.site import paths, render
from pipeline.site.page import Page
from pipeline.site.pages import adapters, browse, home
from pipeline.site.source import PER_PAGE, opened
from tests.site import hostile
from tests.site.conftest import ASSETS

URL = "https://example.org/"


def parsed(data: Path, kind: object) -> Iterator[tuple[Page, LexborHTMLParser]]:
    with opened(data, URL) as source:
        for page in kind.make(source):  # type: ignore[attr-defined]
            if isinstance(page, Page):
                yield page, LexborHTMLParser(render.html(page, source, ASSETS).decode())


@pytest.fixture(scope="module")
def trees(data: Path) -> dict[str, LexborHTMLParser]:
    """The page of each tab by its address."""
    return {page.url: tree for page, tree in parsed(data, home)}


@pytest.fixture(scope="module")
def lines(trees: dict[str, LexborHTMLParser]) -> list[dict[str, LexborNode]]:
    """The cells of the chat tab's rows by their column."""
    return [cells(row) for row in trees[""].css("#rows > tr")]


def cells(row: LexborNode) -> dict[str, LexborNode]:
    return {str(cell.attributes["class"]).removeprefix("n ").split()[0]: cell for cell in row.css("th, td")}


def text(node: LexborNode) -> str:
    return " ".join(node.text().split())


def ask(data: Path, sql: str) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    for file in json.loads((data / "manifest.json").read_text())["files"]:
        if file["table"] in {"models", "offers"} or Path(file["path"]).stem in {"cheapest", "fastest"}:
            connection.execute(f"CREATE VIEW {Path(file['path']).stem} AS FROM '{data / file['path']}'")
    return connection.execute(sql).fetchall()


RECENT = "(SELECT *, observed_at >= (SELECT max(observed_at) - INTERVAL 45 DAY FROM offers) AS recent FROM offers)"


def test_chat_comes_first_and_each_other_kind_has_a_page(data: Path, trees: dict[str, LexborHTMLParser]) -> None:
    tabs = [(str(a.attributes["href"]), a.text()) for a in trees[""].css("#tabs a")]
    assert tabs[0] == ("./", "Chat")
    assert [name for _, name in tabs] == ["Chat", "Image", "Video", "Speech", "Embeddings", "Other text"]
    assert {href.removeprefix("./") for href, _ in tabs} == set(trees)
    assert [a.text() for tree in trees.values() for a in tree.css("#tabs a[aria-current]")] == [n for _, n in tabs]
    every = ask(data, "SELECT count(DISTINCT task) FROM offers WHERE type IS DISTINCT FROM 'tag-filter'")
    shown = {option.text() for tree in trees.values() for option in tree.css("#f-task option")} - {"any"}
    single = [tree for tree in trees.values() if not tree.css("#f-task")]
    assert len(shown) + len(single) >= every[0][0]


def test_no_column_is_all_dashes(trees: dict[str, LexborHTMLParser]) -> None:
    for url, tree in trees.items():
        heads = [head.attributes["data-sort"] for head in tree.css("#models thead th")]
        rows = [cells(row) for row in tree.css("#rows > tr")]
        assert rows, url
        assert all(list(row) == heads for row in rows), url
        for name in set(heads) - {"live"}:
            assert any(text(row[str(name)]) != "—" for row in rows), (url, name)


def test_every_priced_chat_row_names_the_cheapest_offer(data: Path, trees: dict[str, LexborHTMLParser]) -> None:
    wanted = {
        str(name): (provider, price)
        for name, provider, price in ask(
            data, "SELECT model_id, provider, input_usd_per_mtok FROM cheapest WHERE task = 'conversational'"
        )
    }
    rows = trees[""].css("#rows > tr[data-model]")
    found = {
        str(row.attributes["data-model"]): (
            row.attributes["data-provider"],
            Decimal(str(row.attributes["data-in-usd-per-mtok"])),
        )
        for row in rows
    }
    shown = {text(cells(row)["name"]) for row in trees[""].css("#rows > tr")}
    assert len(shown) == home.SHOWN or shown >= set(wanted)
    assert found == {name: offer for name, offer in wanted.items() if name in shown}
    for row in rows:
        provider, price = wanted[str(row.attributes["data-model"])]
        link = cells(row)["price"].css_first("a")
        assert text(link) == f"from ${_price(price)} · {provider}"
        assert str(link.attributes["href"]).endswith(f"/#{paths.offer(str(provider), 'conversational')}")


def test_every_measured_chat_row_names_the_fastest_offer(data: Path, lines: list[dict[str, LexborNode]]) -> None:
    wanted = {
        name: f"up to {speed:.{0 if speed >= 10 else 1}f} tok/s · {provider}"
        for name, provider, speed in ask(
            data, "SELECT model_id, provider, throughput_tps FROM fastest WHERE task = 'conversational'"
        )
    }
    fresh = {
        text(line["name"]): text(line["speed"].css_first("a"))
        for line in lines
        if "old" not in str(line["speed"].attributes["class"])
    }
    assert fresh
    assert fresh == {name: said for name, said in wanted.items() if name in fresh}
    old = [text(line["speed"]) for line in lines if text(line["name"]) not in fresh]
    assert all(said == "—" or re.search(r"\d{4}-\d\d-\d\d$", said) for said in old)


def test_what_nobody_saw_lately_is_below_and_dim_with_its_day(data: Path, trees: dict[str, LexborHTMLParser]) -> None:
    counted = {
        str(name): (providers, str(seen))
        for name, providers, seen in ask(
            data,
            "SELECT model_id, count(DISTINCT provider) FILTER (status = 'live' AND recent), max(observed_at)::DATE"
            f" FROM {RECENT} WHERE task = 'conversational' GROUP BY 1",
        )
    }
    dim = []
    for row in trees[""].css("#rows > tr"):
        said = cells(row)
        assert (int(said["live"].text()), said["seen"].text()) == counted[text(said["name"])]
        dim.append("old" in str(row.attributes.get("class") or ""))
        assert dim[-1] == (said["live"].text() == "0")
    assert dim == sorted(dim)
    live = sum(providers > 0 for providers, _ in counted.values())
    assert dim.count(False) == min(live, home.SHOWN)


def test_a_provider_is_marked_by_its_letters(lines: list[dict[str, LexborNode]]) -> None:
    marked = [line["price"].css_first(".pm") for line in lines if line["price"].css(".pm")]
    assert marked
    assert all(mark.text() == "" and len(str(mark.attributes["data-m"])) in (1, 2) for mark in marked)


def _price(value: object) -> str:
    """As people read it: at least two decimals, none cut off."""
    assert isinstance(value, Decimal)
    return f"{value:.{max(2, -int(value.normalize().as_tuple().exponent))}f}"


def by_name(data: Path) -> list[tuple[Page, LexborHTMLParser]]:
    """Return the pages of models that somebody lists; those known from history alone have pages of their own."""
    return [(page, tree) for page, tree in parsed(data, browse) if page.url.startswith("browse/")]


def test_the_pages_by_name_have_every_model_once(data: Path) -> None:
    names: list[str] = []
    for page, tree in by_name(data):
        part = [link.text() for link in tree.css("tbody a")]
        assert 0 < len(part) <= PER_PAGE, page.path
        names += part
    tagged = "SELECT model_id FROM offers GROUP BY model_id HAVING bool_and(type IS NOT DISTINCT FROM 'tag-filter')"
    wanted = ask(data, f"SELECT model_id FROM models WHERE model_id NOT IN ({tagged})")
    assert sorted(names) == sorted(name for (name,) in wanted)
    assert names == sorted(names, key=lambda name: (name.lower(), name))


def test_every_adapter_has_a_line_of_its_own(data: Path) -> None:
    """With all who serve it."""
    lines: dict[str, list[str]] = {}
    for page, tree in parsed(data, adapters):
        part = tree.css("#adapters tbody tr")
        assert 0 < len(part) <= PER_PAGE, page.path
        lines |= {row.css_first("th").text(): [cell.text() for cell in row.css("td")] for row in part}
        for row in part:
            name = row.css_first("th").text()
            assert row.css_first("th a").attributes["href"] == f"https://huggingface.co/{name}"
            assert row.attributes["id"] == f"line/{name}"
    wanted = ask(
        data,
        "SELECT model_id, string_agg(DISTINCT provider, ', ' ORDER BY provider),"
        " (count(*) FILTER (status = 'live' AND observed_at >= since))::VARCHAR"
        " FROM offers, (SELECT max(observed_at) - INTERVAL 45 DAY AS since FROM offers)"
        " GROUP BY 1 HAVING bool_and(type = 'tag-filter')",
    )
    assert {(name, cells[2], cells[3]) for name, cells in lines.items()} == set(wanted)


def test_what_an_adapter_is_made_from_is_linked_where_it_has_a_page(hostile_data: Path) -> None:
    ((_, tree),) = parsed(hostile_data, adapters)
    made_from = {row.css_first("th").text(): row.css_first("td") for row in tree.css("#adapters tbody tr")}
    assert made_from[hostile.ADAPTER].text() == hostile.BASE
    assert made_from[hostile.ADAPTER].css_first("a").attributes["href"] == f"../{paths.model(hostile.BASE)}"
    assert made_from[hostile.ORPHAN].text() == "nobody/knows<this>"
    assert made_from[hostile.ORPHAN].css("a") == []


def test_the_pages_by_name_link_each_other(data: Path) -> None:
    found = by_name(data)
    addresses = {page.root + other.url for page, _ in found[:1] for other, _ in found}
    links = {str(link.attributes["href"]) for link in found[0][1].css(".pager a")}
    assert len(found) > 1
    assert links == addresses


def test_hostile_names_are_text(hostile_data: Path) -> None:
    for kind in (home, browse, adapters):
        for page, tree in parsed(hostile_data, kind):
            rows = tree.css_first("main table")
            assert not rows.css("script, img, h1, b, style"), page.path
            assert not [node for node in tree.css("main *") if any(name.startswith("on") for name in node.attributes)]


def test_the_form_is_not_shown_where_no_script_would_answer_it(data: Path) -> None:
    tree = next(tree for page, tree in parsed(data, home) if not page.url)
    form = tree.css_first("#find")
    assert "needs-js" in str(form.attributes["class"])
    shown = (render.FOLDER / "styles" / "home.css").read_text()
    assert ":root:not([data-js]) .needs-js { display: none !important; }" in shown
    assert tree.css_first('main a[href="./browse/"]')
