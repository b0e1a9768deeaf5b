"""Paths in the site: from untrusted names to safe file names that need no escaping in a URL.

Letters, digits, `-`, `_` and inner dots stay; every other byte is `~` and two hex digits, so no name needs escaping in
a URL, none is `.` or `..`, and two names never share a file. A long name ends in a hash of the whole. None ends like a
file of the site itself, so that no author's folder takes the path of another model's page or JSON.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from hf_providers.rules.tasks import CHAT_TASK

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_LONGEST: Final = 120
"""Most characters of a file name; file systems allow 255 bytes, archives fewer."""


def segment(name: str) -> str:
    """Return the file name for one part of a name."""
    escaped = "".join(map(_escaped, name))
    if escaped.startswith("."):
        escaped = "~2E" + escaped[1:]
    if escaped.endswith((".html", ".json")):
        escaped = f"{escaped[:-5]}~2E{escaped[-4:]}"
    if len(escaped) > _LONGEST:
        escaped = f"{escaped[:_LONGEST]}~~{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    return escaped or "~"


def _escaped(character: str) -> str:
    if character in _PLAIN:
        return character
    return "".join(f"~{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _parts(model_id: str) -> str:
    author, slash, name = model_id.partition("/")
    return f"{segment(author)}/{segment(name)}" if slash else segment(model_id)


def model(model_id: str) -> str:
    """Return the address of a model's page, relative to the site's root."""
    return f"models/{_parts(model_id)}/"


def anchor(model_id: str) -> str:
    """Return the anchor of a model's line on a page that lists several; it differs from all of the page's own."""
    return f"line/{_parts(model_id)}"


def offer(provider_id: str, task: str) -> str:
    """Return the anchor of an offer's row on its model's page."""
    return f"offer/{segment(provider_id)}{offer_task(task)}"


def offer_task(task: str) -> str:
    """Return the end of an offer's anchor, after the provider: empty for chat."""
    return "" if task == CHAT_TASK else f"/{segment(task)}"


def part(folder: str, number: int) -> str:
    """Return the address of a list's page of this number, counted from 0, relative to the site's root."""
    return f"{folder}/{number + 1}/" if number else f"{folder}/"


def provider(provider_id: str) -> str:
    """Return the address of a provider's page, relative to the site's root."""
    return f"providers/{segment(provider_id)}/"


def model_json(model_id: str) -> str:
    """Return the address of a model's answer as JSON, relative to the site's root."""
    return f"api/v1/models/{_parts(model_id)}.json"


def cheapest_json(model_id: str) -> str:
    """Return the address of a model's cheapest price over time as JSON, relative to the site's root."""
    return f"api/v1/cheapest/{_parts(model_id)}.json"


def uptime_json(provider_id: str) -> str:
    """Return the address of the uptime of a provider's routes as JSON, relative to the site's root."""
    return f"api/v1/uptime/{segment(provider_id)}.json"


def provider_json(provider_id: str) -> str:
    """Return the address of a provider's facts as JSON, relative to the site's root."""
    return f"api/v1/providers/{segment(provider_id)}.json"
