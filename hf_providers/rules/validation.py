"""Refuse arguments that cannot exist: unknown providers, statuses, readiness and tasks."""

from __future__ import annotations

from hf_providers.catalog.database import Catalog
from hf_providers.catalog.pasted import with_suffix
from hf_providers.catalog.schema import READINESS, STATUSES
from hf_providers.errors import UnknownProvider
from hf_providers.rules.tasks import GROUPS, KNOWN, tasks_of
from hf_providers.snippets import POLICIES


def refuse_no_provider(name: object, catalog: Catalog) -> None:
    """Refuse a provider that the snapshot does not know.

    Raises:
        UnknownProvider: it is none.
    """
    if not isinstance(name, str) or not _knows(name.lower(), catalog):
        raise unknown_provider(f"no provider {name!r:.60} in the snapshot", catalog)


def unknown_provider(message: str, catalog: Catalog) -> UnknownProvider:
    """Return the error, which lists the providers that the snapshot knows."""
    return UnknownProvider(f"{message}: choose {', '.join(row['provider'] for row in catalog.providers())}")


def _knows(name: str, catalog: Catalog) -> bool:
    """Return whether a provider is listed, or known from an offer or the history alone."""
    named = "SELECT 1 FROM {} WHERE provider = ? LIMIT 1"
    return any(catalog.query(named.format(table), (name,)) for table in ("providers", "offers", "price_history"))


def refuse_no_status(word: object) -> None:
    """Refuse a word that is neither a status of the Hub nor a readiness.

    Raises:
        ValueError: it is neither; the message lists both.
    """
    if word not in STATUSES + READINESS:
        raise ValueError(f"no status {word!r:.60}: choose {', '.join(STATUSES)}, or {', '.join(READINESS)}")


def refuse_no_task(word: object, catalog: Catalog) -> None:
    """Refuse a word that is neither a task (the Hub's, or of an offer in the catalog) nor a group of tasks.

    Raises:
        ValueError: it is neither; the message lists the groups and the tasks that are offered.
    """
    offered = {task for (task,) in catalog.query("SELECT DISTINCT task FROM offers")}
    if not (isinstance(word, str) and offered.union(KNOWN, GROUPS).intersection((word.lower(), *tasks_of(word)))):
        groups, tasks = ", ".join(GROUPS), ", ".join(sorted(offered))
        raise ValueError(f"no task or group {word!r:.60}: groups are {groups}; tasks that are offered: {tasks}")


def pair(query: str) -> tuple[str, str] | None:
    """Return the model of `model:provider`, and how the library takes its provider or policy; None for a name alone."""
    named = with_suffix(query)
    if named is None:
        return None
    name, suffix = named
    return name, f"{'policy' if suffix in POLICIES else 'provider'}={suffix!r}"
