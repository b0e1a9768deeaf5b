"""Values as literals of Python, JavaScript or JSON, whatever characters they hold.

Model ids, provider ids and names of organisations come from the network: nothing of them may end a string, start a
command, or reach the terminal as a control character.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hf_providers.catalog.row_types import JsonObject

WIDTH: Final = 88
"""Columns up to which a list or an object stays on one line."""

_WORDS: Final = {
    "python": {True: "True", False: "False", None: "None"},
    "javascript": {True: "true", False: "false", None: "null"},
    "json": {True: "true", False: "false", None: "null"},
}
_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")
_INDENT: Final = "    "


class Code(str):
    """Text that is already code of the language: it is written as it stands."""

    __slots__ = ()


def _escape(char: str, lang: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    if ord(char) <= 0xFFFF:
        return f"\\u{ord(char):04x}"
    if lang == "json":
        import json

        return json.dumps(char)[1:-1]
    return f"\\U{ord(char):08x}" if lang == "python" else f"\\u{{{ord(char):x}}}"


def string(text: str, lang: str) -> str:
    """Return `text` as a double-quoted literal of python, javascript or json, in printable characters only."""
    return '"' + "".join(_escape(char, lang) for char in text) + '"'


def _key(name: str, lang: str) -> str:
    return name if lang == "javascript" and _IDENTIFIER.match(name) else string(name, lang)


def _items(value: JsonObject | list[Any], lang: str, depth: int) -> list[str]:
    if isinstance(value, list):
        return [literal(item, lang, depth) for item in value]
    return [f"{_key(name, lang)}: {literal(item, lang, depth)}" for name, item in value.items()]


def literal(value: Any, lang: str, depth: int = 0) -> str:
    """Return a value of JSON's kinds as a literal of python, javascript or json.

    Args:
        value: Strings, numbers, booleans, None, lists, dicts with string keys; `Code` is written as it stands.
        lang: python, javascript or json.
        depth: Levels of four spaces at which the literal begins; a long one breaks into lines below it.
    """
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        return string(value, lang)
    if value is None or isinstance(value, bool):
        return _WORDS[lang][value]
    if not isinstance(value, dict | list):
        return repr(value)
    return _container(value, lang, depth)


def _container(value: JsonObject | list[Any], lang: str, depth: int) -> str:
    opening, closing = ("[", "]") if isinstance(value, list) else ("{", "}")
    flat = ", ".join(_items(value, lang, 0))
    padding = " " if lang == "javascript" and flat and opening == "{" else ""
    if "\n" not in flat and len(flat) + len(_INDENT) * depth <= WIDTH:
        return f"{opening}{padding}{flat}{padding}{closing}"
    inner = f"\n{_INDENT * (depth + 1)}"
    end = "" if lang == "json" else ","
    return f"{opening}{inner}{f',{inner}'.join(_items(value, lang, depth + 1))}{end}\n{_INDENT * depth}{closing}"


def comment(text: str, lang: str) -> str:
    """Return `text` as comment lines of the language (python, javascript, curl), without control characters."""
    mark = "//" if lang == "javascript" else "#"
    lines = ["".join(char for char in line if char.isprintable()) for line in text.splitlines()]
    return "".join(f"{mark} {line}".rstrip() + "\n" for line in lines)
