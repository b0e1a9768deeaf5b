"""Prices on a day, the cheapest over time, reliability and percentiles, beside plain Python over made rows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.dataset_samples import row
from tests.queries.query_rows import HOUR, T0, Rows, ask, connected, interval, made, usd
from tests.queries.test_queries_uptime import runs, status

DAY = 24
CARRIED = timedelta(days=45)


def price(begin: int, end: int | None, seen: int, value: str, **values: Any) -> dict[str, Any]:
    return interval("price_history", begin, end, seen, **usd(value, value), **values)


# --- price_on -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "value", "known", "days"),
    [
        ("2026-01-31", None, None, None),
        ("2026-02-01", "1", "observed that day", None),
        ("2026-02-02", "1", "observed before and after", None),
        ("2026-02-03", "1", "observed that day", None),
        ("2026-02-04", "1", "last observed before", 0),
        ("2026-02-06", "2", "observed that day", None),  # it changed at noon of that day
        ("2026-02-07", None, None, None),  # it was seen to be gone
        ("2026-02-21", "3", "observed that day", None),
        ("2026-03-21", "3", "last observed before", 28),
    ],
)
def test_the_price_on_a_day_and_how_it_is_known(
    day: str, value: str | None, known: str | None, days: int | None
) -> None:
    history = [
        price(1, 5 * DAY + 12, 2 * DAY + 3, "1"),
        price(5 * DAY + 12, 6 * DAY, 5 * DAY + 13, "2"),
        price(20 * DAY, None, 20 * DAY, "3"),
    ]
    with connected(made(price_history=history)) as connection:
        found = ask(connection, f"FROM price_on('{day}')")
    said = [(f["input_usd_per_mtok"], f["known"], f["days_since_observed"]) for f in found]
    assert said == ([] if value is None else [(Decimal(value), known, days)])


def test_price_as_of_says_how_many_days_before_it_was_observed() -> None:
    history = [price(0, None, 10, "1")]
    with connected(made(price_history=history)) as connection:
        for hours, observed, days in ((10, True, None), (11, False, 0), (34, False, 1), (10 + 30 * DAY, False, 30)):
            (found,) = ask(connection, f"FROM price_as_of('{(T0 + hours * HOUR).isoformat()}')")
            assert (found["observed"], found["days_since_observed"]) == (observed, days)


# --- cheapest_over_time and switches --------------------------------------------------------------------------------


def some_history(chance: random.Random) -> tuple[Rows, Rows]:
    """Prices and statuses of four providers of three models, some ended, some not seen for months."""
    prices, statuses = [], []
    for model in "abc":
        for provider in "pqrs":
            at = chance.randrange(1000)
            for _ in range(chance.randrange(4)):
                seen = at + chance.randrange(1500)
                end = chance.choice([seen + 1, seen + 1, seen + 1500])
                value = str(chance.choice([1, 1, 2, 3, 4]))
                prices.append(price(at, end, seen, value, model_id=model, provider=provider))
                at = end + chance.choice([0, 0, 100])
            if prices and chance.random() < 0.5:
                prices[-1]["valid_to"] = None
            down = chance.randrange(3000)
            if chance.random() < 0.7:
                statuses.append(status(0, down, down, model, provider=provider))
                statuses.append(status(down, down + 300, down + 299, model, provider=provider, status="error"))
    return prices, statuses


def held(row: dict[str, Any], moment: datetime) -> bool:
    end = row["last_observed_at"] + CARRIED
    return bool(row["valid_from"] <= moment < min(row["valid_to"] or end, end))


def cheapest_at(prices: Rows, statuses: Rows, model: str, moment: datetime) -> tuple[str, Decimal, int] | None:
    down = {s["provider"] for s in statuses if s["model_id"] == model and s["status"] != "live" and held(s, moment)}
    rows = [p for p in prices if p["model_id"] == model and held(p, moment) and p["provider"] not in down]
    best = min(rows, key=lambda p: (p["input_usd_per_mtok"], p["provider"]), default=None)
    return best and (best["provider"], best["input_usd_per_mtok"], len(rows))


@pytest.mark.parametrize("seed", range(8))
def test_the_cheapest_at_every_hour(seed: int) -> None:
    prices, statuses = some_history(random.Random(seed))
    with connected(made(price_history=prices, status_history=statuses)) as connection:
        found = ask(connection, "FROM cheapest_over_time")
        switches = ask(connection, "FROM switches")
    newest = max(row["last_observed_at"] for row in prices + statuses)
    for model in "abc":
        rows = [f for f in found if f["model_id"] == model]
        expected: list[tuple[datetime, str, str]] = []
        before: str | None = None
        moment = T0
        while moment <= newest:
            wanted = cheapest_at(prices, statuses, model, moment)
            then = [f for f in rows if f["from_at"] <= moment and (f["to_at"] is None or moment < f["to_at"])]
            said = [(f["provider"], f["blended_usd_per_mtok"]) for f in then]
            assert said == ([] if wanted is None else [wanted[:2]])
            if then and then[0]["from_at"] == moment:
                assert wanted is not None
                assert then[0]["priced_offers"] == wanted[2]
            if wanted and before not in {None, wanted[0]}:
                expected.append((moment, str(before), wanted[0]))
            before = wanted[0] if wanted else before
            moment += HOUR
        own = [s for s in switches if s["model_id"] == model]
        assert [(s["switched_at"], s["from_provider"], s["to_provider"]) for s in own] == expected


def test_a_switch_says_both_prices() -> None:
    history = [price(0, None, 100, "4"), price(50, None, 100, "3", provider="q")]
    with connected(made(price_history=history)) as connection:
        (found,) = ask(connection, "FROM switches")
    assert (found["from_blended_usd_per_mtok"], found["to_blended_usd_per_mtok"]) == (4, 3)
    assert (found["percent"], found["from_until"], found["switched_at"]) == (-25.0, T0 + 50 * HOUR, T0 + 50 * HOUR)


# --- reliability ----------------------------------------------------------------------------------------------------


def test_a_percentage_needs_a_day_of_known_hours() -> None:
    history = [status(0, None, 23, "o/short"), status(0, None, 30, "o/long", provider="q")]
    looked = [*runs(0, 10, 23), *runs(0, 10, 30, provider="q")]
    with connected(made(status_history=history, runs=looked)) as connection:
        found = {f["model_id"]: f for f in ask(connection, "FROM reliability('2026-01-01', '2026-03-01')")}
    assert (found["o/short"]["known_hours"], found["o/short"]["live_percent"]) == (23, None)
    assert found["o/short"]["provider_live_percent"] is None
    assert (found["o/long"]["known_hours"], found["o/long"]["live_percent"]) == (30, 100)


def test_a_provider_s_hours_are_those_of_its_routes() -> None:
    history = [status(0, None, 20, "o/up"), status(0, None, 20, "o/down", status="error")]
    with connected(made(status_history=history, runs=runs(0, 20))) as connection:
        found = ask(connection, "FROM reliability('2026-01-01', '2026-03-01')")
    said = {(f["provider_known_hours"], f["provider_live_hours"], f["provider_live_percent"]) for f in found}
    assert said == {(40, 20, 50)}
    assert [f["live_percent"] for f in found] == [None, None]


# --- latency_percentiles --------------------------------------------------------------------------------------------


def measured(hour: int, ttft: float | None, **values: Any) -> dict[str, Any]:
    known = {"model_id": "o/m", "provider": "p", "task": "conversational", "observed_at": T0 + hour * HOUR}
    return row("measurements", **(known | {"ttft_ms": ttft, "status": "live"} | values))


def percentiles(measurements: Rows, history: Rows, looked: Rows, month: str = "2026-02") -> Rows:
    with connected(made(measurements=measurements, status_history=history, runs=looked)) as connection:
        return ask(connection, f"FROM latency_percentiles('{month}')")


def test_a_value_weighs_as_long_as_it_held() -> None:
    rows = [measured(0, 100), measured(10, 900), measured(11, 200)]
    (found,) = percentiles(rows, [status(0, None, 100)], runs(*range(0, 101, 10)))
    # 100 ms for 10 hours, 900 for one, 200 for 89.
    assert (found["metric"], found["known_hours"]) == ("ttft_ms", 100)
    assert (found["p50"], found["p90"], found["p99"]) == (200, 200, 200)


def test_no_value_is_carried_across_a_gap_in_the_looks() -> None:
    rows = [measured(0, 100), measured(60, 300)]
    looked = runs(0, 10, 20, 60, 70)
    (found,) = percentiles(rows, [status(0, None, 70)], looked)
    assert (found["known_hours"], found["p50"], found["p90"]) == (30, 100, 300)  # 20 hours and 10


def test_only_live_time_and_live_measurements_count() -> None:
    history = [status(0, 10, 9), status(10, 20, 19, status="error"), status(20, None, 40)]
    rows = [measured(0, 100), measured(12, 1, status="error"), measured(30, 300)]
    (found,) = percentiles(rows, history, runs(*range(0, 41, 5)))
    assert (found["known_hours"], found["p50"], found["p99"]) == (20, 100, 300)  # 0 to 10, and 30 to 40


def test_a_month_begins_with_the_value_of_the_month_before() -> None:
    rows = [measured(-5, 100), measured(15, 300)]
    (found,) = percentiles(rows, [status(-5, None, 20)], runs(-5, 5, 20))
    assert (found["month"], found["known_hours"], found["p50"], found["p90"]) == ("2026-02", 20, 100, 300)
    (found,) = percentiles(rows, [status(-5, None, 20)], runs(-5, 5, 20), "2026-01")
    assert (found["known_hours"], found["p99"]) == (5, 100)


def test_a_value_of_before_the_month_before_is_not_carried() -> None:
    december = -40 * DAY
    history, looked = [status(december, None, 28 * DAY)], runs(*range(december, 28 * DAY, DAY))
    (found,) = percentiles([measured(december, 100)], history, looked, "2026-01")
    assert (found["known_hours"], found["p50"]) == (31 * 24, 100)
    assert percentiles([measured(december, 100)], history, looked, "2026-02") == []


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_beside_one_value_a_second(seed: int) -> None:
    chance = random.Random(seed)
    hours = sorted(chance.sample(range(600), 40))
    rows = [measured(hour, chance.choice([None, 10.0, 20.0, 50.0, 400.0, 1234.5])) for hour in hours]
    looks = sorted(chance.sample(range(600), 60))
    (found,) = percentiles(rows, [status(looks[0], None, looks[-1])], runs(*looks))
    values: list[float] = []
    for begin, end in pairwise(looks):
        if end - begin > DAY:
            continue
        for hour in range(begin, end):
            last = [r["ttft_ms"] for r in rows if r["observed_at"] <= T0 + hour * HOUR]
            values += [last[-1]] if last and last[-1] is not None else []
    values.sort()
    assert found["known_hours"] == len(values)
    for name, share in (("p50", 50), ("p90", 90), ("p99", 99)):
        assert found[name] == next(v for i, v in enumerate(values, 1) if 100 * i >= share * len(values))
