"""docs/library.md: every public name of the library with its own docstring."""

from __future__ import annotations

import inspect
from typing import Any

import hf_providers

_INTRODUCTION = """\
# The library

Generated from the docstrings by `python -m pipeline docs`. Everything is imported from `hf_providers`, typed,
synchronous, and offline unless it says otherwise.
"""


def page() -> str:
    """Return the page: classes with their public members, then functions."""
    return "\n".join([_INTRODUCTION, *map(_section, (name for name in hf_providers.__all__ if name != "__version__"))])


def _section(name: str) -> str:
    public = getattr(hf_providers, name)
    kind = public if inspect.isclass(public) or inspect.isfunction(public) else type(public)
    head = f"## `{name}{_signature(kind) if inspect.isfunction(kind) else ''}`\n\n{_text(kind)}\n"
    return head + "".join(_member(key, value) for key, value in vars(kind).items() if _is_public(kind, key, value))


def _is_public(kind: Any, key: str, value: Any) -> bool:
    documented = isinstance(value, property | classmethod) or inspect.isfunction(value)
    return inspect.isclass(kind) and not key.startswith("_") and documented


def _member(key: str, value: Any) -> str:
    plain = value.__func__ if isinstance(value, classmethod) else value
    shown = key if isinstance(value, property) else f"{key}{_signature(plain)}"
    return f"\n### `{shown}`\n\n{_text(plain)}\n"


def _signature(function: Any) -> str:
    return str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()").replace("(cls, ", "(")


def _text(public: Any) -> str:
    return f"```text\n{inspect.getdoc(public) or ''}\n```"
