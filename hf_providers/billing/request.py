"""Read a row of a usage log as a request, by the table of field names in fields.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hf_providers.billing.fields import FIELDS, TASKS, Field, compared, field_of, object_of, understood
from hf_providers.billing.json_rows import Repeated, object_in
from hf_providers.billing.values import count, moment, nano_usd
from hf_providers.errors import HfProvidersError
from hf_providers.rules.tasks import CHAT_TASK, tasks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hf_providers.billing.bill_types import LogRow
Values = dict[str, list[tuple[Field, Any]]]

SAME = frozenset(
    ("input_tokens", "prompt_tokens", "output_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens")
)
"""Names whose counts mean exactly the same, so two that disagree are refused."""
FAILED = frozenset(("failed", "failure", "error", "errored", "false", "cancelled", "canceled"))
TRUE = frozenset(("true", "1", "yes"))
KEYS_NAMED = 12
DEPTH = 10
LAYOUTS = 1000
"""Sets of keys that are remembered; a limit, for logs in which each row has other keys."""


class Request(NamedTuple):
    """One request of a log, or one bucket of several.

    Attributes:
        at: When it was made, in UTC.
        end: When a bucket ends (exclusive); None for a single request.
        requests: How many requests it counts.
        model: The model as the log names it.
        providers: Who served it, as the log says it, in every field that says it.
        client: The client's adapter, which may be a provider.
        task: The Hub's task.
        input_tokens: All input tokens, cached and written ones included.
        cached_tokens: Those read from the provider's cache.
        written_tokens: Those written to it.
        output_tokens: All output tokens, reasoning included.
        reasoning_tokens: Reasoning tokens.
        other_input: Those input tokens, by what the log calls them, that are of a kind with a price of its own.
        other_output: Such output tokens.
        logged_nano: What the client says it cost, in nano-USD.
        session: Its X-HF-Session-id.
        problem: Why it can't be priced although it can be read.
    """

    at: datetime
    end: datetime | None
    requests: int
    model: str
    providers: tuple[str, ...]
    client: str | None
    task: str
    input_tokens: int
    cached_tokens: int
    written_tokens: int
    output_tokens: int
    reasoning_tokens: int
    other_input: tuple[tuple[str, int], ...] = ()
    other_output: tuple[tuple[str, int], ...] = ()
    logged_nano: int | None = None
    session: str | None = None
    problem: str | None = None


class Layouts:
    """What the keys of rows mean, each set of keys looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, tuple[str, ...]], tuple[list[tuple[str, Field | None, str]], bool]] = {}

    def of(self, keys: tuple[str, ...], inside: str = "") -> list[tuple[str, Field | None, str]]:
        """Return the keys that mean something: with their field, or with the `inside` of the object they hold."""
        return self._of(keys, inside)[0]

    def _of(self, keys: tuple[str, ...], inside: str) -> tuple[list[tuple[str, Field | None, str]], bool]:
        """Return what `of` does, and whether two of these keys are the same name."""
        known = self._known.get((inside, keys))
        if known is None:
            meanings = [meaning for key in keys if (meaning := _meaning(key, inside)) is not None]
            known = meanings, len({compared(key) for key, _, _ in meanings}) < len(meanings)
            if len(self._known) < LAYOUTS:
                self._known[inside, keys] = known
        return known

    def values(self, row: LogRow, inside: str = "", into: Values | None = None, depth: int = 0) -> Values:
        """Return a row's values by meaning, without those that are None or empty.

        Raises:
            ValueError: two of its keys, or of an object in it, are the same name and differ; or it is nested too deep.
        """
        values: Values = {} if into is None else into
        if depth > DEPTH:
            raise ValueError(f"its objects hold each other more than {DEPTH} deep")
        meanings, twins = self._of(tuple(row), inside)
        if isinstance(row, Repeated):
            raise ValueError(f"two keys are named {row.name[:40]}")  # noqa: TRY004 - told like any bad value
        if twins:
            _check_twins(row, [key for key, _, _ in meanings])
        for key, field, nested in meanings:
            value = row[key]
            if value is None or value == "":
                continue
            held = _object(value) if nested else None
            if held is not None:
                self.values(held, nested, values, depth + 1)
            elif field is not None:
                values.setdefault(field.meaning, []).append((field, value))
        return values


def _check_twins(row: LogRow, keys: list[str]) -> None:
    spellings: dict[str, str] = {}
    for key in keys:
        if row[key] is not None and row[key] != "":
            first = spellings.setdefault(compared(key), key)
            if row[first] != row[key]:
                raise ValueError(f"two keys are one name and differ: {first[:40]} and {key[:40]}")


def _meaning(key: str, inside: str) -> tuple[str, Field | None, str] | None:
    field, nested = field_of(key, inside), object_of(key, inside)
    return (key, field, nested) if field is not None or nested else None


def _object(value: object) -> LogRow | None:
    """Return an object, also from a CSV cell that holds one as JSON; None for anything else."""
    if isinstance(value, str) and value.startswith("{"):
        return object_in(value)
    return value if isinstance(value, dict) else None


class MissingField(HfProvidersError, KeyError, ValueError):
    """A row lacks something that every request has."""

    def __str__(self) -> str:
        return str(self.args[0])


def read(row: LogRow, layouts: Layouts, now: datetime | None = None) -> Request:
    """Return a row as a request.

    Args:
        row: Names and values.
        layouts: What names mean.
        now: The time of a row that states none; None if every row must state one.

    Raises:
        MissingField: something that a request needs is missing.
        ValueError: a value is impossible; the message says which.
    """
    values = layouts.values(row)
    _check_units(values)
    at, end, requests = _when(values, row, now)
    other_input, other_output = _others(values, "other_input"), _others(values, "other_output")
    input_tokens, cached, written = _input(values, row)
    output, reasoning = _output(values, row, input_tokens)
    if not requests and (input_tokens or output):
        raise ValueError(f"0 requests can't have {input_tokens + output} tokens")
    return Request(
        at,
        end,
        requests,
        _model(values, row),
        _texts(values, "provider"),
        next(iter(_texts(values, "client")), None),
        _task(values),
        input_tokens,
        cached,
        written,
        output,
        reasoning,
        tuple(other_input.items()),
        tuple(other_output.items()),
        _cost(values),
        next(iter(_texts(values, "session")), None),
        _problem(values),
    )


def missing(what: str, row: LogRow, *meanings: str) -> MissingField:
    """Return the error that a row lacks something: which keys it has, and which are understood."""
    keys = list(row)
    seen = ", ".join(keys[:KEYS_NAMED]) + (f" and {len(keys) - KEYS_NAMED} more" if len(keys) > KEYS_NAMED else "")
    return MissingField(f"it has no {what}: its keys are {seen}; understood are {', '.join(understood(*meanings)[:8])}")


def _check_units(values: Values) -> None:
    for _, currency in values.get("currency", ()):
        if str(currency).upper() != "USD":
            raise ValueError(f"it is in {currency!r:.20}, prices are in USD: bill that apart")
    for _, unit in values.get("unit", ()):
        if str(unit).strip().upper() not in ("TOKENS", "TOKEN"):
            raise ValueError(f"it counts {str(unit)[:20]!r}, prices are of tokens")


def _first(values: Values, meaning: str) -> tuple[Field, Any] | None:
    """Return the value of the first name in the table's order."""
    stated = values.get(meaning)
    if not stated:
        return None
    return stated[0] if len(stated) == 1 else min(stated, key=lambda pair: FIELDS.index(pair[0]))


def _when(values: Values, row: LogRow, now: datetime | None) -> tuple[datetime, datetime | None, int]:
    """Return the time, the end of a bucket, and how many requests there are."""
    stated = sorted(values.get("time", ()), key=lambda pair: FIELDS.index(pair[0]))
    set_times = [pair for pair in stated if pair[1] not in (0, "0")] or stated
    counted = _first(values, "requests")
    if counted is not None:  # a day's sum was written at some other time, too
        set_times.sort(key=lambda pair: pair[0].name != "date")
    if set_times:
        field, value = set_times[0]
        at = moment(value)
    elif now is not None:
        field, at = None, now
    else:
        raise missing("time", row, "time")
    if counted is None:
        return at, None, 1
    requests = count(counted[1])
    end = _first(values, "end")
    if end is not None:
        until = moment(end[1])
        if until < at:
            raise ValueError(f"it ends before it begins: at {until:%Y-%m-%dT%H:%M:%SZ}")
        return at, until, requests
    return at, at + timedelta(days=1) if field and field.name == "date" else None, requests


def _model(values: Values, row: LogRow) -> str:
    """Return the model; prefer a request's `ID:provider` to a response's `ID`."""
    stated = _first(values, "model")
    if stated is None:
        raise missing("model", row, "model")
    for _, name in values["model"]:
        if not isinstance(name, str):
            raise ValueError(f"its model {str(name)[:40]!r} is not text")  # noqa: TRY004 - told like any bad value
    first: str = stated[1].strip()
    longer = (name.strip() for _, name in values["model"] if name.strip().lower().startswith(f"{first.lower()}:"))
    return next(longer, first)


def _texts(values: Values, meaning: str) -> tuple[str, ...]:
    """Return the different texts that a meaning has, in the table's order."""
    stated = sorted(values.get(meaning, ()), key=lambda pair: FIELDS.index(pair[0]))
    for _, value in stated:
        if not isinstance(value, str) and meaning != "session":
            raise ValueError(f"its {meaning} {str(value)[:40]!r} is not text")
    return tuple(dict.fromkeys(str(value).strip() for _, value in stated))


def _task(values: Values) -> str:
    """Return the task as offers name it: chat if the row names none."""
    for field, value in sorted(values.get("task", ()), key=lambda pair: FIELDS.index(pair[0])):
        if not isinstance(value, str):
            raise ValueError(f"its task {str(value)[:40]!r} is not text")  # noqa: TRY004
        word = value.strip().lower()
        task = TASKS.get(word)
        if task is None and field.name == "object":
            continue  # every API has its own names for its objects
        task = task or word
        return CHAT_TASK if CHAT_TASK in tasks_of(task) else task
    return CHAT_TASK


def _count_of(values: Values, meaning: str) -> int | None:
    """Return a count, None where it is not stated.

    Raises:
        ValueError: two names of exactly this meaning disagree.
    """
    stated = _first(values, meaning)
    if stated is None:
        return None
    number = count(stated[1])
    for field, value in values[meaning]:
        if field.name in SAME and stated[0].name in SAME and count(value) != number:
            raise ValueError(f"{stated[0].name} says {number}, {field.name} says {count(value)}")
    return number


def _input(values: Values, row: LogRow) -> tuple[int, int, int]:
    """Return all input tokens, the cached and the written ones."""
    fresh = _count_of(values, "fresh_input")
    stated = _first(values, "input")
    if fresh is None and stated is None:
        raise missing("number of input tokens", row, "input")
    inclusive = _count_of(values, "input") if fresh is None else None
    # Anthropic's names beside OpenAI's prompt_tokens come from LiteLLM, whose prompt_tokens include them.
    part = stated is not None and compared(stated[0].name) == "prompttokens"
    cached, cached_apart = _cached(values, "cached", part=part)
    written, written_apart = _cached(values, "written", part=part)
    if fresh is not None:
        return fresh + cached + written + _on_top(values, "other_input"), cached, written
    fresh = (inclusive or 0) - (0 if cached_apart else cached) - (0 if written_apart else written)
    if fresh < 0:
        raise ValueError(f"{cached + written} cached tokens are more than the {inclusive} put in")
    return fresh + cached + written, cached, written


def _others(values: Values, meaning: str) -> dict[str, int]:
    """Return the tokens of kinds that have a price of their own, by what the log calls them."""
    tokens_by_kind = {field.name: count(value) for field, value in reversed(values.get(meaning, []))}
    return {name: tokens for name, tokens in tokens_by_kind.items() if tokens}


def _on_top(values: Values, meaning: str) -> int:
    apart = [(field, value) for field, value in values.get(meaning, ()) if field.inside == "usage_details"]
    return sum(_others({meaning: apart}, meaning).values())


def _cached(values: Values, meaning: str, *, part: bool) -> tuple[int, bool]:
    """Return how many tokens were cached, and whether they come on top of the input tokens."""
    inside = _count_of(values, meaning)
    if inside is not None:
        return inside, False
    apart = _first(values, f"{meaning}_apart")
    if apart is None:
        return 0, False
    return count(apart[1]), not (part and apart[0].name.startswith("cache_"))


def _output(values: Values, row: LogRow, input_tokens: int) -> tuple[int, int]:
    """Return the output and the reasoning tokens; with only a total, the output is the rest of it."""
    apart, inside = _count_of(values, "reasoning_apart"), _count_of(values, "reasoning")
    reasoning = inside if inside is not None else apart or 0
    fresh = _count_of(values, "fresh_output")
    if fresh is not None:
        return fresh + (apart or 0) + _on_top(values, "other_output"), reasoning
    output = _count_of(values, "output")
    if output is None:
        output = _rest_of_total(values, row, input_tokens)
    if reasoning > output:
        raise ValueError(f"{reasoning} reasoning tokens are more than the {output} put out")
    return output, reasoning


def _rest_of_total(values: Values, row: LogRow, input_tokens: int) -> int:
    total = _count_of(values, "total")
    if total is not None:
        if total < input_tokens:
            raise ValueError(f"a total of {total} tokens is less than the {input_tokens} put in")
        return total - input_tokens
    if _task(values) == "feature-extraction":
        return 0
    raise missing("number of output tokens", row, "output")


def _cost(values: Values) -> int | None:
    stated = _first(values, "cost")
    return None if stated is None else nano_usd(stated[1])


def _is_failure(word: str) -> bool:
    """Return whether a status is a number that means failure: HTTP's from 400, Helicone's own below 0."""
    try:
        return not 0 <= float(word) < 400
    except ValueError:
        return False


def _problem(values: Values) -> str | None:
    """Return why a request that can be read has no price."""
    for _, status in values.get("status", ()):
        word = str(status).strip().lower()
        if word in FAILED or _is_failure(word):
            return f"its status is {word[:20]}: it is not known whether it was billed"
    if any(str(hit).strip().lower() in TRUE for _, hit in values.get("cache_hit", ())):
        return "the client's own cache answered it: no provider was asked"
    return None
