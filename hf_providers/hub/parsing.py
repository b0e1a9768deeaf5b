"""Read as much as possible: a bad field costs only that field, a bad mapping that mapping, a bad record that record."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from reprlib import Repr
from typing import Any, Generic, TypeVar

import pydantic_core
from pydantic import BaseModel, TypeAdapter, ValidationError

from hf_providers.errors import HubBadAnswer
from hf_providers.hub.text import clean
from hf_providers.hub.vocabulary import IGNORED_KEYS

T = TypeVar("T")
W = TypeVar("W", bound=BaseModel)
MAX_DRIFT = 200
"""Most different new keys and values that are noted for one answer."""
MAX_OF_A_RECORD = 1_000
"""Most values of one record that are left out one by one; a record with more is left out whole."""
MAX_PROBLEMS = 20_000
"""Most problems of one answer; a page has a thousand records."""
_ESSENTIAL = frozenset({"id", "provider", "providerId", "status", "modelStatus", "task"})
"""Keys without which a record or a mapping is useless."""
_KEY = "[key]"
"""The last part of pydantic's path to a bad key of an object."""
_MAX_DIGITS = 400
_shorten = Repr()
_shorten.maxstring = _shorten.maxother = 120

Location = tuple[Any, ...]
"""The path to a value: positions in lists and keys of objects; the first is the position of a record."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A value or record that could not be read and was left out.

    `record_id` is the model's id, or the record's position in the answer if it has none; `field` is empty where the
    whole record is left out.
    """

    record_id: str
    field: str
    reason: str
    sample: str


class Drift(Counter[str]):
    """A count of keys and values that the Hub did not use before."""

    def note(self, what: str, value: str) -> None:
        """Count one new thing, such as `status "paused"`."""
        name = f'{what} "{clean(value, 80)}"'
        if name in self or len(self) < MAX_DRIFT:
            self[name] += 1

    def keys_of(self, level: str, wire: BaseModel) -> None:
        """Count the keys of `wire` that are not known at this level."""
        for key in (wire.model_extra or {}).keys() - IGNORED_KEYS[level]:
            self.note(f"{level} key", key)

    def value_of(self, what: str, value: str | None, known: Collection[str]) -> str | None:
        """Return the value, safe to print; count it if it is unknown."""
        if value is None or value in known:
            return value
        self.note(what, value)
        return clean(value, 100) or None


@dataclass(slots=True)
class Read(Generic[T]):
    """The content of an answer: the records, what could not be read, and what was new."""

    records: list[T] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    drift: Drift = field(default_factory=Drift)


def parse(body: bytes) -> Any:
    """Return the JSON value of a body.

    Raises:
        HubBadAnswer: it is not JSON.
    """
    try:
        return pydantic_core.from_json(body)
    except ValueError:
        pass
    try:
        # Slower but tolerant: half a surrogate pair, a bad byte or a huge number spoils one value, not the whole page.
        return json.loads(body.decode("utf-8", "replace"), parse_int=_integer, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        sample = clean(body[:60].decode("utf-8", "replace"))
    raise HubBadAnswer(f"the answer is not JSON; it begins with {sample!r}", "try again later")


def _integer(digits: str) -> int | float:
    """Return an integer; one with more digits than Python converts becomes infinity, which no field accepts."""
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose keys are whole text: pydantic cannot name half a surrogate pair in its errors."""
    return {key.encode("utf-8", "replace").decode(): value for key, value in pairs}


def parse_as(kind: type[T], body: bytes) -> T:
    """Return the JSON value of a body, which must be a `list` or a `dict`.

    Raises:
        HubBadAnswer: it is not.
    """
    data = parse(body)
    if not isinstance(data, kind):
        raise HubBadAnswer(f"the answer is not a JSON {kind.__name__}", "check that HF_ENDPOINT names the Hub")
    return data


class Problems(dict[tuple[str, str], Problem]):
    """What was cut out of the records of one answer, by record and field: the first where one stands twice."""

    def survivor(self, adapter: TypeAdapter[list[W]], record: Any, place: int) -> list[W]:
        """Return what of one record can be read, as a list of it or of nothing. The record is changed.

        Args:
            adapter: Reads a list of such records.
            record: The record.
            place: Its place in the answer.

        Raises:
            HubBadAnswer: so much of the answer cannot be read that it is none.
        """
        kept, found = _survivor(adapter, record, place)
        for problem in found:
            self.setdefault((problem.record_id, problem.field), problem)
        if len(self) > MAX_PROBLEMS:
            message = f"the answer has more than {MAX_PROBLEMS:,} things that cannot be read"
            raise HubBadAnswer(message, "check that HF_ENDPOINT and HFP_ROUTER_URL name the Hub", attempts=1)
        return kept


def survivors(adapter: TypeAdapter[list[W]], records: list[Any]) -> tuple[list[W], list[Problem]]:
    """Return the readable parts of the records, and what was cut out of them. `records` is changed.

    Raises:
        HubBadAnswer: too many cannot be read for a usable answer.
    """
    try:
        return adapter.validate_python(records), []
    except ValidationError:
        pass  # one by one: what is wrong with all of them at once may be more than the memory holds
    problems = Problems()
    read = [kept for place, record in enumerate(records) for kept in problems.survivor(adapter, record, place)]
    return read, list(problems.values())


def _survivor(adapter: TypeAdapter[list[W]], record: Any, place: int) -> tuple[list[W], list[Problem]]:
    """Return the readable part of one record, and what was cut out of it; nothing where it has too many problems."""
    records = [record]
    try:
        return adapter.validate_python(records), []
    except ValidationError as error:
        if error.error_count() > MAX_OF_A_RECORD:
            reason = f"more than {MAX_OF_A_RECORD:,} values of it cannot be read"
            return [], [Problem(_record_id(record, place), "", reason, _sample(record))]
        found = error.errors(include_url=False, include_context=False)
    problems, cuts = [], set[Location]()
    for item in found:
        cut = _cut_for(item["loc"])
        problems.append(_problem(records, place, cut, item))
        cuts.add(cut)
    # From the end, so that positions in lists stay the same.
    for cut in sorted(cuts, reverse=True):
        del _at(records, cut[:-1])[cut[-1]]
    return adapter.validate_python(records), problems


def _cut_for(location: Location) -> Location:
    """Return the paths to remove: a bad essential key removes its record or mapping, a bad key its value."""
    return location[:-1] if location[-1] in _ESSENTIAL | {_KEY} else location


def _at(value: Any, location: Location) -> Any:
    for step in location:
        value = value[step]
    return value


def _problem(records: list[Any], place: int, cut: Location, item: pydantic_core.ErrorDetails) -> Problem:
    rest = item["loc"][len(cut) :]
    reason = item["msg"].removeprefix("Value error, ").partition(" '^")[0]
    return Problem(
        record_id=_record_id(records[0], place),
        field=_field(records, cut),
        reason=clean(f"{'.'.join(map(str, rest))}: {reason}" if rest else reason, 200),
        sample=_sample(item["input"]),
    )


def _sample(value: Any) -> str:
    try:
        return clean(_shorten.repr(value), 200)
    except ValueError:  # an integer of thousands of digits
        return "a number of thousands of digits"


def _record_id(record: Any, place: int) -> str:
    own = record.get("id") if isinstance(record, dict) else None
    return clean(own, 200) if isinstance(own, str) and clean(own) else f"record {place}"


def _field(records: list[Any], cut: Location) -> str:
    """Return the path of a field, mappings named by their provider: `inferenceProviderMapping[novita].task`."""
    name, value = "", records[cut[0]]
    for step in cut[1:]:
        holder, value = value, _at(value, (step,))
        if isinstance(holder, list):
            provider = value.get("provider") if isinstance(value, dict) else None
            name += f"[{provider if isinstance(provider, str) else step}]"
        else:
            name += f".{step}"
    return clean(name.removeprefix("."), 200)
