"""The arguments of the default command without argparse, whose import takes as long as the whole answer.

Only for what is typed most: words, and --json. A test holds these defaults against the parser's.
"""

from __future__ import annotations

from hf_providers.rules.ranking import DEFAULT_MIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

DEFAULTS: dict[str, Any] = {
    "first": False,
    "cheapest": False,
    "fastest": False,
    "mix": DEFAULT_MIX,
    "hot": False,
    "tools": False,
    "structured": False,
    "provider": None,
    "task": None,
    "max_price": None,
    "min_throughput": None,
    "min_context": None,
    "region": None,
    "include_old": False,
    "live": False,
    "format": "table",
    "raw": False,
    "color": "auto",
    "snapshot": None,
}


class Arguments:
    """Parsed arguments: what argparse.Namespace is, without argparse."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def quick(argv: Sequence[str]) -> argparse.Namespace | None:
    """Return the arguments where there are only words and --json among them; None where the parser must decide."""
    words = [word for word in argv if word != "--json"]
    if any(word.startswith("-") for word in words):
        return None
    given = {"format": "json"} if len(words) < len(argv) else {}
    return Arguments(model=words, **(DEFAULTS | given))  # type: ignore[return-value]
