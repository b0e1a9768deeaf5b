"""Provider marks: two letters and a colour, made from the id. No third party's logo is copied."""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

COLOURS: Final = 24
"""Classes p0 to p23 of the stylesheet: hues, 15 degrees apart."""
_SEED: Final = 229
"""A seed with which few of today's providers share a colour."""


def letters(provider: str) -> str:
    """Return the mark's letters: the first of the first two words, or the first two of the only one."""
    words = re.findall(r"[a-z0-9]+", provider.lower())
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]) if words else "?"


def colour(provider: str) -> int:
    """Return the number of the mark's colour."""
    return crc32(f"{_SEED} {provider}".encode("utf-8", "surrogatepass")) % COLOURS
