"""From an exact name to a model: its id, its name, a known other name, a provider's own id of it. Nothing is guessed.

`exact` is what everything that prices asks. Every answer imports this, so it imports little.
"""

from __future__ import annotations

from hf_providers.catalog import aliases, pasted
from hf_providers.catalog.names import same_name, squash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import ModelRow, ProviderRow

    MatchedBy = Literal["id", "name", "words", "typo", "alias", "nearest"]

MAX_ID = 500
"""Characters of the longest id: a provider's own may be that long, one of the Hub's has at most 96."""

NAME_KEY = "replace(replace(replace(lower(name), '-', ''), '_', ''), '.', '')"
"""The name without separators, in SQL: the expression that the catalog's index is made of."""


class Matches:
    """What a query found, best first; empty where not even a similar name exists.

    Attributes:
        model_ids: The models found; for `nearest` those of similar names, which are no answer.
        matched_by: id, name, words, typo (found as it is probably spelt), alias (by another name than its own), or
            nearest (nothing found).
        clear: Whether the first is the one meant; else the choice is the reader's.
        total: Where it is the reader's, how many models fit, of which `model_ids` may be the first; counted up to
            `search.COUNTED`.
        words: Which words occur in all of these, spelt rightly; none where no words of a query were found.
        read_as: What was typed otherwise than it is spelt, and what it was read as.
        listed: Whether a provider lists them; else they are known from the histories alone.
    """

    __slots__ = ("clear", "listed", "matched_by", "model_ids", "read_as", "total", "words")

    def __init__(self, model_ids: list[str], matched_by: MatchedBy, clear: bool, total: int | None = None) -> None:
        self.model_ids = model_ids
        self.matched_by = matched_by
        self.clear = clear
        self.total = len(model_ids) if total is None else total
        self.words: list[str] = []
        self.read_as: list[tuple[str, str]] = []
        self.listed = True


def exact(catalog: Catalog, text: str, provider: str | None = None) -> Matches | None:
    """Return the models that a text names exactly; None where it names none.

    An id (letter case and a known renaming aside), else the name of an id, else a known other name, else a provider's
    own id; of models that no provider lists any more, too (`Matches.listed`). Prefixes and addresses are understood,
    a `:provider` is not: take it off before. Where several models have the name, or a provider serves them by one own
    id, all are returned, and none is clear.

    Args:
        catalog: The snapshot.
        text: What was typed, or stands in a log.
        provider: Who serves it, where that is known: its own ids are then looked up whatever they look like.
    """
    read = pasted.read(text)
    if read.foreign or not 0 < len(read.whole) <= MAX_ID:
        return None
    provider = provider or read.provider
    found = _exact(catalog, read.whole, provider)
    inner = None if found else pasted.without_prefix(read.whole)
    if inner:
        return _exact(catalog, inner.text, provider or inner.provider)
    return found


def _exact(catalog: Catalog, text: str, provider: str | None) -> Matches | None:
    if catalog.query("SELECT 1 FROM models WHERE model_id = ?", (text,)):
        return Matches([text], "id", True)
    found = _by_id(catalog, text) if "/" in text else _by_name(catalog, text)
    return found or (None if " " in text else _by_own_id(catalog, text, provider))


def _by_id(catalog: Catalog, text: str) -> Matches | None:
    """Return the model of an id, listed or not, by what the owner is called now where it is not found otherwise."""
    now = aliases.renamed(text)
    for listed in (True, False):
        if not listed and text in former_ids(catalog):
            return _one([text], "id", text, listed)
        for name in filter(None, (text, now)):
            ids = [one for one in _named(catalog, name, listed) if one.lower() == name.lower()]
            if ids:
                return _one(ids, "id" if name == text else "alias", text, listed)
    return None


def _by_name(catalog: Catalog, text: str) -> Matches | None:
    """Return the models of a name, listed or not, or the one that a short name means."""
    meant = aliases.NAMES.get(" ".join(text.lower().replace("-", " ").split()))
    for listed in (True, False):
        ids = [one for one in _named(catalog, text, listed) if _name(one).lower() == text.lower()]
        matched_by: MatchedBy = "name" if ids else "alias"
        if not ids and meant:
            ids = [one for one in _named(catalog, meant, listed) if one == meant]
        if ids:
            found = _one(ids, matched_by, text, listed)
            found.read_as = []  # the id that is shown says it
            return found
    return None


def _one(ids: list[str], matched_by: MatchedBy, text: str, listed: bool) -> Matches:
    found = Matches(ids, matched_by, len(ids) == 1)
    found.listed = listed
    found.read_as = [(text, ids[0])] if len(ids) == 1 and ids[0] != text else []
    return found


def _named(catalog: Catalog, text: str, listed: bool) -> Iterable[str]:
    """Return the models whose name differs from that of an id or name in case and separators at most."""
    name = _name(text)
    if listed:
        key = squash(name).replace(".", "")
        some = f"SELECT model_id FROM models WHERE {NAME_KEY} = ? ORDER BY rowid LIMIT 50"  # noqa: S608 - ours
        rows = catalog.query(some, (key,))
        return [one for (one,) in rows if same_name(_name(one), name)]
    return [one for one in former_ids(catalog) if _name(one).lower() == name.lower()]


def _name(model_id: str) -> str:
    return model_id.rpartition("/")[2]


def _by_own_id(catalog: Catalog, text: str, provider: str | None) -> Matches | None:
    """Return the models that a provider calls so, letter by letter.

    What looks like an id of an owner of the Hub is taken for one: novita's `qwen/qwen3-32b-fp8` is Qwen3-32B, the
    Hub's Qwen/Qwen3-32B-FP8 is another model. With the provider's name beside it, it is the provider's.
    """
    ids = list(dict.fromkeys(one for who, one in own_ids(catalog, text) if provider in (None, who)))
    if not ids or (provider is None and may_be_an_id(catalog, text)):
        return None
    return _one(ids, "alias", text, listed=True)


def own_ids(catalog: Catalog, text: str) -> list[tuple[str, str]]:
    """Return each provider that has an own id of this text, and the model that it serves by it, the most used first."""
    return catalog.query(
        "SELECT o.provider, o.model_id FROM offers o JOIN models m ON m.model_id = o.model_id"
        " WHERE o.provider_model_id = ? ORDER BY m.rowid, o.provider",
        (text,),
    )


def may_be_an_id(catalog: Catalog, text: str) -> bool:
    """Return whether a text looks like an id of the Hub, of an owner that the snapshot has models of."""
    owner, slash, name = text.partition("/")
    if not slash or "/" in name or ":" in name:
        return False
    return bool(catalog.query("SELECT 1 FROM models WHERE author = ? COLLATE NOCASE LIMIT 1", (owner,)))


FORMER = """SELECT model_id, max(last_observed_at) AS last_observed_at FROM (
    SELECT model_id, last_observed_at FROM price_history
    UNION ALL SELECT model_id, last_observed_at FROM status_history)
WHERE model_id NOT IN (SELECT model_id FROM models) GROUP BY model_id"""
"""The models that only the histories know, in SQL: the catalog's table `former` is made of it."""


def former_ids(catalog: Catalog) -> list[str]:
    """Return the models that only the histories know: no provider lists them any more. The last seen come first."""
    held = "SELECT name FROM sqlite_schema WHERE name IN ('former', 'price_history', 'status_history')"
    tables = {name for (name,) in catalog.query(held)}
    if not tables >= {"price_history", "status_history"}:
        return []
    source = "former" if "former" in tables else f"({FORMER})"  # an older catalog has no such table
    rows = catalog.query(f"SELECT model_id FROM {source} ORDER BY last_observed_at DESC, model_id")  # noqa: S608 - ours
    return [model_id for (model_id,) in rows]


def last_served(catalog: Catalog, model_id: str) -> str | None:
    """Return in words when a model was last seen to be served, and by whom; None where its histories are empty."""
    every = catalog.status_history(model_id)
    live = [row for row in every if row["status"] == "live"]
    rows = live or every or catalog.price_history(model_id)
    if not rows:
        return None
    day = max(row["last_observed_at"] for row in rows)[:10]
    whom = sorted({row["provider"] for row in rows if row["last_observed_at"][:10] == day})
    return f"last {'served' if live else 'listed'} {day} by {', '.join(whom)}"


def bare_model(model_id: str) -> ModelRow:
    """Return a row of the `models` table for a model of which the catalog has none: its id, and nothing else."""
    from hf_providers.catalog.schema import MODELS

    author, _, name = model_id.rpartition("/")
    bare: Any = dict.fromkeys(MODELS.column_names) | {"model_id": model_id, "author": author, "name": name}
    row: ModelRow = bare  # by the names of schema.py, which its type is held equal to
    return row


def bare_provider(provider: str) -> ProviderRow:
    """Return a row of the `providers` table for a provider of which the catalog has none: its id, and nothing else."""
    from hf_providers.catalog.schema import PROVIDERS

    bare: Any = dict.fromkeys(PROVIDERS.column_names) | {"provider": provider}
    row: ProviderRow = bare
    return row
