"""The state of inference beside what the Parquet files give, counted in another way; and its charts."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from selectolax.lexbor import LexborHTMLParser

from hf_providers.catalog import duckdb_tables
from hf_providers.text import price
from pipeline.site import charts
from pipeline.site.pages import state
from tests.site.conftest import SINCE
from tests.site.rendered import first_page

URL = "https://example.org/"


@pytest.fixture(scope="module")
def tree(data: Path) -> LexborHTMLParser:
    return first_page(data, state.make)


def ask(data: Path, sql: str) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for file in json.loads((data / "manifest.json").read_text())["files"]:
        if file["table"] in {"offers", "price_history"}:
            connection.execute(f"CREATE VIEW {file['table']} AS FROM '{data / file['path']}'")
    return connection.execute(sql).fetchall()


def cells(tree: LexborHTMLParser, table: str) -> list[list[str]]:
    return [[" ".join(cell.text().split()) for cell in row.css("th, td")] for row in tree.css(f"{table} tbody tr")]


def worth(data: Path) -> list[tuple[str, str, Decimal, float]]:
    """Chat offers, live, priced and measured lately, that no other of their model beats; without those listed at 0."""
    rows = ask(
        data,
        "FROM offers SELECT model_id, provider, 3 * input_usd_per_mtok + output_usd_per_mtok AS four, throughput_tps"
        " WHERE status = 'live' AND task = 'conversational' AND four IS NOT NULL AND throughput_tps IS NOT NULL"
        f" AND least(observed_at, price_observed_at, measured_at) >= {SINCE}",
    )
    offers = [(str(m), str(p), Decimal(str(four)) / 4, float(str(tps))) for m, p, four, tps in rows]
    return [row for row in offers if row[2] > 0 and not any(o[0] == row[0] and beats(o, row) for o in offers)]


def beats(one: tuple[str, str, Decimal, float], other: tuple[str, str, Decimal, float]) -> bool:
    return one[2] <= other[2] and one[3] >= other[3] and one[2:] != other[2:]


def test_the_one_line_of_the_price_index_has_no_number(tree: LexborHTMLParser) -> None:
    chart = tree.css_first("h2#index ~ figure svg.chart")
    assert len(chart.css("path.mark")) == 1
    assert chart.css("text.number") == []


def test_the_frontier_is_what_nothing_beats(data: Path, tree: LexborHTMLParser) -> None:
    """By rising price: each offer is faster than all that are cheaper."""
    fastest, wanted = 0.0, []
    for model, provider, blended, tps in sorted(worth(data), key=lambda row: (row[2], -row[3])):
        if tps > fastest:
            fastest = tps
            wanted.append(f"{model} on {provider} ${price(f'{blended.normalize():f}')}, {tps:.0f} tokens/s")
    shown = [" ".join(node.text().split()) for node in tree.css("ol.frontier li")]
    assert shown == wanted
    assert shown
    assert len(tree.css("svg circle.dot title")) == len(wanted)


def test_every_offer_worth_a_look_is_a_point_inside_the_axes(data: Path, tree: LexborHTMLParser) -> None:
    path = tree.css_first("svg path.points").attributes["d"] or ""
    positions = re.findall(r"M([\d.]+) ([\d.]+)h0", path)
    assert len(positions) == len(worth(data)) > 2
    assert all(52 <= float(x) <= 456 and 32 <= float(y) <= 274 for x, y in positions)


def test_coverage_is_counted_from_the_offers(data: Path, tree: LexborHTMLParser) -> None:
    wanted = ask(
        data,
        "FROM offers SELECT CASE task WHEN 'conversational' THEN 'chat' ELSE task END,"
        f" count(DISTINCT model_id) FILTER (status = 'live' AND observed_at >= {SINCE}),"
        f" count(DISTINCT provider) FILTER (status = 'live' AND observed_at >= {SINCE}) GROUP BY task",
    )
    rows = cells(tree, 'table[aria-label="Coverage by task"]')
    assert {(row[0], int(row[1]), int(row[4])) for row in rows} == set(wanted)
    live = [int(row[1]) for row in rows]
    assert live == sorted(live, reverse=True)


def test_who_is_cheapest_is_counted_among_models_of_two_providers(data: Path, tree: LexborHTMLParser) -> None:
    by_model: dict[object, list[tuple[object, object, object]]] = {}
    for model, task, provider, given, taken in ask(
        data,
        "FROM offers SELECT model_id, task, provider, input_usd_per_mtok, output_usd_per_mtok WHERE status = 'live'"
        f" AND least(observed_at, price_observed_at) >= {SINCE}"
        " AND input_usd_per_mtok IS NOT NULL AND output_usd_per_mtok IS NOT NULL",
    ):
        by_model.setdefault((model, task), []).append((3 * given + taken, given, provider))  # type: ignore[operator]
    contested = {key: rows for key, rows in by_model.items() if len({row[2] for row in rows}) > 1}
    sole = Counter(
        str(min(rows)[2]) for rows in contested.values() if [row[:2] for row in rows].count(min(rows)[:2]) == 1
    )
    rows = cells(tree, 'table[aria-label="Cheapest how often"]')
    assert sum(int(row[1]) for row in rows) == len(contested) > 10
    for row in rows:
        prices = sum(any(offer[2] == row[0] for offer in offers) for offers in contested.values())
        assert int(row[3]) == prices
        assert sole[row[0]] <= int(row[1]) <= prices
        assert row[4] == f"{100 * int(row[1]) / len(contested):.0f} %"


def test_the_price_index_is_that_of_the_query(data: Path, tree: LexborHTMLParser) -> None:
    with duckdb_tables.connect(data) as connection:
        rows = connection.execute("FROM price_index ORDER BY month DESC").fetchall()
    wanted = [[month, "—" if index is None else f"{index:.1f}", *map(str, counts)] for month, *counts, index, _ in rows]
    assert cells(tree, "table.index") == wanted
    assert len(wanted) > 6


def test_each_query_that_is_shown_runs_as_it_stands(data: Path, tree: LexborHTMLParser) -> None:
    shown = [node.text() for node in tree.css("details pre code")]
    assert len(shown) == len(tree.css("h2")) + len(tree.css("h3#by-provider, h3#then")) == 7
    links = [node.attributes["href"] or "" for node in tree.css("details a[href*='sql/#q=']")]
    assert [unquote(link.partition("#q=")[2]) for link in links] == shown
    with duckdb_tables.connect(data) as connection:
        assert all(connection.execute(sql).fetchall() for sql in shown)


def test_each_provider_s_index_is_that_of_the_query(data: Path, tree: LexborHTMLParser) -> None:
    chart = tree.css_first("h3#by-provider ~ figure svg.chart")
    names = [" ".join(node.text().split()) for node in tree.css("h3#by-provider ~ figure ol.legend")[0].css("li")]
    with duckdb_tables.connect(data) as connection:
        rows = connection.execute(
            "FROM provider_price_index WHERE list_contains(?, provider) AND price_index IS NOT NULL", [names]
        ).fetchall()
    assert len(chart.css("path.mark")) == len(names) == state.history.SERIES
    said = sorted(node.text().partition(" · ")[0] for node in chart.css(".hit title"))
    assert said == sorted(f"{row[0]}: {row[6]:.1f}" for row in rows)


def test_who_was_the_cheapest_is_counted_at_the_end_of_each_month(data: Path, tree: LexborHTMLParser) -> None:
    """Counted here by going through the days on which each was the cheapest."""
    with duckdb_tables.connect(data) as connection:
        rows = connection.execute(
            "SELECT provider, from_at, to_at FROM cheapest_over_time WHERE priced_offers > 1"
        ).fetchall()
    months = cells(tree, "table.then")
    assert len(months) > 6
    for month, total, who in months:
        after = datetime.fromisoformat(f"{month}-28T00:00:00Z") + timedelta(days=4)
        end = after.replace(day=1)
        counts = Counter(name for name, begin, until in rows if begin < end and (until is None or until >= end))
        assert dict(part.rsplit(" ", 1) for part in who.split(", ")) == {name: str(n) for name, n in counts.items()}
        assert int(total) == counts.total()
    bars = tree.css_first("h3#then ~ figure svg.chart").css("path.bar title")
    assert len(bars) == sum(len(who.split(", ")) for _, _, who in months)


def test_looks_that_are_more_than_a_day_apart_leave_a_gap(data: Path, tree: LexborHTMLParser) -> None:
    with duckdb_tables.connect(data) as connection:
        looks = connection.execute("SELECT provider, looked_at FROM looks ORDER BY ALL").fetchall()
    by_name: dict[str, list[datetime]] = {}
    for name, at in looks:
        by_name.setdefault(name, []).append(at)
    rows = cells(tree, "table.looked")
    assert {row[0] for row in rows} == set(by_name)
    for name, _, count, known, gap, last in rows:
        steps = [b - a for a, b in pairwise(by_name[name])]
        short = sum((step for step in steps if step <= timedelta(days=1)), timedelta())
        longest = max((step for step in steps if step > timedelta(days=1)), default=None)
        assert int(count.replace(",", "")) == len(by_name[name])
        assert known == state.history.hours(short.total_seconds() / 3600)
        assert gap == ("none" if longest is None else state.history.hours(longest.total_seconds() / 3600))
        assert last == f"{by_name[name][-1]:%Y-%m-%d}"


def test_where_nothing_is_known_it_is_said(hostile_data: Path) -> None:
    tree = first_page(hostile_data, state.make)
    assert tree.css("svg path.points, ol.frontier") == []
    assert "No live chat offer states both its price and its throughput." in tree.css_first("main").text()
    assert tree.css("script:not([src])") == []


def test_a_point_s_name_is_text() -> None:
    dots = [charts.Dot(1, 1, '<b>"x"</b>')]
    drawn = LexborHTMLParser(str(charts.scatter("s", "<i>t</i>", ("<u>", "&"), dots, dots)))
    assert drawn.css("b, i, u") == []
    assert '1: <b>"x"</b>' in drawn.css_first("circle title").text()


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.9, 11, ["1", "2", "5", "10"]),
        (0.015, 0.4, ["0.02", "0.05", "0.1", "0.2"]),
        (0.001, 1000, ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]),
        (3, 4, []),
    ],
)
def test_logarithmic_ticks_are_round(low: float, high: float, ticks: list[str]) -> None:
    assert charts.log_ticks(low, high) == [Decimal(tick) for tick in ticks]


def test_equal_ratios_are_equal_distances() -> None:
    dots = [charts.Dot(x, y, "") for x, y in ((1, 10), (10, 100), (100, 1000))]
    drawn = LexborHTMLParser(str(charts.scatter("s", "t", ("x", "y"), dots, dots)))
    path = drawn.css_first("path.points").attributes["d"] or ""
    (x1, y1), (x2, y2), (x3, y3) = [tuple(map(float, at)) for at in re.findall(r"M([\d.]+) ([\d.]+)h0", path)]
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert y1 - y2 == pytest.approx(y2 - y3, abs=0.2)
    assert x1 < x2 < x3
    assert y1 > y2 > y3
