"""The picture that other sites show with a link to a page: a PNG of the site's name, a heading and some facts.

The fonts come with the project and are named by file: resvg silently draws nothing in a family that it does not find.
Without resvg a site has no such pictures, and its pages name none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from hf_providers.text import clean

DRAWN: Final = find_spec("resvg_py") is not None
"""Whether pictures can be made here."""
WIDTH: Final = 1200
HEIGHT: Final = 630
FONTS: Final = tuple(
    str(Path(__file__).parents[2] / "site" / "fonts" / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
)
FAMILY: Final = "DejaVu Sans"
_LINE: Final = 25
"""Most characters of a heading's line."""
_LINES: Final = 3
_FOREIGN: Final = re.compile(r"[^\x20-\x7e\xa0-\u017f\u2010-\u2015\u2018-\u201d\u2022\u2026\u2192]")
"""Characters that the fonts do not have."""


def png(heading: str, facts: Sequence[str], date: str) -> bytes:
    """Return a preview.

    Args:
        heading: The page's subject; cut if it is too long.
        facts: The lines below it.
        date: The day of the facts.
    """
    import resvg_py

    lines = _lines(heading)
    top = 250 - 36 * (len(lines) - 1)
    drawn = [_text(line, 0, top + 84 * i, 68, "#191c21", bold=True) for i, line in enumerate(lines)]
    below = top + 84 * len(lines)
    drawn += [_text(fact, 0, below + 52 * i, 36, "#565d69") for i, fact in enumerate(facts)]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/><rect width="20" height="{HEIGHT}" fill="#0b57b5"/>'
        '<rect x="80" y="64" width="56" height="56" rx="12" fill="#0b57b5"/>'
        '<path fill="#fff" d="M94 78h28v7H94zM94 88.500h19v7H94zM94 99h10v7H94z"/>'
        f"{_text('hf-providers', 156, 105, 38, '#191c21', bold=True)}"
        f'<svg x="80" width="{WIDTH - 140}" height="{HEIGHT}">{"".join(drawn)}</svg>'
        f"{_text(f'Facts of {date}', 80, 570, 28, '#565d69')}</svg>"
    )
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=list(FONTS)))


def _text(text: str, x: int, y: int, size: int, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    content = escape(_FOREIGN.sub("\ufffd", clean(text)))
    return f'<text x="{x}" y="{y}" font-family="{FAMILY}" font-size="{size}" fill="{colour}"{weight}>{content}</text>'


def _lines(heading: str) -> list[str]:
    """Return a heading in lines that fit, broken at spaces if possible; the rest becomes an ellipsis."""
    lines = [""]
    for word in clean(heading).split():
        whole = f"{lines[-1]} {word}".strip()
        if len(whole) <= _LINE:
            lines[-1] = whole
            continue
        pieces = [word[i : i + _LINE] for i in range(0, len(word), _LINE)]
        lines += pieces if lines[-1] else []
        lines = lines if lines[0] else pieces
    return lines if len(lines) <= _LINES else [*lines[: _LINES - 1], f"{lines[_LINES - 1][: _LINE - 1]}…"]
