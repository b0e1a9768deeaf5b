"""Remove the token from a server's answer, before anything reads, cuts, prints or stores it.

In any letter case: names of hosts, headers and encodings are lowercased on the way.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

import httpx

MARK: Final = "[token]"
_LEAST: Final = 8
"""Shorter texts are no tokens, and could be part of any word."""


def redact(text: str, token: str | None) -> str:
    """Return the text without the token, plain or percent-encoded."""
    if not token or len(token) < _LEAST:
        return text
    return redact_bytes(text.encode("utf-8", "surrogatepass"), token).decode("utf-8", "surrogatepass")


def redact_bytes(body: bytes, token: str | None) -> bytes:
    """Return a body without the token, plain or percent-encoded."""
    if not token or len(token) < _LEAST:
        return body
    small = body.lower()  # this check is ten times as fast as the pattern
    return _pattern(token).sub(MARK.encode(), body) if any(form in small for form in _forms(token)) else body


def redact_headers(headers: httpx.Headers, token: str | None) -> httpx.Headers:
    """Return the headers without the token, in their names too."""
    return httpx.Headers([(redact_bytes(name, token), redact_bytes(value, token)) for name, value in headers.raw])


def _forms(token: str) -> tuple[bytes, bytes]:
    return token.lower().encode(), quote(token, safe="").lower().encode()


@lru_cache(maxsize=4)
def _pattern(token: str) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, _forms(token))), re.IGNORECASE)
