"""Which program made what is deployed: the same facts give another site after a change of a template."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_PARTS: Final = ("hf_providers", "pipeline", "queries", "site", "requirements/run.txt")
_MADE: Final = frozenset({"__pycache__", "node_modules", "_bundled"})
"""Folders that are made by running it."""


@cache
def digest() -> str:
    """Return 16 hex digits of a SHA-256 over the files that the dataset and the site are made by."""
    total = sha256()
    for path in _files():
        total.update(f"{path.relative_to(_ROOT).as_posix()}\n".encode())
        total.update(sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _files() -> list[Path]:
    found = [path for part in _PARTS for path in ((_ROOT / part), *(_ROOT / part).rglob("*"))]
    return sorted(path for path in found if path.is_file() and not _MADE & set(path.parts))
