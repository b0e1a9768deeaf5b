"""The home page and the pages of all models without scripts, beside DuckDB on the Parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser

from pipeline.site import paths, render
from pipeline.site.page import Page
from pipeline.site.pages import adapters, browse, home
from pipeline.site.source import PER_PAGE, opened
from tests.site import hostile

ASSETS = dict.fromkeys(("site.css", "theme.js", "home.js"), "assets/x")
URL = "https://example.org/"
MODEL, TASK, OFFER, READY, INPUT, OUTPUT, BLENDED, TPS, LATENCY, CONTEXT, TOOLS, JSON = range(12)


def parsed(data: Path, kind: object) -> Iterator[tuple[Page, LexborHTMLParser]]:
    with opened(data, URL) as source:
        for page in kind.make(source):  # type: ignore[attr-defined]
            if isinstance(page, Page):
                yield page, LexborHTMLParser(render.html(page, source, ASSETS).decode())


@pytest.fixture(scope="module")
def lines(data: Path) -> list[list[str]]:
    """The cells of the home page's table."""
    ((_, tree),) = parsed(data, home)
    return [[cell.text().strip() for cell in row.css("th, td")] for row in tree.css("#rows > tr")]


def ask(data: Path, sql: str) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    for file in json.loads((data / "manifest.json").read_text())["files"]:
        if file["table"] in {"models", "offers"}:
            connection.execute(f"CREATE VIEW {file['table']} AS FROM '{data / file['path']}'")
    return connection.execute(sql).fetchall()


def test_a_hundred_models_stand_in_it_the_most_downloaded_among_them(data: Path, lines: list[list[str]]) -> None:
    assert len({line[MODEL] for line in lines}) == len(lines) == 100
    most = ask(
        data,
        "FROM models SELECT model_id WHERE model_id IN (FROM offers SELECT model_id WHERE type = 'single-model'"
        " AND status = 'live') AND likes > 1000 ORDER BY downloads DESC LIMIT 5",
    )
    assert {name for (name,) in most} <= {line[MODEL] for line in lines}


def test_each_line_is_of_one_published_offer(data: Path, lines: list[list[str]]) -> None:
    for line in lines:
        provider, _, others = line[OFFER].partition(" +")
        task = "conversational" if line[TASK] == "chat" else line[TASK]
        found = ask(
            data,
            "SELECT input_usd_per_mtok, output_usd_per_mtok, throughput_tps,"
            f" (SELECT count(DISTINCT provider) - 1 FROM offers WHERE model_id = '{line[MODEL]}')"
            f" FROM offers WHERE model_id = '{line[MODEL]}' AND provider = '{provider}' AND task = '{task}'",
        )
        assert (line[INPUT], line[OUTPUT], line[TPS], int(others or 0)) in [
            (_price(given), _price(taken), "—" if speed is None else f"{speed:.{0 if speed >= 10 else 1}f}", more)
            for given, taken, speed, more in found
        ]


def _price(value: Decimal | None) -> str:
    """As people read it: at least two decimals, none cut off."""
    if value is None:
        return "—"
    decimals = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:.{decimals}f}"


def test_the_blended_price_is_the_mean_at_three_to_one(lines: list[list[str]]) -> None:
    priced = [line for line in lines if line[BLENDED] != "—"]
    assert priced
    for line in priced:
        assert Decimal(line[BLENDED]) == (3 * Decimal(line[INPUT]) + Decimal(line[OUTPUT])) / 4


def test_a_ready_offer_is_shown_where_there_is_one(data: Path, lines: list[list[str]]) -> None:
    hot = {name for (name,) in ask(data, "SELECT DISTINCT model_id FROM offers WHERE readiness = 'hot'")}
    chat = {name for (name,) in ask(data, "SELECT DISTINCT model_id FROM offers WHERE task = 'conversational'")}
    for line in lines:
        if line[MODEL] not in chat:  # chat speaks for a model that has it
            assert ("hot" in line[READY]) == (line[MODEL] in hot)


def by_name(data: Path) -> list[tuple[Page, LexborHTMLParser]]:
    """Return the pages of models that somebody lists; those known from history alone have pages of their own."""
    return [(page, tree) for page, tree in parsed(data, browse) if page.url.startswith("browse/")]


def test_the_pages_by_name_have_every_model_once(data: Path) -> None:
    names: list[str] = []
    for page, tree in by_name(data):
        part = [link.text() for link in tree.css("tbody a")]
        assert 0 < len(part) <= PER_PAGE, page.path
        names += part
    wanted = ask(data, "SELECT DISTINCT model_id FROM offers WHERE type IS DISTINCT FROM 'tag-filter'")
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
        " (count(*) FILTER (status = 'live'))::VARCHAR FROM offers GROUP BY 1 HAVING bool_and(type = 'tag-filter')",
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
    ((_, tree),) = parsed(data, home)
    form = tree.css_first("#find")
    assert "needs-js" in str(form.attributes["class"])
    shown = (render.FOLDER / "styles" / "home.css").read_text()
    assert ":root:not([data-js]) .needs-js { display: none !important; }" in shown
    assert tree.css_first('main a[href="./browse/"]')
