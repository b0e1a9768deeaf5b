"""Make untrusted strings safe to print and to store."""

from __future__ import annotations

from hf_providers.text import clean as printable


def clean(text: str, limit: int = 500) -> str:
    """Return the text without invisible characters, cut at `limit` characters."""
    text = printable(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_all(texts: list[str], limit: int = 500) -> list[str]:
    """Return the texts, each made safe; the list itself if all of them already are, as nearly always."""
    if "".join(texts).isprintable() and max(map(len, texts), default=0) <= limit:
        return texts
    return [clean(text, limit) for text in texts]
