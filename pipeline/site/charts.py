"""Charts over all providers: offers by price and speed on logarithmic axes, stacked columns, bars in table cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import log10
from typing import Final, NamedTuple

from markupsafe import Markup

from pipeline.site import svg

_ROOM: Final = 1.15
"""How far the axes extend beyond the outermost points, as a factor."""
_MOST_TICKS: Final = 8
_BOX: Final = svg.Box(width=480, height=320, bottom=46)


class Dot(NamedTuple):
    """A point at positive values; `name` is its label, `place` the address it links to."""

    x: float
    y: float
    name: str
    place: str = ""


class Part(NamedTuple):
    """A part of a column: `series` is the number of its colour, 0 for all others; `told` is its label."""

    series: int
    value: int
    told: str


class Column(NamedTuple):
    """A column of stacked parts, from the bottom, and the label below it."""

    label: str
    parts: Sequence[Part]


def stacked(name: str, title: str, unit: str, columns: Sequence[Column], box: svg.Box) -> Markup:
    """Return columns of counts from 0, each part in its colour.

    Args:
        name: An id that no other drawing of the page has.
        title: What it is, in a few words.
        unit: Of the counts.
        columns: From the left, at least one.
        box: Its size.
    """
    ticks = svg.ticks(Decimal(max(sum(part.value for part in column.parts) for column in columns)))
    up = box.y(0, float(ticks[-1]))
    across = box.x(0, len(columns))
    every = -(-len(columns) // _MOST_TICKS)
    named = [(i + 0.5, column.label) for i, column in enumerate(columns) if i % every == 0]
    axes = svg.axis_y(box, up, [(float(tick), svg.label(tick)) for tick in ticks], unit) + svg.axis_x(
        box, across, named
    )
    drawn = box.plot(
        Markup().join(
            part for i, column in enumerate(columns) for part in _piled(column, across(i + 0.15), across(i + 0.85), up)
        )
    )
    description = f"{unit}, from 0, in {len(columns)} columns: {columns[0].label} to {columns[-1].label}"
    return svg.chart(box, name, title, description, axes + drawn)


def _piled(column: Column, left: float, right: float, up: svg.Scale) -> Iterator[Markup]:
    below = 0
    for series, value, told in column.parts:
        x, wide = svg.number(left), svg.number(right - left)
        bottom, top = svg.number(up(below)), svg.number(up(below + value))
        below += value
        bar = svg.tag("path", svg.tag("title", told), class_="bar hit", d=f"M{x} {bottom}h{wide}V{top}h-{wide}z")
        yield svg.tag("g", bar, class_=f"s{series}")


def scatter(name: str, title: str, units: tuple[str, str], dots: Sequence[Dot], frontier: Sequence[Dot]) -> Markup:
    """Return points on two logarithmic axes, with some of them joined by steps and numbered in their order.

    Args:
        name: An id that no other drawing of the page has.
        title: What it is, in a few words.
        units: Of x and y; the axes say that they are logarithmic.
        dots: All points, at least one.
        frontier: Those that are joined, by rising x and rising y.
    """
    across, ticks_x = _axis([dot.x for dot in dots], _BOX.left, _BOX.width - _BOX.right)
    up, ticks_y = _axis([dot.y for dot in dots], _BOX.height - _BOX.bottom, _BOX.top)
    axes = svg.axis_y(_BOX, up, ticks_y, f"{units[1]}, log scale")
    axes += svg.axis_x(_BOX, across, ticks_x, f"{units[0]}, log scale")
    cloud = "".join(f"M{svg.number(across(log10(dot.x)))} {svg.number(up(log10(dot.y)))}h0" for dot in dots)
    linked = svg.tag("g", Markup().join(_linked(dots, across, up)), class_="s1")
    drawn = [svg.tag("path", class_="points s1", d=cloud), _joined(frontier, across, up), linked]
    description = f"{len(dots)} points; numbered, from the left: " + "; ".join(dot.name for dot in frontier)
    return svg.chart(_BOX, name, title, description, axes + Markup().join(drawn))


def _linked(dots: Sequence[Dot], across: svg.Scale, up: svg.Scale) -> Iterator[Markup]:
    """Give the links of the points, from the left: each is invisible until it is pointed at."""
    for dot in sorted(dots, key=lambda dot: (dot.x, dot.y)):
        if dot.place:
            at = svg.tag("circle", cx=across(log10(dot.x)), cy=up(log10(dot.y)), r=6)
            yield svg.tag("a", svg.tag("title", dot.name) + at, class_="hit", href=dot.place)


def _axis(values: Sequence[float], start: float, end: float) -> tuple[svg.Scale, list[tuple[float, str]]]:
    """Return the scale of the values' logarithms, and its ticks with their labels."""
    low, high = min(values) / _ROOM, max(values) * _ROOM
    ticks = log_ticks(low, high)
    return svg.Scale(log10(low), log10(high), start, end), [(log10(tick), svg.label(tick)) for tick in ticks]


def log_ticks(low: float, high: float) -> list[Decimal]:
    """Return round values between two positive ones: 1, 2 and 5 times powers of ten, or only powers where many."""
    decades = range(int(log10(low)) - 1, int(log10(high)) + 2)
    ticks = [Decimal(times).scaleb(decade) for decade in decades for times in (1, 2, 5)]
    inside = [tick for tick in ticks if low <= float(tick) <= high]
    powers = [tick for tick in inside if tick.as_tuple().digits == (1,)]
    return inside if len(inside) <= _MOST_TICKS or len(powers) < 2 else powers


def _joined(frontier: Sequence[Dot], across: svg.Scale, up: svg.Scale) -> Markup:
    placed = [(across(log10(dot.x)), up(log10(dot.y))) for dot in frontier]
    steps = "".join(
        f"M{svg.number(x)} {svg.number(y)}" if i == 0 else f"H{svg.number(x)}V{svg.number(y)}"
        for i, (x, y) in enumerate(placed)
    )
    made = [svg.tag("path", class_="mark", d=steps)] if len(placed) > 1 else []
    for i, (dot, (x, y)) in enumerate(zip(frontier, placed, strict=True), 1):
        made.append(svg.tag("circle", svg.tag("title", f"{i}: {dot.name}"), class_="dot", cx=x, cy=y, r=4))
        made.append(svg.tag("text", str(i), class_="number", x=x - 5, y=y - 6, text_anchor="end"))
    return svg.tag("g", Markup().join(made), class_="s2") if made else Markup()


def meter(value: int, most: int) -> Markup:
    """Return a bar for `value` of `most`; screen readers skip it, as the number is next to it."""
    wide = 100 * value / most if most else 0.0
    bar = svg.tag("path", d=f"M0 0H{svg.number(wide)}V10H0z")
    return svg.tag("svg", bar, class_="meter", viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true")
