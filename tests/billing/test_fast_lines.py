"""The short way of JSON Lines against the long way of one row at a time, on rows of many shapes."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hf_providers import open_snapshot
from hf_providers.billing.bill import Bill
from hf_providers.billing.pricing import Pricer
from hf_providers.billing.usage_log import open_log, rows
from hf_providers.billing.whole_log import total
from tests.hosting.made import T, usual

S = 1_769_860_800
"""2026-01-31T12:00:00Z: alpha's price changes twelve hours later."""


def shaped(chance: random.Random) -> dict[str, Any]:
    """A request in one of the shapes of a log, sometimes with something odd in it."""
    second: int | str = S + chance.randrange(-86_400 * 40, 86_400 * 40)
    if chance.random() < 0.4:  # as a moment, or a day alone
        second = f"{datetime.fromtimestamp(int(second), UTC):%Y-%m-%dT%H:%M:%SZ}"[: chance.choice([10, 20])]
    given, taken = chance.randint(0, 9), chance.choice([0, 5, 10**15])
    model, provider = chance.choice([(T, "alpha"), (f"{T}:beta", None), ("talk-7b", "Alpha"), (T, None), (T, "gamma")])
    usage: dict[str, Any] = {"prompt_tokens": given, "completion_tokens": taken, "total_tokens": given + taken}
    details: Any = chance.choice([None, {}, {"cached_tokens": 0}, {"cached_tokens": min(given, 3)},
                                  {"audio_tokens": chance.choice([0, 1])}])  # fmt: skip
    shapes: list[dict[str, Any]] = [
        {"time": second, "model": model, "provider": provider, "input_tokens": given, "output_tokens": taken},
        {"created": second, "object": "chat.completion", "model": model, "provider": provider, "usage": usage},
        {"created": second, "model": model, "provider": provider, "usage": usage | {"prompt_tokens_details": details}},
        {"model": model, "provider": provider, "status": chance.choice(["success", "failure"]), "startTime": second,
         "prompt_tokens": given, "completion_tokens": taken, "task": chance.choice(["chat", "text-to-image"])},
    ]  # fmt: skip
    row = chance.choice(shapes)
    odd = chance.choices([None, "input_tokens", "prompt_tokens", "time", "created"], (90, 3, 3, 2, 2))[0]
    if odd in row:
        row[odd] = chance.choice(["7", "soon", -1, True, 10**16, 1.0, [1]])
    return row


def line_of(row: dict[str, Any], chance: random.Random) -> str:
    """The row as a line: sometimes with an object that nobody reads, a key that comes twice, or a list of pairs."""
    if chance.random() < 0.1:
        row |= {"choices": [{"index": 0}], "temperature": 0.7}
    line = json.dumps(row)
    if chance.random() < 0.03:
        key = chance.choice(list(row))
        return f"{{{json.dumps(key)}: {json.dumps(row[key])}, {line[1:]}"
    return json.dumps(list(row.items())) if chance.random() < 0.01 else line


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_both_ways_give_the_same_bill(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    path = tmp_path / "log.jsonl"
    path.write_text("".join(line_of(shaped(chance), chance) + "\n" for _ in range(8000)))
    catalog = open_snapshot(usual(tmp_path / "catalog.sqlite")).catalog
    short, long = Bill(Pricer(catalog)), Bill(Pricer(catalog))
    taken = []
    long_way = short.take
    short.take = lambda *row: taken.append(row) or long_way(*row)  # type: ignore[method-assign,func-returns-value]
    with open_log(str(path)) as log:
        total(log, short)
    with open_log(str(path)) as log:
        for _ in long.each(rows(log)):
            pass
    assert short.to_dict() == long.to_dict()
    assert 0 < long.unknown < long.requests
    assert len(taken) < 7600  # the short way was taken
