"""The tabs of the home page: their tasks, their addresses, and the columns for which they have values."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from hf_providers.catalog.row_types import AnyRow
from hf_providers.rules.tasks import CHAT_TASK, GROUPS


class Tab(NamedTuple):
    """A tab.

    Attributes:
        name: Its name in addresses and in the search index.
        title: Its title for people.
        path: Its page, relative to the site's root.
        tasks: The tasks that it shows; each task is in one tab.
        models: The name of its models in a sentence.
    """

    name: str
    title: str
    path: str
    tasks: tuple[str, ...]
    models: str


CHAT: Final = Tab("chat", "Chat", "", (CHAT_TASK,), "chat models")
TABS: Final = (
    CHAT,
    Tab("image", "Image", "image/", GROUPS["image"], "image models"),
    Tab("video", "Video", "video/", GROUPS["video"], "video models"),
    Tab("speech", "Speech", "speech/", GROUPS["audio"], "speech and audio models"),
    Tab("embeddings", "Embeddings", "embeddings/", GROUPS["embedding"], "embedding models"),
    Tab("text", "Other text", "text/", tuple(t for t in GROUPS["text"] if t != CHAT_TASK), "models for text"),
)
_NAMED: Final = frozenset(task for tab in TABS for task in tab.tasks)
ALIASES: Final = {"audio": "speech", "embedding": "embeddings"}
"""Words of `hfp --task` for tabs with another name."""


def present(tasks: Collection[str]) -> list[Tab]:
    """Return the tabs that have one of these tasks, with only those tasks; chat stays even without any.

    Tasks that no tab names are in an additional tab, the last.
    """
    others = tuple(sorted(set(tasks) - _NAMED))
    last = Tab("other", "Other", "other/", others, "models for other tasks")
    found = [tab._replace(tasks=tuple(task for task in tab.tasks if task in tasks)) for tab in (*TABS, last)]
    return [tab for tab in found if tab.tasks or tab.name == CHAT.name]


def columns(tab: Tab, offers: Iterable[AnyRow]) -> list[str]:
    """Return the columns of a tab's table: those with a value in one of its offers."""
    rows = list(offers)
    speed = "throughput_tps" if tab.tasks == CHAT.tasks else "request_latency_ms"
    known = {
        "task": len(tab.tasks) > 1,
        "price": any(row["input_usd_per_mtok"] is not None for row in rows),
        "speed": any(row[speed] is not None for row in rows),
        "live": True,
        "context": any(row["context_length"] is not None for row in rows),
        "tools": any(row["supports_tools"] is not None for row in rows),
        "json": any(row["supports_structured_output"] is not None for row in rows),
        "seen": any(row["observed_at"] is not None for row in rows),
    }
    return ["name", *(name for name, is_known in known.items() if is_known)]
