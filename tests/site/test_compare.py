"""The comparison that stands in the page, beside DuckDB on the published queries' results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from hf_providers.catalog import duckdb_tables
from pipeline.site import render
from pipeline.site.page import Page
from pipeline.site.pages import compare
from pipeline.site.source import opened
from tests.site.conftest import ASSETS, SINCE


@pytest.fixture(scope="module")
def tree(data: Path) -> LexborHTMLParser:
    with opened(data, "https://example.org/") as source:
        (page,) = (page for page in compare.make(source) if isinstance(page, Page))
        return LexborHTMLParser(render.html(page, source, ASSETS).decode())


def line(tree: LexborHTMLParser, label: str) -> list[str]:
    """The values of a line, with the mark of the best."""
    for row in tree.css("table.compare tbody tr"):
        if row.css_first("th").text() == label:
            return [" ".join(cell.text().split()) for cell in row.css("td")]
    raise AssertionError(label)


def names(tree: LexborHTMLParser) -> list[str]:
    return [cell.text() for cell in tree.css("table.compare thead th")]


def column(data: Path, sql: str, models: list[str]) -> list[Any]:
    with duckdb_tables.connect(data) as connection:
        found = dict(connection.execute(sql).fetchall())
    return [found.get(model) for model in models]


def test_it_compares_four_models_that_chat(data: Path, tree: LexborHTMLParser) -> None:
    live = "SELECT DISTINCT model_id, true FROM offers WHERE task = 'conversational' AND status = 'live'"
    assert column(data, live, names(tree)) == [True] * compare.SHOWN


def test_the_lowest_price_is_the_best_and_exact(data: Path, tree: LexborHTMLParser) -> None:
    known = column(
        data, "SELECT model_id, blended_usd_per_mtok FROM cheapest WHERE task = 'conversational'", names(tree)
    )
    for said, price in zip(line(tree, "Cheapest, blended 3:1, $/1M"), known, strict=True):
        if price is None:
            assert said == "—"
        else:
            assert type(price)(said.removesuffix(" best")) == price
            assert said.endswith(" best") == (price == min(one for one in known if one is not None))


def test_the_fastest_is_the_best(data: Path, tree: LexborHTMLParser) -> None:
    speeds = column(
        data,
        "SELECT model_id, max(throughput_tps) FILTER (status = 'live' AND task = 'conversational' AND"
        f" least(observed_at, measured_at) >= {SINCE}) FROM offers GROUP BY 1",
        names(tree),
    )
    said = line(tree, "Fastest, tokens/s")
    assert [text.removesuffix(" best") for text in said] == ["—" if s is None else f"{s:.0f}" for s in speeds]
    known = [speed for speed in speeds if speed is not None]
    best = max(known) if len(set(known)) > 1 else None
    assert [text.endswith("best") for text in said] == [speed is not None and speed == best for speed in speeds]


def test_providers_are_counted_where_an_offer_is_live(data: Path, tree: LexborHTMLParser) -> None:
    counts = column(
        data,
        f"SELECT model_id, count(DISTINCT provider) FILTER (status = 'live' AND observed_at >= {SINCE})"
        " FROM offers GROUP BY 1",
        names(tree),
    )
    assert [int(text.removesuffix(" best")) for text in line(tree, "Live providers")] == counts


def test_nothing_is_best_where_all_are_the_same_or_unknown() -> None:
    equal = compare.Property("x", lambda a: str(a["x"]), lambda a: a["x"])
    for values in ([2, 2], [None, None], [None, 3], [3]):
        said = compare._row(equal, [{"x": value} for value in values])
        assert not any(value["best"] for value in said["values"])
    assert [value["best"] for value in compare._row(equal, [{"x": 1}, {"x": 2}, {"x": None}])["values"]] == [
        False,
        True,
        False,
    ]
