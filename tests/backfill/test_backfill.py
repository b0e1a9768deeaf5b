"""The backfill of the real recordings, against a plain script over the same files that uses no code of the project."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from hf_providers.catalog.schema import MEASUREMENTS, PRICE_HISTORY, STATUS_HISTORY
from pipeline.assemble import tables
from pipeline.backfill import observations_csv
from pipeline.backfill.merge import merged, read
from pipeline.errors import BackfillError
from pipeline.history.record import frame

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
HUB_LISTS = {
    "models-2026-02-23T1423-97c7b1e.json": "2026-02-23T13:23:08+00:00",
    "models-2026-02-26T0308-2a28f2c.json": "2026-02-26T02:08:33+00:00",
    "models-2026-02-26T1227-8f91cbd.json": "2026-02-26T11:27:29+00:00",
}
CUT = {"fal-ai", "replicate", "wavespeed", "featherless-ai", "hf-inference"}
NOW = datetime(2026, 11, 21, tzinfo=UTC)
needs_captures = pytest.mark.skipif(not CAPTURES.exists(), reason="no recordings beside the checkout")

HEADER = "observed_at,source,model,provider,status,input_usd_per_mtok,output_usd_per_mtok,context_length,note\n"


def nano(text):
    return None if text in (None, "") else round(Decimal(str(text)) * 10**9)


def plain_observations():
    """(time, order, route, price or None, source) of every statement about a price, from the files themselves."""
    found = []
    for name, moment in HUB_LISTS.items():
        for model in json.loads((CAPTURES / "hub-list-2026-02" / name).read_text()):
            routes = defaultdict(list)
            for offer in model.get("inferenceProviderMapping") or []:
                routes[model["id"], offer["provider"], offer["task"]].append(offer)
            for route, offers in routes.items():
                spoken = min(offers, key=lambda o: (o["type"] != "single-model", o["status"] != "live"))
                pricing = (spoken.get("providerDetails") or {}).get("pricing") or {}
                price = (nano(pricing.get("input")), nano(pricing.get("output")))
                found.append((datetime.fromisoformat(moment), 0, route, None if None in price else price, "hub-list"))
    with (CAPTURES / "price-observations" / "hf-provider-price-observations.csv").open() as file:
        for row in csv.DictReader(file):
            price = (nano(row["input_usd_per_mtok"]), nano(row["output_usd_per_mtok"]))
            if None in price:
                continue
            order = next(
                (
                    i
                    for i, s in enumerate(("jadnohra/", "huggingface/", "charmbracelet/"))
                    if row["source"].startswith(s)
                ),
                3,
            )
            route = (row["model"], row["provider"], "conversational")
            found.append((datetime.fromisoformat(row["observed_at"]), order, route, price, row["source"]))
    return sorted(found, key=lambda o: (o[0], o[1], o[2], o[4]))


def plain_changes():
    last = {}
    changes = set()
    for moment, _, route, price, _ in plain_observations():
        if route in last and last[route] != price:
            changes.add((route, moment, last[route], price))
        last[route] = price
    return changes


def changes_of(history: pl.DataFrame):
    before = {}
    changes = set()
    for row in history.sort("model_id", "provider", "task", "valid_from").iter_rows(named=True):
        route = row["model_id"], row["provider"], row["task"]
        price = nano(row["input_usd_per_mtok"]), nano(row["output_usd_per_mtok"])
        price = None if None in price else price
        if route in before and before[route] != price:
            changes.add((route, row["valid_from"], before[route], price))
        before[route] = price
    return changes


def empty_histories():
    return {table.name: tables.empty(table) for table in (PRICE_HISTORY, STATUS_HISTORY, MEASUREMENTS)}


@pytest.fixture(scope="module")
def histories():
    files = [
        *(CAPTURES / "hub-list-2026-02").glob("*.json"),
        CAPTURES / "models-page-2025-07" / "inference-providers-models-page-mappings.json",
        CAPTURES / "price-observations" / "hf-provider-price-observations.csv",
    ]
    recordings = [read(path, None, NOW)[0] for path in files]
    assert not [problem for recording in recordings for problem in recording.problems]
    found, conflicts = merged(empty_histories(), [o for recording in recordings for o in recording.observations])
    assert conflicts == []
    return {name: frame(table) for name, table in found.items()}


@needs_captures
def test_every_price_change_is_found_and_none_more(histories):
    assert changes_of(histories["price_history"]) == plain_changes()
    assert len(plain_changes()) > 20


@needs_captures
def test_the_captures_hold_exactly_one_change_between_stated_prices(histories):
    first, last = (datetime.fromisoformat(list(HUB_LISTS.values())[i]) for i in (0, 2))
    stated = [
        change
        for change in changes_of(histories["price_history"])
        if first < change[1] <= last and change[2] is not None and change[3] is not None
    ]
    route = ("mistralai/Mistral-7B-Instruct-v0.2", "together", "conversational")
    assert [(change[0], change[2], change[3]) for change in stated] == [(route, (2 * 10**8, 2 * 10**8), (0, 0))]


@needs_captures
def test_the_history_reaches_as_far_as_the_recordings(histories):
    status, prices = histories["status_history"], histories["price_history"]
    assert status["valid_from"].min() == datetime(2025, 7, 15, 21, 32, 2, 972000, tzinfo=UTC)
    assert prices["valid_from"].min() == datetime(2025, 9, 23, 13, 52, tzinfo=UTC)
    assert prices["last_observed_at"].max() == datetime(2026, 8, 18, 17, 25, tzinfo=UTC)
    assert {"hub-list", "models-page"} < set(status["source"])


@needs_captures
def test_absence_closes_only_what_was_listed_whole(histories):
    closed = histories["status_history"].filter(pl.col("valid_to").is_not_null())
    gone = closed.filter(pl.col("valid_to").is_in([datetime.fromisoformat(t) for t in HUB_LISTS.values()]))
    last = gone.join(
        histories["status_history"],
        left_on=["model_id", "provider", "task", "valid_to"],
        right_on=["model_id", "provider", "task", "valid_from"],
        how="anti",
    )
    assert last.height > 0
    assert not set(last["provider"]) & CUT


@needs_captures
def test_a_blank_price_neither_closes_nor_zeroes(histories):
    with (CAPTURES / "price-observations" / "hf-provider-price-observations.csv").open() as file:
        stated = {
            (row["model"], row["provider"], nano(row["input_usd_per_mtok"]))
            for row in csv.DictReader(file)
            if row["input_usd_per_mtok"]
        }
    catwalk = histories["price_history"].filter(pl.col("source").str.starts_with("charmbracelet"))
    assert catwalk.height > 0
    for row in catwalk.iter_rows(named=True):
        assert (row["model_id"], row["provider"], nano(row["input_usd_per_mtok"])) in stated


def csv_of(*rows: str) -> str:
    return HEADER + "".join(row + "\n" for row in rows)


GOOD = "2026-03-01T00:00:00Z,catwalk@1,o/m,groq,live,0.5,1,1000,"


def test_rows_become_observations_by_time_and_source():
    recording = observations_csv.read(csv_of(GOOD, GOOD.replace("o/m", "o/n"), GOOD.replace("03-01", "03-02")), NOW)
    assert [(o.observed_at.day, o.source, o.rows.height) for o in recording.observations] == [
        (1, "catwalk@1", 2),
        (2, "catwalk@1", 1),
    ]
    assert recording.problems == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER.replace("note", "surprise") + GOOD + "\n", "'note', 'surprise'"),
        (csv_of(GOOD.replace("2026-03-01", "2027-03-01")), "future"),
        (csv_of(GOOD.replace("2026-03-01T00:00:00Z", "soon")), "no time"),
        (csv_of(GOOD.replace("00:00:00Z", "00:00:00")), "no time with a zone"),
        (csv_of("2026-03-01T00:00:00Z,catwalk@1,o/m"), "not 9 cells"),
        (csv_of(GOOD + ",more"), "not 9 cells"),
        (csv_of(GOOD.replace("o/m", "")), "no model"),
        (csv_of(GOOD.replace("o/m", "o/\x1b[31mm")), "no model"),
        (csv_of(GOOD.replace(",live,", ",alive,")), "no status"),
        (csv_of(GOOD, GOOD.replace("0.5", "0.6")), "is listed twice"),
    ],
)
def test_what_can_not_be_right_is_refused_whole(text, said):
    with pytest.raises(BackfillError, match=said) as refused:
        observations_csv.read(text, NOW)
    assert refused.value.hint


@pytest.mark.parametrize("context", ["-5", "1" * 30, "many", "0"])
def test_an_impossible_context_is_quarantined(context):
    recording = observations_csv.read(csv_of(GOOD.replace(",1000,", f",{context},")), NOW)
    assert [problem.field for problem in recording.problems] == ["context_length"]
    assert recording.observations[0].rows["context_length"].to_list() == [None]


def test_an_identical_row_may_stand_twice():
    assert observations_csv.read(csv_of(GOOD, GOOD), NOW).observations[0].rows.height == 1


@pytest.mark.parametrize("price", ["-1,1", "nan,1", "500000,1000000", "0.0000005,0.000001", "x,1"])
def test_an_implausible_price_is_quarantined_and_says_nothing(price):
    recording = observations_csv.read(csv_of(GOOD.replace("0.5,1", price)), NOW)
    assert recording.problems
    assert recording.observations[0].rows["output_usd_per_mtok"].to_list() == [None]


def test_a_price_in_another_unit_is_caught_beside_the_others():
    usual = [GOOD.replace("2026-03-01", f"2026-03-0{day}").replace("0.5,1,", "150,300,") for day in (1, 2, 3)]
    odd = GOOD.replace("2026-03-01", "2026-03-04").replace("0.5,1,", "0.00015,0.0003,")
    recording = observations_csv.read(csv_of(*usual, odd), NOW)
    assert [problem.reason for problem in recording.problems] == [
        "0.000300000 beside a usual 300.000000000: another unit"
    ]


def test_zero_is_a_stated_price():
    rows = observations_csv.read(csv_of(GOOD.replace("0.5,1", "0,0")), NOW).observations[0].rows
    assert rows["input_usd_per_mtok"].to_list() == [Decimal(0)]


def test_a_recording_from_the_future_is_refused(tmp_path):
    path = tmp_path / "list.json"
    path.write_text("[]")
    with pytest.raises(BackfillError, match="future"):
        read(path, datetime(2030, 1, 1, tzinfo=UTC), NOW)
    with pytest.raises(BackfillError, match="has no time"):
        read(path, None, NOW)


@needs_captures
def test_the_registry_knows_the_recordings_by_their_bytes():
    import tomllib

    text = (Path(__file__).resolve().parents[2] / "pipeline/registry/recordings.toml").read_text()
    for name, moment in HUB_LISTS.items():
        body = (CAPTURES / "hub-list-2026-02" / name).read_bytes()
        entry = tomllib.loads(text)[hashlib.sha256(body).hexdigest()]
        assert entry["observed_at"] == datetime.fromisoformat(moment)
        assert set(entry["incomplete"]) == CUT


@pytest.mark.parametrize(
    "text", ["observed_at,source,model\r,provider\n", 'observed_at,"source\r\nmodel\rx,provider\n']
)
def test_what_is_no_csv_is_refused_in_words(text):
    with pytest.raises(BackfillError) as caught:
        observations_csv.read(text, NOW)
    assert caught.value.hint
