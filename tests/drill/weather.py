"""What the real Hub does to an unattended run: hours of runs in one folder, with a fault in most of them.

Promotions, cached dates, states of other releases, a router that is down or shrinks, pages that move, a provider that
the Hub no longer lists, unit slips, lost speeds and prices, surges, floods of bad records, clocks of 2099. At the end
the published history must be what a plain fold over the looks gives that could be had (`listed`).
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from hf_providers.hub import Hub
from pipeline.__main__ import main as pipeline
from pipeline.replay import Facts, Fault, Faults, Model, Offer, ReplayServer, serve
from pipeline.replay.server import Handler
from pipeline.replay.wire import Entity, Reply, Request
from tests.drill import listed, truth
from tests.drill.job import COMPLETE, PARTIAL, clock_at
from tests.drill.listed import Look, State, Stated
from tests.drill.world import Route
from tests.publish.test_other_releases import newer, rewritten
from tests.run.runs import Clock

START: Final = datetime(2026, 3, 1, 0, 17, tzinfo=UTC)
LARGE, LEAVING = "novita", "nebius"
SIZES: Final = {LARGE: 30, "groq": 8, LEAVING: 9, "together": 12}
PAGE: Final = 12
"""Models on a page, so that the large provider's listing has several."""
FAULTS: Final = (
    "router down", "router empty", "router a third", "moving pages", "unit slip", "no speeds", "no prices", "surge",
    "bad records", "date of 2099", "cached dates", "listing down", "other release", "promotion", "outage",
)  # fmt: skip
NOTHING_PUBLISHED: Final = 1
PARTLY: Final = {
    "router down", "router empty", "router a third", "unit slip", "no speeds", "no prices", "surge", "bad records",
    "listing down",
}  # fmt: skip
SILENT: Final = {"router down", "router empty", "router a third"}
HELD: Final = {"unit slip": "prices", "no prices": "prices", "no speeds": "speeds"}
OF_LATER_RELEASES: Final = ["listed", "missing_since", "free_until", "observed_at", "price_observed_at", "measured_at"]
HOLD: Final = timedelta(hours=24)


@dataclass
class Plan:
    """What happens when: a fault an hour, and what lasts.

    Attributes:
        faults: The fault of each hour, or none.
        leaves: From when on the Hub refuses to list a provider.
        slips: From when on the large provider's prices are a thousandth, for good.
    """

    faults: list[str | None]
    leaves: int | None = None
    slips: int | None = None


def one_of_each() -> Plan:
    """Return a short plan: every fault once, and a quiet hour at both ends."""
    return Plan([None, *FAULTS, None])


def long(seed: int, hours: int) -> Plan:
    """Return a plan of weeks: faults in two hours of three, a provider that leaves, a slip that stays."""
    chance = random.Random(seed)
    faults = [None if chance.random() < 1 / 3 else chance.choice(FAULTS) for _ in range(hours)]
    faults[0] = None
    slips = hours // 2
    for number in range(slips, min(slips + 27, hours)):
        faults[number] = None
    leaves = hours // 8
    # The memory of refusals is what an older release does not keep; and two listings that lack are too much overall.
    for number in range(leaves, min(leaves + 110, hours)):
        faults[number] = None if faults[number] in {"other release", "listing down"} else faults[number]
    for number, fault in enumerate(faults):
        # A surge that comes again at once is confirmed, and no fault.
        if fault == "surge" and "surge" in faults[max(0, number - 3) : number]:
            faults[number] = None
        # What is lost is told from live offers, and behind an outage there were none.
        if fault in HELD and "outage" in faults[max(0, number - 3) : number]:
            faults[number] = None
    return Plan(faults, leaves, slips)


@dataclass
class Log:
    """What was met, which listings were taken, and what must not be."""

    met: Counter[str] = field(default_factory=Counter)
    looks: dict[str, list[Look]] = field(default_factory=lambda: {name: [] for name in SIZES})
    wrong: list[str] = field(default_factory=list)


class Weather:
    """The hours of one plan, in one folder."""

    def __init__(self, folder: Path, plan: Plan, seed: int) -> None:
        self.out, self.plan = folder / "dataset", plan
        self.chance = random.Random(seed)
        self.state = _first_state(self.chance)
        self.log = Log()
        self.slipped: Look | None = None
        self.refusals: list[datetime] = []
        self.missing: Route | None = None

    def run(self, said: Callable[[str], None] = lambda _: None) -> Log:
        """Do every hour, then compare."""
        for number, fault in enumerate(self.plan.faults):
            self._events(number)
            code = self._hour(number, fault)
            said(f"weather {number}: {fault or 'fair'}, exit {code}")
        self.log.wrong += self.check()
        return self.log

    def _events(self, number: int) -> None:
        if number == self.plan.slips:
            self.state = _slipped(self.state)
        for _ in range(self.chance.choice((0, 1, 2, 4)) if number else 0):
            _change(self.chance, self.state)

    def _hour(self, number: int, fault: str | None) -> int:
        self.log.met[fault or "fair"] += 1
        now = START + timedelta(hours=number)
        if fault == "promotion":
            self.state = {r: replace(s, is_free=not s.is_free) if r[1] == LARGE else s for r, s in self.state.items()}
        if fault == "other release":
            _as_another_release_leaves_it(self.out)
        served = _served(self.state, fault)
        with self._hub(served, fault, now, number) as server:
            code = self._run(server, now)
        self._expect(number, fault, code)
        if code in (COMPLETE, PARTIAL):
            self._looked(served, fault, now, number)
        return code

    def _run(self, server: ReplayServer, now: datetime) -> int:
        waits = Clock()
        hub = partial(Hub, clock=waits.clock, sleep=waits.sleep)
        own = {"HF_ENDPOINT": server.url, "HFP_ROUTER_URL": server.url, "HF_HOME": str(self.out.parent / "home")}
        with ExitStack() as stack:
            stack.enter_context(patch.dict(os.environ, own))
            stack.enter_context(patch("pipeline.assemble.run_time.datetime", clock_at(now)))
            stack.enter_context(patch("pipeline.run.Hub", hub))
            # The others of the registry list nothing here, and asking them takes half of the time.
            stack.enter_context(patch("pipeline.registry.providers", lambda: {name: {} for name in SIZES}))
            return pipeline(["run", "--out", str(self.out)])

    @contextmanager
    def _hub(self, served: State, fault: str | None, now: datetime, number: int) -> Iterator[ReplayServer]:
        broken = []
        if fault == "router down":
            broken.append(Fault("status", "/v1/models", times=None))
        if fault == "listing down":
            broken.append(Fault("status", "/api/models", times=None, provider="groq"))
        if self.plan.leaves is not None and number >= self.plan.leaves:
            broken.append(Fault("status", "/api/models", times=None, status=400, provider=LEAVING))
        large = sorted(route for route in served if route[1] == LARGE)
        self.missing = self.chance.choice(large) if fault == "moving pages" else None
        with serve(_facts(served), Faults(faults=tuple(broken)), max_page=PAGE) as server:
            _alter(server, fault, self.missing)
            with patch.object(Handler, "date_time_string", stated_date(fault, now)):
                yield server

    def _expect(self, number: int, fault: str | None, code: int) -> None:
        """Say where a run ended otherwise than its fault allows."""
        lasting = self.plan.slips is not None and 0 <= number - self.plan.slips < HOLD // timedelta(hours=1)
        leaving = self.plan.leaves is not None and number >= self.plan.leaves and not self._has_left(number)
        expected = PARTIAL if fault in PARTLY or lasting or leaving else COMPLETE
        if fault == "date of 2099":
            expected = NOTHING_PUBLISHED
        if code != expected:
            self.log.wrong.append(f"hour {number}, {fault or 'fair'}: exit {code}, not {expected}")

    def _has_left(self, number: int) -> bool:
        """Whether the refusals up to this run are 12 over 72 hours; a run that published nothing is none."""
        now = START + timedelta(hours=number)
        times = [*self.refusals, now]
        return len(times) >= 12 and now - times[0] >= timedelta(hours=72)

    def _looked(self, served: State, fault: str | None, now: datetime, number: int) -> None:
        """Note what a run could take of each listing, by what was wrong in that hour."""
        for provider, looks in self.log.looks.items():
            if provider == "groq" and fault == "listing down":
                continue
            if provider == LEAVING and self.plan.leaves is not None and number >= self.plan.leaves:
                self._refused(looks, now, number)
                continue
            own = {route: stated for route, stated in served.items() if route[1] == provider and route != self.missing}
            paged = len({r[0] for r in own}) > PAGE
            look = Look(now, own, paged, router=fault not in SILENT, forgets=fault == "other release")
            if provider == LARGE:
                self._hold(look, looks, fault, number)
            looks.append(look)

    def _refused(self, looks: list[Look], now: datetime, number: int) -> None:
        if self._has_left(number) and looks[-1].state:
            looks.append(Look(self.refusals[0], {}))
        self.refusals.append(now)

    def _hold(self, look: Look, looks: list[Look], fault: str | None, number: int) -> None:
        """Note what of the large provider's look is held, and what is taken that was held."""
        if fault in HELD:
            look.held = frozenset({HELD[fault]})
        if fault == "surge":
            look.new = frozenset(look.state.keys() - looks[-1].state.keys())
        if self.plan.slips is None or number < self.plan.slips:
            return
        self.slipped = self.slipped or look
        if look.at - self.slipped.at < HOLD:
            look.held |= {"prices"}
        elif "prices" in looks[-1].held:
            look.first = {"prices": self.slipped}

    def check(self) -> list[str]:
        """Return how the published history differs from the fold."""
        prices = truth.published_intervals(self.out, "price_history", "input_usd_per_mtok, output_usd_per_mtok")
        states = truth.published_intervals(self.out, "status_history", "status, context_length")
        found = [
            ("price_history", listed.intervals(self.log.looks, listed.price, "prices"), prices),
            ("status_history", listed.intervals(self.log.looks, listed.status, "status"), states),
            ("measurements", listed.measurements(self.log.looks), truth.published_measurements(self.out)),
        ]
        return [
            f"{table}: {len(right - told)} of {len(right)} missing, {len(told - right)} invented: "
            f"{sorted(right ^ told, key=str)[:4]}"
            for table, fold, published in found
            for right, told in [(fold, published) if table == "measurements" else map(listed.merged, (fold, published))]
            if right != told
        ]


def stated_date(fault: str | None, now: datetime) -> Callable[..., str]:
    """Return what a server says the time is; what a cache holds is an hour old."""

    def date(handler: Handler, timestamp: float | None = None) -> str:
        stated = now
        if fault == "date of 2099":
            stated = now.replace(year=2099)
        elif fault == "cached dates" and handler.path.startswith("/api/partners"):
            stated = now - timedelta(hours=1)
        return format_datetime(stated)

    return date


def _alter(server: ReplayServer, fault: str | None, missing: Route | None) -> None:
    """Let answers be otherwise than the facts, as the fault has it."""
    own = server.answer

    def answer(request: Request) -> Reply:
        reply = own(request)
        if fault == "cached dates" and request.path.startswith("/api/partners"):
            return replace(reply, headers=(*reply.headers, ("Age", "3600")))
        if reply.status != 200 or request.path not in ("/api/models", "/v1/models"):
            return reply
        value = json.loads(reply.entity.body)
        if request.path == "/v1/models" and fault in ("router empty", "router a third"):
            value["data"] = value["data"][: 0 if fault == "router empty" else len(value["data"]) // 3]
        if request.path == "/api/models" and request.value("inference_provider") == LARGE:
            if missing is not None:
                value = [each for each in value if each["id"] != missing[0]]
            if fault == "bad records":
                value += [{"id": f"../{n}"} for n in range(12)]
        return replace(reply, entity=Entity(json.dumps(value).encode()))

    server.answer = answer  # type: ignore[method-assign]


def _facts(state: State) -> Facts:
    models: dict[str, list[Offer]] = {}
    for route, stated in sorted(state.items()):
        models.setdefault(route[0], []).append(_offer(route, stated))
    return Facts([Model({"id": name}, offers) for name, offers in models.items()], "a drill")


def _offer(route: Route, stated: Stated) -> Offer:
    model_id, provider, task = route
    pricing: dict[str, Any] = {}
    if stated.price is not None:
        pricing = {"pricing": {"input": float(stated.price[0]), "output": float(stated.price[1])}}
    measured = {"tokensPerSecond": stated.tps, "firstTokenLatencyMs": stated.ttft_ms}
    context = {} if stated.context is None else {"context_length": stated.context}
    entry: dict[str, Any] = {
        "provider": provider,
        "providerId": f"{provider}/{model_id}",
        "status": stated.status,
        "task": task,
        "type": "single-model",
        "providerDetails": context | ({} if stated.by_router else pricing),
        "performance": {name: value for name, value in measured.items() if value is not None},
    }
    return Offer(entry, router={"is_free": stated.is_free} | (pricing if stated.by_router else {}))


def _first_state(chance: random.Random) -> State:
    return {
        (f"org-{provider}/m{n}", provider, "conversational"): _new(chance, n)
        for provider, size in SIZES.items()
        for n in range(size)
    }


def _new(chance: random.Random, n: int) -> Stated:
    """Return a new offer; what it says nothing of stays so, as a run can't tell while the router is silent."""
    return Stated(
        price=_price(chance) if n % 7 else None,
        by_router=bool(n % 2),
        context=(None, 8192, 131072)[n % 3],
        tps=round(chance.uniform(10, 400), 2) if n % 5 else None,
        ttft_ms=round(chance.uniform(100, 3000), 1) if n % 5 else None,
    )


def _price(chance: random.Random) -> tuple[str, str]:
    return f"{chance.randrange(50, 3000) / 1000:.3f}", f"{chance.randrange(100, 9000) / 1000:.3f}"


def _change(chance: random.Random, state: State) -> None:
    """Let one thing happen that is honest: a price, a speed, a status, an offer that goes or comes."""
    route = chance.choice(sorted(state))
    stated, what = state[route], chance.randrange(10)
    if what < 3 and stated.price is not None:
        factor = chance.choice((0.5, 0.8, 1.2, 2.0))
        price = tuple(f"{float(side) * factor:.9f}" for side in stated.price)
        state[route] = replace(stated, price=(price[0], price[1]))
    elif what < 6 and stated.tps is not None:
        state[route] = replace(stated, tps=round(chance.uniform(10, 400), 2))
    elif what < 8:
        state[route] = replace(stated, status=chance.choice(("live", "live", "staging", "error")))
    elif what == 8:
        number = chance.randrange(SIZES[route[1]], SIZES[route[1]] + 6)
        name = (f"org-{route[1]}/m{number}", route[1], route[2])
        state.setdefault(name, _new(chance, number))
    elif sum(other[1] == route[1] for other in state) > SIZES[route[1]] - 2:
        del state[route]


def _served(state: State, fault: str | None) -> State:
    """Return the state as the Hub serves it in an hour with this fault."""
    if fault == "unit slip":
        return _slipped(state)
    if fault == "outage":
        return {r: replace(s, status="error") if r[1] == LARGE else s for r, s in state.items()}
    if fault == "surge":
        new = {(f"org-{LARGE}/new{n}", LARGE, "conversational"): Stated(price=("1", "2")) for n in range(60)}
        return state | new
    gone: dict[str, Any] = {"no speeds": {"tps": None, "ttft_ms": None}, "no prices": {"price": None}}.get(
        fault or "", {}
    )
    return {route: replace(stated, **gone) if route[1] == LARGE else stated for route, stated in state.items()}


def _slipped(state: State) -> State:
    """Return the state with the large provider's prices at a thousandth."""

    def slipped(stated: Stated) -> Stated:
        if stated.price is None:
            return stated
        price = tuple(f"{float(side) / 1000:.9f}" for side in stated.price)
        return replace(stated, price=(price[0], price[1]))

    return {route: slipped(stated) if route[1] == LARGE else stated for route, stated in state.items()}


def _as_another_release_leaves_it(root: Path) -> None:
    """Rewrite the dataset: without the columns and the memory that came later, with a column that is yet to come."""
    rewritten(root, "offers", lambda data: data.drop_columns(OF_LATER_RELEASES))
    rewritten(root, "measurements", newer)
    document = json.loads((root / "manifest.json").read_bytes())
    for source in document["sources"]:
        source.pop("memory", None)
    (root / "manifest.json").write_text(json.dumps(document))
