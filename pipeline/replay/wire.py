"""JSON text as the Hub writes it, and requests and replies over HTTP."""

from __future__ import annotations

import gzip
import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

from hf_providers.errors import HfProvidersError
from pipeline.errors import ReplayError

JSON: Final = "application/json; charset=utf-8"
MAX_PARAMETERS: Final = 200

_ENCODER = json.JSONEncoder(separators=(",", ":"))


class BadQueryError(HfProvidersError):
    """A query parameter that the Hub would refuse; answered with status 400."""


def dumps(value: object) -> str:
    """Return compact JSON text. A Decimal becomes a number with exactly its digits, without a float in between."""
    try:
        return _ENCODER.encode(value)
    except TypeError:  # a Decimal somewhere inside: rare, so everything else takes the fast path
        pass
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{dumps(key)}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ",".join(map(dumps, value)) + "]"
    raise ReplayError(f"a {type(value).__name__} has no JSON form", "report this as a bug of the replay")


@dataclass(frozen=True)
class Request:
    """A request: the decoded path, the query as sent, and the origin that the caller used."""

    path: str
    raw_query: str
    origin: str

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the query's parameters in order, decoded; raise BadQueryError when there are too many."""
        try:
            return tuple(parse_qsl(self.raw_query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
        except ValueError:
            raise BadQueryError(f"More than {MAX_PARAMETERS} query parameters") from None

    def values(self, name: str) -> tuple[str, ...]:
        """Return every value of a parameter in each form the Hub accepts: `name=a&name=b`, `name[]=a`, `name=a,b`."""
        sent = (value for key, value in self.pairs if key in (name, f"{name}[]"))
        return tuple(part for value in sent for part in value.split(",") if part)

    def value(self, name: str) -> str | None:
        """Return the last value of a parameter, or None."""
        return dict(self.pairs).get(name)


@dataclass(frozen=True)
class Entity:
    """A body with its type; its weak ETag and compressed form are made once, on first use."""

    body: bytes
    content_type: str = JSON

    @cached_property
    def etag(self) -> str:
        """Return the weak tag in the Hub's form: length in hex, dash, SHA-1 in base64 without padding."""
        digest = hashlib.sha1(self.body, usedforsecurity=False).digest()
        return f'W/"{len(self.body):x}-{b64encode(digest).decode().rstrip("=")}"'

    @cached_property
    def compressed(self) -> bytes:
        """Return the body in gzip, at the fastest level."""
        return gzip.compress(self.body, compresslevel=1, mtime=0)


@dataclass(frozen=True)
class Reply:
    """One answer: status, body and the headers that only this answer has."""

    status: int
    entity: Entity
    headers: tuple[tuple[str, str], ...] = ()


def reply_json(value: Any) -> Reply:
    """Return an answer with status 200 and this value."""
    return Reply(200, Entity(dumps(value).encode()))


def reply_error(status: int, message: str, *headers: tuple[str, str]) -> Reply:
    """Return an error in the Hub's shape: `{"error": "<text>"}`, the text a string and not an object."""
    return Reply(status, Entity(dumps({"error": message}).encode()), headers)
