"""Parse what people paste for a model: addresses of the Hub, prefixes of other tools, `ID:PROVIDER`.

Text only; no catalog and no I/O. Imported for every answer, so it imports nothing itself.
"""

from __future__ import annotations

MAX_TEXT = 2000
"""Most characters that are read: an address with its query is longer than an id, which has at most 96."""
POLICIES = ("fastest", "cheapest", "preferred")
"""Suffixes by which the router chooses a provider itself: snippets.POLICIES, which costs too much to import here."""

_HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")
_PREFIXES = ("hf://", "hf:", "huggingface:")
# fmt: off
_NO_MODELS = frozenset({
    "datasets", "spaces", "docs", "blog", "papers", "collections", "models", "organizations", "settings", "join",
    "login", "pricing", "tasks", "learn", "posts", "chat", "enterprise", "inference", "playground", "buckets",
    "kernels",
})
# fmt: on
"""First parts of the addresses of the Hub's pages that are not about a model."""


class Pasted:
    """A typed query in its parts.

    Attributes:
        whole: The id, name or words that are left, with whatever follows a colon.
        text: The same up to the last colon.
        suffix: What follows the last colon, lower case; None where nothing does.
        provider: The provider that the form itself names, lower case; None where it names none.
        is_id: Whether it can only be an id, not words.
        foreign: Whether it is an address of something else than a model on the Hub.
    """

    __slots__ = ("foreign", "is_id", "provider", "suffix", "text", "whole")

    def __init__(self, text: str, suffix: str | None = None, provider: str | None = None) -> None:
        self.whole = text if suffix is None else f"{text}:{suffix}"
        self.text = text
        self.suffix = suffix
        self.provider = provider
        self.is_id = "/" in text
        self.foreign = False


def read(typed: str) -> Pasted:
    """Return the parts of a typed query. Nothing is looked up, so a suffix may be a provider, a policy or a tag."""
    text = " ".join(typed[:MAX_TEXT].encode(errors="replace").decode().split())  # no halves of surrogate pairs
    address = _address(text)
    if address is not None:
        return _on_the_hub(address)
    for prefix in _PREFIXES:
        if text.lower().startswith(prefix):
            text = text[len(prefix) :]
    pair = with_suffix(text)
    if pair is None:
        return Pasted(text)
    read = Pasted(*pair)
    read.whole = text
    return read


def with_suffix(text: str) -> tuple[str, str] | None:
    """Return the name and the suffix, in lower case, of `NAME:SUFFIX`; None for a name alone."""
    name, colon, suffix = text.rpartition(":")
    return (name.strip(), suffix.strip().lower()) if colon and name and "/" not in suffix else None


def without_prefix(text: str) -> Pasted | None:
    """Return the parts of LiteLLM's `huggingface/ID` or `huggingface/PROVIDER/ID`; None for another form.

    There is an owner `huggingface`, too: look for the whole id first.
    """
    pieces = text.split("/")
    if pieces[0].lower() != "huggingface" or not 2 <= len(pieces) <= 4:
        return None
    provider = pieces[1].lower() if len(pieces) == 4 else None
    return Pasted("/".join(pieces[2 if provider else 1 :]), provider=provider)


def _address(text: str) -> str | None:
    """Return an address without its scheme; None for a text that is no address."""
    scheme, mark, rest = text.partition("://")
    if mark and scheme.lower() in {"http", "https"}:
        return rest
    host = text.partition("/")[0].lower()
    return text if host in _HOSTS and "/" in text else None


def _on_the_hub(address: str) -> Pasted:
    """Return the model that a page of the Hub is about, and the provider that its query names."""
    place, _, query = address.partition("#")[0].partition("?")
    if "%" in place:
        from urllib.parse import unquote

        place = unquote(place)
    host, *path = place.split("/")
    host = host.removesuffix(":443").removesuffix(":80")
    path = [piece for piece in path if piece]
    if path[:2] == ["api", "models"]:
        path = path[2:]
    model_id, _, tag = "/".join(path[:2]).partition(":")
    pasted = Pasted(model_id, tag.lower() or None, _provider_in(query))
    pasted.is_id = True
    pasted.foreign = host.lower() not in _HOSTS or not path or path[0] in _NO_MODELS
    return pasted


def _provider_in(query: str) -> str | None:
    values = dict(pair.partition("=")[::2] for pair in query.split("&"))
    return values.get("inference_provider", "").lower() or None
