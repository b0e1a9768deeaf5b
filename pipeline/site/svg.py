"""Charts as SVG: scales, round ticks, axes with their units, lines that step, strips of states.

Everything is drawn with attributes and classes of the stylesheet, so the Content-Security-Policy holds and both themes
are readable. Positions are floats; axes are labelled from decimals, so labels have no rounding errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Final, NamedTuple

from markupsafe import Markup, escape

DAY_S: Final = 86_400
JOINED: Final = 1.5
"""A gap narrower than this many units is not drawn: nobody would see it."""
_DOTTED: Final = 4
"""A line shorter than this gets a dot, so that a single observation is visible."""
_MARGIN: Final = 52
"""The room at the left of a fluid drawing, as the stylesheet has it."""
_DAYS: Final = (1, 2, 4, 7, 14)
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120, 240)


def tag(name: str, content: str = "", **attributes: object) -> Markup:
    """Return an element; `content` is escaped unless it is Markup, `class_` is class, and `_` in a name is `-`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(value) if isinstance(value, float) else value)}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{escape(content)}</{name}>" if content else f"<{name}{written}/>")  # noqa: S704 - escaped


def number(value: float) -> str:
    """Return a coordinate with at most one decimal: 12.5, 3, 0."""
    return f"{round(value, 1) + 0:.1f}".removesuffix(".0")  # + 0 makes 0 of -0


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from values between `low` and `high` to positions between `start` and `end`.

    `low` must be less than `high`.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the position of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Box:
    """A drawing's size, and the margins around the plot for labels, in the drawing's units.

    A `fluid` drawing is as wide as its page and always as high as it is told to be: what is plotted stretches, and
    texts and dots stay as they are. The stylesheet has the room at its sides, so `left` and `right` are 0.
    """

    width: int = 480
    height: int = 220
    left: int = 52
    right: int = 24
    top: int = 32
    bottom: int = 28
    fluid: bool = False

    def at(self, x: float) -> float | str:
        """Return where a text or a dot stands: in a fluid drawing, a share of its width."""
        return f"{number(100 * x / self.width)}%" if self.fluid else x

    def plot(self, paths: Markup) -> Markup:
        """Return paths so that they stretch with a fluid drawing; those of another as they are."""
        size = {"viewBox": f"0 0 {self.width} {self.height}", "preserveAspectRatio": "none"}
        return tag("svg", paths, role="presentation", **size) if self.fluid and paths else paths

    def x(self, low: float, high: float) -> Scale:
        """Return the scale from left to right."""
        return Scale(low, high, self.left, self.width - self.right)

    def y(self, low: float, high: float) -> Scale:
        """Return the scale from the bottom up."""
        return Scale(low, high, self.height - self.bottom, self.top)


def ticks(high: Decimal, most: int = 5) -> list[Decimal]:
    """Return round values from 0 to the first that is not below `high`: steps of 1, 2 or 5 times a power of ten.

    Args:
        high: The highest value shown, not negative.
        most: The approximate maximum of steps.
    """
    if high <= 0:
        return [Decimal(0), Decimal(1)]
    step = Decimal(1).scaleb((high / most).adjusted())
    step *= next(times for times in (1, 2, 5, 10) if step * times * most >= high)
    count = int((high / step).to_integral_value(ROUND_CEILING))
    return [step * i for i in range(count + 1)]


def label(value: Decimal) -> str:
    """Return a tick's value as plain text: 0.25, 20, 1,000."""
    return f"{value.normalize():,f}"


def days(begin: float, end: float, most: int = 4) -> list[tuple[float, str]]:
    """Return moments of a span at the starts of days or months in UTC, with their ISO label, at most about `most`.

    Args:
        begin: Seconds since the epoch.
        end: The same, later.
        most: The approximate maximum of labels.
    """
    span = (end - begin) / DAY_S
    step = next((step for step in _DAYS if span / step <= most - 1), None)
    if step is not None:
        first = datetime.fromtimestamp(begin, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        candidates = (first + timedelta(days=step * i) for i in range(most + 1))
        return [(day.timestamp(), f"{day:%Y-%m-%d}") for day in candidates if begin <= day.timestamp() <= end]
    months = next((count for count in _MONTHS if span / (count * 30.4) <= most), _MONTHS[-1])
    return [(moment, text) for moment, text in _months(begin, end, months) if begin <= moment]


def _months(begin: float, end: float, step: int) -> Iterator[tuple[float, str]]:
    first = datetime.fromtimestamp(begin, UTC)
    month = (first.year * 12 + first.month - 1) // step * step
    while (moment := datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()) <= end:
        yield moment, f"{month // 12:04d}-{month % 12 + 1:02d}"
        month += step


def axis_y(box: Box, scale: Scale, values: Iterable[tuple[float, str]], unit: str) -> Markup:
    """Return labelled lines across the plot, and the unit above them."""
    placed = [(scale(value), text) for value, text in values]
    lines = "".join(f"M{box.left} {number(at)}H{box.width - box.right}" for at, _ in placed)
    labels = Markup().join(tag("text", text, x=box.left - 6, y=at + 4) for at, text in placed)
    named = tag("text", unit, x=-_MARGIN if box.fluid else 0, y=box.top - 17)
    return named + box.plot(tag("path", class_="axis", d=lines)) + tag("g", labels, text_anchor="end")


def axis_x(box: Box, scale: Scale, values: Iterable[tuple[float, str]], unit: str = "") -> Markup:
    """Return labelled ticks below the plot, and the unit at their end; days need none."""
    floor = box.height - box.bottom
    placed = [(scale(value), text) for value, text in values]
    ticks = "".join(f"M{number(at)} {floor}v4" for at, _ in placed)
    axis = box.plot(tag("path", class_="axis", d=f"M{box.left} {floor}H{box.width - box.right}{ticks}"))
    labels = []
    for at, text in placed:
        anchor = "start" if at < box.left + 20 else "end" if at > box.width - box.right - 20 else "middle"
        labels.append(tag("text", text, x=box.at(at), y=floor + 18, text_anchor=anchor))
    if unit:
        labels.append(tag("text", unit, x=box.at(box.width - box.right), y=floor + 34, text_anchor="end"))
    return axis + tag("g", Markup().join(labels), class_="times")


def chart(box: Box, name: str, title: str, description: str, content: Markup) -> Markup:
    """Return a drawing as an image with a title and a description.

    Args:
        box: Its size.
        name: An id that no other drawing of the page has.
        title: What it is, in a few words.
        description: What it shows, for readers who cannot see it.
        content: The elements of the drawing.
    """
    texts = tag("title", title, id=f"{name}-title") + tag("desc", description, id=f"{name}-desc")
    return tag(
        "svg",
        texts + content,
        **({"class_": "chart fluid"} if box.fluid else {"class_": "chart", "viewBox": f"0 0 {box.width} {box.height}"}),
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        **({"height": box.height} if box.fluid else {}),
    )


class Held(NamedTuple):
    """A value that held from `begin` to `end`, in seconds since the epoch; it was observed at both ends.

    `told` is the label shown to a reader who points at it; empty for none.
    """

    begin: float
    end: float
    value: Decimal
    told: str = ""


def step_chart(
    name: str,
    title: str,
    unit: str,
    series: Mapping[str, Sequence[Held]],
    span: tuple[float, float],
    box: Box | None = None,
) -> Markup:
    """Return a chart of values that held for some time, a line for each series: from 0, broken where none held.

    Args:
        name: An id that no other drawing of the page has.
        title: What it is, in a few words.
        unit: Of the values.
        series: The values by name, in order of time; coloured in this order, and numbered if there are several.
        span: The time axis in seconds since the epoch; extended if it is shorter than two days.
        box: Its size.
    """
    box = box or Box()
    begin, end = widened(*span)
    shown = ticks(max((held.value for line in series.values() for held in line), default=Decimal(0)))
    across, up = box.x(begin, end), box.y(0, float(shown[-1]))
    lines = [_stepped(i, line, across, up, box) for i, line in enumerate(series.values(), 1)]
    axes = axis_y(box, up, [(float(value), label(value)) for value in shown], unit) + axis_x(
        box, across, days(begin, end, 6 if box.fluid else 4)
    )
    ends = [(up(float(line[-1].value)), across(line[-1].end), i) for i, line in enumerate(series.values(), 1) if line]
    numbered = len(series) > 1
    legend = "; ".join(f"{i}: {who}" if numbered else who for i, who in enumerate(series, 1))
    numbers = _numbers(ends, box) if numbered else ()
    return chart(box, name, title, f"{unit}, from 0; {legend}", Markup().join([axes, *lines, *numbers]))


def widened(begin: float, end: float) -> tuple[float, float]:
    """Return a span extended to at least two days."""
    short = max(0.0, 2 * DAY_S - (end - begin)) / 2
    return begin - short, end + short


def _stepped(i: int, line: Sequence[Held], across: Scale, up: Scale, box: Box) -> Markup:
    """Return one series: a path with a step where one value directly follows another, and dots for single sightings."""
    path, dots, hits, until = "", [], [], None
    for held in line:
        x, to, y = across(held.begin), across(held.end), up(float(held.value))
        joined = until is not None and x - until <= JOINED
        path += f"H{number(x)}V{number(y)}H{number(to)}" if joined else f"M{number(x)} {number(y)}H{number(to)}"
        if to - x < _DOTTED and not joined:
            dots.append(tag("circle", class_="dot", cx=box.at(to), cy=y, r=3))
        if held.told:
            hits.append(hit(f"M{number(x)} {number(y)}H{number(max(to, x + 1))}", held.told))
        until = to
    drawn = box.plot(tag("path", class_="mark", d=path)) + Markup().join(dots) + box.plot(Markup().join(hits))
    return tag("g", drawn, class_=f"s{i}") if path else Markup()


def hit(path: str, told: str) -> Markup:
    """Return an invisible area with a label, which the browser or a script shows to a reader who points at it."""
    return tag("path", tag("title", told), class_="hit", d=path)


def _numbers(ends: Iterable[tuple[float, float, int]], box: Box, apart: float = 13) -> Iterator[Markup]:
    """Give each line's number at its end, moved up where two would overlap."""
    drawn: list[tuple[float, float]] = []
    reach = 3 * apart if box.fluid else apart  # on the narrowest page a unit is a third of a pixel
    for y, x, i in sorted(ends, reverse=True):
        at = y + 4
        while any(abs(at - other) < apart and abs(x - near) < reach for other, near in drawn):
            at -= 1
        drawn.append((at, x))
        beside = {"x": box.at(x), "dx": 6} if box.fluid else {"x": min(x + 6, box.width - 8)}
        yield tag("text", str(i), class_=f"number s{i}", **beside, y=at)


def strip(
    runs: Iterable[tuple[float, float, str]], across: Scale, height: Mapping[str, int], whole: int = 16
) -> Markup:
    """Return bars of states over time: each state has its height and its class.

    Args:
        runs: Begin, end and state of each; drawn at least two units wide.
        across: The scale from seconds to positions.
        height: The height of each state's bar.
        whole: The height of the strip.
    """
    paths: dict[str, str] = {}
    for begin, end, state in runs:
        wide = max(across(end) - across(begin), 2.0)
        x = min(across(begin), across.end - wide)
        paths[state] = paths.get(state, "") + f"M{number(x)} {whole}h{number(wide)}v-{height[state]}h-{number(wide)}z"
    return Markup().join(tag("path", class_=f"state {state}", d=path) for state, path in sorted(paths.items()))
