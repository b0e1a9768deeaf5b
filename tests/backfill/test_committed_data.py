"""The committed dataset against the recordings it was made of, read by csv and json alone: no code of the project."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = ROOT.parent / "shared" / "captures"
SIGHTINGS = CAPTURES / "hub-docs-daily-mappings" / "live-mappings.csv.gz"
PRICES = CAPTURES / "price-observations" / "hf-provider-price-observations.csv"
ROUTER = CAPTURES / "router-prices-2026-07-22"
REMOVED = datetime(2026, 7, 1, 13, 10, 15, tzinfo=UTC)
NEBIUS_READ_EMPTY = datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC)
GONE = {"black-forest-labs", "clarifai", "hyperbolic", "nebius", "nvidia", "sambanova"}

pytestmark = pytest.mark.skipif(not CAPTURES.exists(), reason="no recordings beside the checkout")

Route = tuple[str, str, str]


class Interval(NamedTuple):
    begin: datetime
    end: datetime | None
    seen: datetime
    value: Any

    def holds(self, moment: datetime) -> bool:
        return self.begin <= moment <= self.seen and (self.end is None or moment < self.end)


def rows(sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql.replace("$", str(ROOT / "data" / "latest"))).fetchall()


def intervals(table: str, *values: str) -> dict[Route, list[Interval]]:
    found: dict[Route, list[Interval]] = defaultdict(list)
    columns = "model_id, provider, task, valid_from, valid_to, last_observed_at"
    for model, provider, task, begin, end, seen, *value in rows(
        f"SELECT {columns}, {', '.join(values)} FROM '$/{table}.parquet'"
    ):
        found[model, provider, task].append(Interval(begin, end, seen, tuple(value)))
    return found


def sightings() -> Iterator[tuple[Route, str, datetime]]:
    with gzip.open(SIGHTINGS, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            route = (row["model_id"], row["provider"], row["task"])
            yield route, row["provider_model_id"], datetime.fromisoformat(row["committed_at"]).astimezone(UTC)


def nano(text: str) -> Decimal:
    """A price to the nano-USD: some recordings carry the noise of floats."""
    return Decimal(text).quantize(Decimal("1e-9"))


def prices() -> dict[tuple[Route, datetime], set[tuple[Decimal, Decimal]]]:
    """Both prices that were stated of a route at a moment: several where sources disagree."""
    found = defaultdict(set)
    with PRICES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["input_usd_per_mtok"] and row["output_usd_per_mtok"]:
                route = (row["model"], row["provider"], "conversational")
                stated = (nano(row["input_usd_per_mtok"]), nano(row["output_usd_per_mtok"]))
                found[route, datetime.fromisoformat(row["observed_at"])].add(stated)
    return found


def test_every_sighting_lies_in_an_interval_that_says_live() -> None:
    status = intervals("status_history", "status")
    seen = list(sightings())
    assert len(seen) > 16_000
    astray = [
        (route, moment)
        for route, _, moment in seen
        if [interval.value for interval in status[route] if interval.holds(moment)] != [("live",)]
    ]
    assert astray == []


def test_every_price_observation_lies_in_an_interval_of_that_price() -> None:
    known = intervals("price_history", "input_usd_per_mtok", "output_usd_per_mtok")
    stated = prices()
    assert len(stated) > 1_000
    astray = [
        (route, moment, wanted)
        for (route, moment), wanted in stated.items()
        if route[1] not in GONE
        and not any(interval.holds(moment) and interval.value in wanted for interval in known[route])
    ]
    assert astray == []


@pytest.mark.parametrize("table", ["price_history", "status_history"])
def test_nothing_is_known_after_its_end(table: str) -> None:
    for route, known in intervals(table, "source").items():
        ordered = sorted(known)
        for one, after in itertools.pairwise(ordered):
            assert one.end is not None, route
            assert one.end <= after.begin, route
        for interval in known:
            assert interval.end is None or interval.seen <= interval.end, route
            last = NEBIUS_READ_EMPTY if route[1] == "nebius" else REMOVED
            if route[1] in GONE:
                assert interval.end is not None, route
                assert interval.end <= last, route


def test_providers_that_were_removed_offer_nothing() -> None:
    offered = {provider for (provider,) in rows("SELECT provider FROM '$/offers.parquet'")}
    active = {provider for (provider,) in rows("SELECT provider FROM '$/providers.parquet' WHERE active")}
    assert not GONE & (offered | active)


def test_an_offer_that_was_sighted_lately_is_live_as_of_that_sighting() -> None:
    """Nothing newer says otherwise of these: no list was recorded after February."""
    last: dict[tuple[Route, str], datetime] = {}
    for route, own, moment in sightings():
        last[route, own] = max(moment, last.get((route, own), moment))
    offers = {
        ((model, provider, task), own): (status, at)
        for model, provider, task, own, status, at in rows(
            "SELECT model_id, provider, task, provider_model_id, status, observed_at FROM '$/offers.parquet'"
        )
    }
    february = NEBIUS_READ_EMPTY + timedelta(days=1)
    lately = {key: moment for key, moment in last.items() if moment > february and key[0][1] not in GONE}
    assert len(lately) > 200
    for key, moment in lately.items():
        if key in offers:  # a provider may have given the route another id since
            status, at = offers[key]
            assert status == "live", key
            assert at >= moment, key
        else:
            others = [at for (route, _), (_, at) in offers.items() if route == key[0]]
            assert any(at >= moment for at in others), key


def test_what_the_router_listed_in_july_has_that_price_unless_a_newer_one_is_known() -> None:
    offers = {
        (model, provider): (price, at)
        for model, provider, price_in, price_out, at in rows(
            "SELECT model_id, provider, input_usd_per_mtok, output_usd_per_mtok, price_observed_at"
            " FROM '$/offers.parquet' WHERE task = 'conversational'"
        )
        for price in [(price_in, price_out)]
    }
    july = datetime(2026, 7, 22, tzinfo=UTC)
    (path,) = ROUTER.glob("*.csv")
    with path.open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == 185
    newer = 0
    for row in listed:
        price, at = offers[row["model"], row["provider"]]
        if at > july + timedelta(days=1):
            newer += 1
        else:
            assert price == (nano(row["input_usd_per_mtok"]), nano(row["output_usd_per_mtok"])), row
    assert newer < 40


def test_models_that_the_router_served_are_known_with_that_day() -> None:
    (path,) = ROUTER.glob("*.txt")
    ids = path.read_text(encoding="utf-8").split()
    assert len(ids) == 126
    known = dict(rows("SELECT model_id, last_seen_at FROM '$/models.parquet'"))
    for model_id in ids:
        assert known[model_id] >= datetime(2026, 7, 22, tzinfo=UTC), model_id


def test_the_manifest_names_every_recording() -> None:
    manifest = json.loads((ROOT / "data" / "manifest.json").read_bytes())
    said = " ".join(f"{entry['source']} {entry['description']} {entry['url']}" for entry in manifest["provenance"])
    for name in ("hub-docs", "Justineo/kmodels", "huggingface.js", "catwalk", "genai-prices", "aiconfigurator", "jobs"):
        assert name in said
    assert datetime.fromisoformat(manifest["checked_at"]) == max(moment for _, _, moment in sightings())


def test_no_price_follows_itself_and_an_offer_s_price_is_as_old_as_its_last_look() -> None:
    found = intervals("price_history", "input_usd_per_mtok", "output_usd_per_mtok", "is_free")
    for held in found.values():
        for before, after in itertools.pairwise(sorted(held)):
            assert before.end != after.begin or before.value[:2] != after.value[:2] or after.value[2], (before, after)
    offered = rows(
        "SELECT model_id, provider, task, price_observed_at, input_usd_per_mtok, output_usd_per_mtok"
        " FROM '$/offers.parquet' WHERE price_source IS NOT NULL"
    )
    dates = {(model, provider, task): at for model, provider, task, at, *_ in offered}
    last = {
        (model, provider, task): max(held.seen for held in found[model, provider, task] if held.value[:2] == (*price,))
        for model, provider, task, _, *price in offered
    }
    assert dates == last
    assert len(last) > 300


@pytest.mark.parametrize(
    "table", ["offers", "models", "providers", "endpoint_instances", "jobs_hardware", "architectures", "runs"]
)
def test_every_row_names_its_source(table: str) -> None:
    ((count, lacking),) = rows(f"SELECT count(*), count(*) FILTER (source IS NULL) FROM '$/{table}.parquet'")
    assert (count > 0, lacking) == (True, 0)


def test_every_measurement_names_its_source() -> None:
    parts = "$/../measurements/*/*.parquet"
    assert rows(f"SELECT count(*) FILTER (source IS NULL) FROM '{parts}'") == [(0,)]
    counts = rows("SELECT count(*) FROM '$/offers.parquet' WHERE (measured_at IS NULL) <> (measured_source IS NULL)")
    assert counts == [(0,)]


def test_prices_moved_from_december_to_february_as_the_observations_say() -> None:
    """By csv alone: of routes priced by December and still in February, the geometric mean of how the price moved.

    Three of novita were last looked at in November and dearer in February. Without them, 40 of 163 rose, by 5.6 % on
    the whole and 18.7 % at novita; but routes that stayed count though nobody looked in December, so these do, too.
    """
    looks: dict[Route, list[tuple[str, Decimal]]] = defaultdict(list)
    for (route, at), stated in sorted(prices().items(), key=lambda one: one[0][1]):
        looks[route] += [(f"{at:%Y-%m}", 3 * given + taken) for given, taken in sorted(stated)]
    ratios: dict[Route, float] = {}
    for route, seen in looks.items():
        begin, end = ([price for month, price in seen if month <= until] for until in ("2025-12", "2026-02"))
        if begin and begin[-1] and seen[-1][0] >= "2026-02":
            ratios[route] = float(end[-1] / begin[-1])
    assert sum(ratio > 1 for ratio in ratios.values()) == 43

    def moved(of: list[float]) -> float:
        return 100 * math.exp(math.fsum(map(math.log, of)) / len(of))

    novita = [ratio for (_, provider, _), ratio in ratios.items() if provider == "novita"]
    months = "month IN ('2025-12', '2026-02') ORDER BY month"
    own = f"SELECT price_index FROM '$/provider_price_index.parquet' WHERE provider = 'novita' AND {months}"
    of_all = f"SELECT price_index FROM '$/price_index.parquet' WHERE {months}"
    for sql, expected in ((of_all, list(ratios.values())), (own, novita)):
        (december,), (february,) = rows(sql)
        assert 100 * february / december == pytest.approx(moved(expected), abs=0.01)
