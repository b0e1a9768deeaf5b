"""A small world that changes by the hour: what the Hub would have said at every moment of the drill.

Made by a seeded generator and by nothing of the pipeline; the drill holds what was published against it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pipeline.replay import Facts, Model, Offer

FIRST: Final = datetime(2026, 1, 31, 23, 17, tzinfo=UTC)
SECOND: Final = datetime(2026, 2, 28, 13, 17, tzinfo=UTC)
"""The schedule was stopped for a month after its first run; half a day after it goes on, that run's month is closed."""
PROVIDERS: Final = ("cerebras", "groq", "novita", "sambanova", "together")
MODELS: Final = 12

Route = tuple[str, str, str]
"""model_id, provider, task."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider's listing says of one route. Prices are USD per million tokens, as text, to be exact."""

    status: str = "live"
    price: tuple[str, str] | None = None
    tools: bool | None = None
    context: int | None = None
    tps: float | None = None
    ttft_ms: float | None = None


State = dict[Route, Said]


def hour(number: int) -> datetime:
    """Return the moment of the run of this number."""
    return SECOND + timedelta(hours=number - 1) if number else FIRST


class World:
    """All hours of a world, each what holds then."""

    def __init__(self, seed: int, hours: int) -> None:
        self.hours = list(_hours(random.Random(seed), hours))

    def facts(self, number: int, *, at: str | None = None) -> Facts:
        """Return an hour as a replay serves it."""
        models: dict[str, list[Offer]] = {f"org/m{n}": [] for n in range(MODELS)}
        for (model_id, provider, task), said in sorted(self.hours[number].items()):
            models[model_id].append(Offer(_entry(provider, task, model_id, said)))
        return Facts([Model({"id": name}, offers or None) for name, offers in models.items()], "a drill", at)


def _hours(chance: random.Random, hours: int) -> Iterator[State]:
    state = {_route(chance): _new(chance) for _ in range(40)}
    for _ in range(hours):
        yield dict(state)
        for _ in range(chance.choice((0, 0, 1, 2, 5))):
            _change(chance, state)


def _route(chance: random.Random) -> Route:
    return f"org/m{chance.randrange(MODELS)}", chance.choice(PROVIDERS), "conversational"


def _price(chance: random.Random) -> tuple[str, str] | None:
    if chance.random() < 0.2:
        return None
    return f"{chance.randrange(0, 3000) / 1000:.3f}", f"{chance.randrange(0, 9000) / 1000:.3f}"


def _new(chance: random.Random) -> Said:
    tps = round(chance.uniform(10, 400), 2) if chance.random() < 0.7 else None
    return Said(
        price=_price(chance),
        tools=chance.choice((True, False, None)),
        context=chance.choice((None, 8192, 131072)),
        tps=tps,
        ttft_ms=None if tps is None else round(chance.uniform(100, 3000), 1),
    )


def _change(chance: random.Random, state: State) -> None:
    """Let one thing happen: a price, a speed, a status, a capability, an offer that comes or goes."""
    route = chance.choice(sorted(state))
    said, what = state[route], chance.randrange(10)
    if what < 3:
        state[route] = replace(said, price=_price(chance))
    elif what < 6:
        state[route] = replace(said, tps=round(chance.uniform(10, 400), 2), ttft_ms=round(chance.uniform(100, 3000), 1))
    elif what < 8:
        state[route] = replace(said, status=chance.choice(("live", "staging", "error")))
    elif what == 8:
        state[_route(chance)] = _new(chance)
    elif len(state) > 35:
        del state[route]


def _entry(provider: str, task: str, model_id: str, said: Said) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if said.price is not None:
        details["pricing"] = {"input": float(said.price[0]), "output": float(said.price[1])}
    if said.context is not None:
        details["context_length"] = said.context
    measured = {"tokensPerSecond": said.tps, "firstTokenLatencyMs": said.ttft_ms}
    entry: dict[str, Any] = {
        "provider": provider,
        "providerId": f"{provider}/{model_id}",
        "status": said.status,
        "task": task,
        "type": "single-model",
        "providerDetails": details,
        "performance": {name: value for name, value in measured.items() if value is not None},
    }
    return entry | ({} if said.tools is None else {"features": {"toolCalling": said.tools}})
