"""Recognise words typed in place of a model: a provider's name, or a misspelt command."""

from __future__ import annotations

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.exits import NOTHING_FOUND, Stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.exact import Matches

LONG = 7
"""The length from which two letters of a word may be wrong."""


def refuse(opened: Catalog, query: str, matches: Matches) -> None:
    """Refuse a provider's name, and a near miss of a command or a provider that matches no model.

    Raises:
        Stop: it is one of them; the hint is what to type.
    """
    if "/" in query:
        return
    provider = _provider(opened, query)
    if provider:
        hint = f"its offers: hfp providers {provider}; models by name: hfp models {query}"
        raise Stop(NOTHING_FOUND, f"{provider} is a provider", hint)
    if matches.matched_by in {"typo", "nearest"} or not matches.clear:
        _refuse_command(query)
    if matches.matched_by == "nearest":
        _refuse_near_provider(opened, query)


def _provider(opened: Catalog, word: str) -> str | None:
    """Return the provider with this id or name, in any case; `fireworks` is fireworks-ai."""
    for row in opened.query("SELECT provider, name FROM providers"):
        if word.lower() in {name.lower() for one in row if one for name in (one, one.removesuffix("-ai"))}:
            return str(row[0])
    return None


def _refuse_command(query: str) -> None:
    first, *rest = query.split()
    near = _near(first, COMMANDS)
    if near:
        hint = f"did you mean: hfp {' '.join([near, *rest])[:100]}"
        raise Stop(NOTHING_FOUND, f"{first[:60]} is neither a command nor a model", hint)


def _refuse_near_provider(opened: Catalog, query: str) -> None:
    near = _near(query, [provider for (provider,) in opened.query("SELECT provider FROM providers")])
    if near:
        raise Stop(NOTHING_FOUND, f"no model like {query[:100]!r}", f"a provider: hfp providers {near}")


def _near(word: str, names: Iterable[str]) -> str | None:
    """Return the name within one wrong letter, or two in a long word. Avoids difflib, whose import is slow."""
    from hf_providers.catalog.misspelt import distance

    limit = 1 if len(word) < LONG else 2
    near = (name for name in names if distance(word.lower(), name, limit) <= limit)
    return next(near, None) if len(word) > limit + 1 else None
