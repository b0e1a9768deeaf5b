"""Charts: ticks and positions worked out by hand, paths read back by an XML parser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from pipeline.site import svg


def seconds(day: str) -> float:
    """The start of an ISO day in UTC, in seconds since the epoch."""
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        ("0", "0 1"),
        ("0.7", "0 0.2 0.4 0.6 0.8"),
        ("2.5", "0 0.5 1 1.5 2 2.5"),
        ("3", "0 1 2 3"),
        ("0.000000001", "0 0.0000000002 0.0000000004 0.0000000006 0.0000000008 0.000000001"),
        ("12345", "0 5,000 10,000 15,000"),
    ],
)
def test_ticks_are_round_from_zero_to_the_highest(high: str, expected: str) -> None:
    assert [svg.label(tick) for tick in svg.ticks(Decimal(high))] == expected.split(" ")


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("2026-02-23", "2026-02-26", "2026-02-23 2026-02-24 2026-02-25 2026-02-26"),
        ("2025-09-23", "2026-08-18", "2025-10 2026-01 2026-04 2026-07"),
        ("2025-12-15", "2026-01-20", "2025-12-15 2025-12-29 2026-01-12"),
        ("2022-10-01", "2026-05-19", "2023-01 2024-01 2025-01 2026-01"),
    ],
)
def test_time_is_labelled_at_starts_of_days_or_months(begin: str, end: str, expected: str) -> None:
    found = svg.days(seconds(begin), seconds(end))
    assert [text for _, text in found] == expected.split(" ")
    for moment, text in found:
        assert moment == seconds(text if len(text) == 10 else f"{text}-01")


def test_a_scale_puts_its_ends_at_its_ends() -> None:
    scale = svg.Scale(10, 20, 100, 0)
    assert (scale(10), scale(15), scale(20)) == (100, 50, 0)


@pytest.mark.parametrize(("value", "text"), [(12.34, "12.3"), (3.0, "3"), (-0.01, "0"), (-2.5, "-2.5"), (10.0, "10")])
def test_coordinates_are_short(value: float, text: str) -> None:
    assert svg.number(value) == text


def drawn(**series: list[tuple[str, str, str]]) -> ET.Element:
    """A chart of 100 × 100 around 2026-01-01 to 2026-01-11, read back: 10 units a day, 25 from the left."""
    held = {
        name: [svg.Held(seconds(begin), seconds(end), Decimal(value)) for begin, end, value in line]
        for name, line in series.items()
    }
    box = svg.Box(width=125, height=110, left=25, right=0, top=0, bottom=10)
    span = (seconds("2026-01-01"), seconds("2026-01-11"))
    return ET.fromstring(svg.step_chart("c", "Price <b>", "USD", held, span, box))


def paths(root: ET.Element) -> list[str]:
    """The paths of the lines."""
    return [path.attrib["d"] for path in root.iter("path") if path.get("class") == "mark"]


def test_a_fluid_chart_stretches_its_lines_and_not_its_texts() -> None:
    """1000 units for ten days: paths in these units in a drawing that stretches, texts and dots at shares of it."""
    held = [
        svg.Held(seconds("2026-01-01"), seconds("2026-01-03"), Decimal(5)),
        svg.Held(seconds("2026-01-08"), seconds("2026-01-08"), Decimal(5)),
    ]
    box = svg.Box(width=1000, height=110, left=0, right=0, top=0, bottom=10, fluid=True)
    span = (seconds("2026-01-01"), seconds("2026-01-11"))
    root = ET.fromstring(svg.step_chart("c", "Price", "USD", {"a": held, "b": held[:1]}, span, box))
    assert "viewBox" not in root.attrib
    for path in root.iter("path"):
        assert path in [inner for plot in root.iter("svg") if plot is not root for inner in plot.iter("path")]
    assert {plot.get("viewBox") for plot in root.iter("svg") if plot is not root} == {"0 0 1000 110"}
    assert paths(root) == ["M0 0H200M700 0H700", "M0 0H200"]
    assert [circle.attrib["cx"] for circle in root.iter("circle")] == ["70%"]
    days = {node.text: node.attrib["x"] for node in root.iter("text") if (node.text or "").startswith("2026")}
    assert days["2026-01-05"] == "40%"
    ends = {node.text: (node.attrib["x"], node.attrib["dx"]) for node in root.iter("text") if "dx" in node.attrib}
    assert ends == {"1": ("70%", "6"), "2": ("20%", "6")}


def test_a_price_that_followed_at_once_is_a_step() -> None:
    root = drawn(groq=[("2026-01-01", "2026-01-03", "5"), ("2026-01-03", "2026-01-05", "1")])
    assert paths(root) == ["M25 0H45H45V80H65"]


def test_nothing_is_drawn_where_nothing_was_observed() -> None:
    root = drawn(groq=[("2026-01-01", "2026-01-03", "5"), ("2026-01-08", "2026-01-11", "1")])
    assert paths(root) == ["M25 0H45M95 80H125"]


def test_one_observation_is_a_dot() -> None:
    circles = list(drawn(groq=[("2026-01-03", "2026-01-03", "5")]).iter("circle"))
    assert [(circle.attrib["cx"], circle.attrib["cy"]) for circle in circles] == [("45", "0")]


def test_a_chart_says_what_it_is_and_escapes_it() -> None:
    root = drawn(groq=[("2026-01-01", "2026-01-03", "5")])
    names = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert root.attrib["role"] == "img"
    assert [names[name] for name in root.attrib["aria-labelledby"].split()] == ["Price <b>", "USD, from 0; groq"]


def test_numbers_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    same = [("2026-01-01", "2026-01-05", "5")]
    numbers = [node for node in drawn(a=same, b=same, c=same).iter("text") if "number" in node.get("class", "")]
    heights = sorted(float(node.attrib["y"]) for node in numbers)
    assert sorted(node.text or "" for node in numbers) == ["1", "2", "3"]
    assert all(later - earlier >= 13 for earlier, later in pairwise(heights))


def test_lines_have_numbers_where_there_are_several() -> None:
    line = [("2026-01-01", "2026-01-05", "5")]
    several, alone = drawn(a=line, b=[]), drawn(a=line)
    marked = [
        [node.text for node in root.iter("text") if "number" in node.get("class", "")] for root in (several, alone)
    ]
    assert marked == [["1"], []]
    assert [root.findtext("desc") for root in (several, alone)] == ["USD, from 0; 1: a; 2: b", "USD, from 0; a"]


def test_a_strip_tells_states_by_height_too() -> None:
    across = svg.Scale(0, 100, 0, 100)
    made = svg.strip([(0, 40, "live"), (50, 60, "error"), (70, 70, "live")], across, {"live": 16, "error": 5})
    found = {path.attrib["class"]: path.attrib["d"] for path in ET.fromstring(f"<svg>{made}</svg>").iter("path")}
    assert found == {"state live": "M0 16h40v-16h-40zM70 16h2v-16h-2z", "state error": "M50 16h10v-5h-10z"}


def test_a_moment_is_given_room() -> None:
    begin, end = svg.widened(1_000_000, 1_000_000)
    assert (end - begin, (begin + end) / 2) == (2 * 86_400, 1_000_000)


def test_markup_comes_from_markup_alone() -> None:
    made = svg.tag("text", 'a<b>&"', x=1.0, text_anchor="end", class_='"><script>')
    node = ET.fromstring(made)
    assert (node.text, node.attrib) == ('a<b>&"', {"x": "1", "text-anchor": "end", "class": '"><script>'})
    assert not re.search(r"<b>|<script>", made)
