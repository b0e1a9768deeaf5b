"""Write plain values as JSON and YAML, decimals digit by digit: no price passes through a float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hf_providers.text import clean


def as_json(value: Any, pad: str = "") -> str:
    """Return a value as indented JSON."""
    inner = pad + "  "
    if isinstance(value, dict) and value:
        pairs = (f"{inner}{_scalar(key)}: {as_json(item, inner)}" for key, item in value.items())
        return "{\n" + ",\n".join(pairs) + f"\n{pad}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + as_json(item, inner) for item in value) + f"\n{pad}]"
    return _scalar(value)


def as_yaml(value: Any, pad: str = "") -> str:
    """Return a value as YAML in block style, its strings quoted as JSON quotes them, which YAML reads the same."""
    if isinstance(value, dict) and value:
        return "".join(f"{pad}{_yaml_key(key)}:{_nested(item, pad)}" for key, item in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{pad}- {as_yaml(item, pad + '  ').removeprefix(pad + '  ')}" for item in value)
    return f"{pad}{_scalar(value)}\n"


def _nested(value: Any, pad: str) -> str:
    """Return what follows a key: a scalar on its line, anything else below it."""
    return "\n" + as_yaml(value, pad + "  ") if isinstance(value, dict | list) and value else " " + as_yaml(value)


def _yaml_key(key: str) -> str:
    return key if key.isidentifier() else _scalar(key)


def _scalar(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return json.dumps(clean(value) if isinstance(value, str) else value, ensure_ascii=False)
