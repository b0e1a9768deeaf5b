"""Find the props of an element in a page, in one pass over it.

The standard library's HTML parser scans all the rest again for each tag that does not end: 60 kB of such tags took it
more than a minute. Here a tag that does not end includes all the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

_MARKUP: Final = re.compile(
    r"<!--(?:.*?-->|.*+)"
    r"|<[!?/][^>]*+"
    r"|<(?P<name>[A-Za-z][^\s/>]*+)(?P<attributes>(?:[^\"'>]++|\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))*+)",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(
    r"(?<![^\s\"'/])(?P<name>[^\s\"'>/=]++)\s*+=\s*+"
    r"(?:\"(?P<double>[^\"]*+)(?:\"|\Z)|'(?P<single>[^']*+)(?:'|\Z)|(?P<bare>[^\s\"'>]++))"
)
_RAW: Final = {
    name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title", "noscript")
}
"""Elements whose content is always text."""


def values(page: str, attribute: str) -> Iterator[str]:
    """Yield the values of an attribute, in the order of the page; values that cannot be decoded are left out."""
    place = 0
    while found := _MARKUP.search(page, place):
        place = found.end()
        if attribute in (found["attributes"] or ""):
            yield from _of_tag(found["attributes"], attribute)
        if end := _RAW.get((found["name"] or "").lower()):
            closing = end.search(page, place)
            place = closing.end() if closing else len(page)


def _of_tag(text: str, attribute: str) -> Iterator[str]:
    for found in _ATTRIBUTE.finditer(text):
        if found["name"] == attribute:
            try:
                yield unescape(found["double"] or found["single"] or found["bare"] or "")
            except ValueError:  # a numeric reference of thousands of digits
                continue
