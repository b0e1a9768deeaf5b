"""Take the token out of what a server sends, before anything reads, cuts, prints or keeps it."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import httpx

MARK: Final = "[token]"
_LEAST: Final = 8
"""What is shorter is no token of anybody's, and could be part of any word."""


def redact(text: str, token: str | None) -> str:
    """Return the text without the token, as it is or as an address has it."""
    if not token or len(token) < _LEAST:
        return text
    return text.replace(token, MARK).replace(quote(token, safe=""), MARK)


def redact_bytes(body: bytes, token: str | None) -> bytes:
    """Return a body without the token, as it is or as an address has it."""
    if not token or len(token) < _LEAST:
        return body
    mark = MARK.encode()
    return body.replace(token.encode(), mark).replace(quote(token, safe="").encode(), mark)


def redact_headers(headers: httpx.Headers, token: str | None) -> httpx.Headers:
    """Return the headers without the token."""
    return httpx.Headers([(name, redact_bytes(value, token)) for name, value in headers.raw])
