"""Tables as text: aligned columns for a terminal or a pipe, Markdown, CSV. Standard library only.

A column gives way when the terminal is narrow: first those that may be cut are cut, then the least important ones are
left out. Ids and prices may not be cut: where they are still too wide, the widest gets a line of its own.
"""

from __future__ import annotations

from hf_providers.text import cell, fit, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 2
_ESCAPED = {ord(c): f"\\{c}" for c in "\\|`*[]<>~"}


class Column:
    """How one column is shown.

    Attributes:
        title: Its heading, with the unit.
        right: Whether it is aligned right, as numbers are.
        least: The width to which it may be cut; 0 is never.
        spare: How easily it is left out: 0 never, then the highest first.
    """

    __slots__ = ("least", "right", "spare", "title")

    def __init__(self, title: str, *, right: bool = False, least: int = 0, spare: int = 0) -> None:
        self.title = title
        self.right = right
        self.least = least
        self.spare = spare


def layout(columns: Sequence[Column], rows: Sequence[Sequence[str]], cells: int) -> dict[int, int]:
    """Return the width of each column that is shown, by its place, so that a line takes at most `cells`."""
    wanted = {
        i: max(width(column.title), *(width(row[i]) for row in rows)) if rows else width(column.title)
        for i, column in enumerate(columns)
    }
    # A column that may be cut gets a line at most: shortening an enormous cell would take a million steps.
    wanted |= {i: min(wanted[i], max(cells, column.least)) for i, column in enumerate(columns) if column.least}
    while (over := sum(wanted.values()) + GAP * (len(wanted) - 1) - cells) > 0:
        room = {i: wanted[i] - columns[i].least for i in wanted if 0 < columns[i].least < wanted[i]}
        spare = max(wanted, key=lambda i: columns[i].spare)
        if sum(room.values()) >= over or (room and not columns[spare].spare):
            first, second = [*sorted(room.values(), reverse=True), 0][:2]
            wanted[max(room, key=room.__getitem__)] -= min(over, max(1, first - second))
        elif columns[spare].spare:
            del wanted[spare]
        else:
            break
    return wanted


def lines(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], cells: int, indent: int = 0
) -> tuple[str, list[str]]:
    """Return the heading and each row of a table that is at most `cells` wide, but for what may not be cut.

    A row, and the heading with it, is two lines where its widest cell has one of its own.
    """
    widths = layout(columns, rows, cells - indent)
    titles = [column.title for column in columns]
    alone = len(widths) == 1 and not any(columns[i].least for i in widths)
    if alone or sum(widths.values()) + GAP * (len(widths) - 1) <= cells - indent:
        return _line(titles, columns, widths, indent), [_line(row, columns, widths, indent) for row in rows]
    own = max((i for i in widths if not columns[i].least), key=widths.__getitem__, default=None)
    if own is None:  # all of them may be cut
        cut = [fit(_line(row, columns, widths, indent), cells) for row in (titles, *rows)]
        return cut[0], cut[1:]
    rest = [i for i in range(len(columns)) if i != own]
    others = [[row[i] for i in rest] for row in rows]
    heading, body = lines([columns[i] for i in rest], others, cells, indent + GAP)
    above = " " * indent
    return (
        f"{above}{titles[own]}\n{heading}",
        [f"{above}{row[own]}\n{line}" for row, line in zip(rows, body, strict=True)],
    )


def _line(row: Sequence[str], columns: Sequence[Column], widths: dict[int, int], indent: int) -> str:
    parts = [cell(row[i], cells, right=columns[i].right) for i, cells in widths.items()]
    return " " * indent + (" " * GAP).join(parts).rstrip()


def markdown(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table; what Markdown or HTML would read as markup is escaped."""
    head = "| " + " | ".join(column.title for column in columns) + " |"
    rule = "|" + "|".join(" ---: " if column.right else " --- " for column in columns) + "|"
    body = ["| " + " | ".join(cell.translate(_ESCAPED) for cell in row) + " |" for row in rows]
    return [head, rule, *body]
