"""The forms in which later recordings come, each against a plain reading of the same file."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.backfill import live_mappings, provider_removals, router_list, router_prices
from pipeline.backfill.merge import read
from pipeline.errors import BackfillError

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
needs_captures = pytest.mark.skipif(not CAPTURES.exists(), reason="no recordings beside the checkout")
NOW = datetime(2026, 11, 29, tzinfo=UTC)
AT = datetime(2026, 7, 30, tzinfo=UTC)
SIGHTINGS = "committed_at,commit,provider,task,model_id,provider_model_id\n"
PRICED = "observed_at,source,model,provider,input_usd_per_mtok,output_usd_per_mtok\n"
REMOVALS = "commit_date,commit,event,provider,subject\n"


def recorded(name: str):
    (path,) = CAPTURES.glob(name)
    return read(path, None, NOW)


@needs_captures
def test_every_sighting_is_read_at_its_time_in_utc() -> None:
    recording, provenance = recorded("hub-docs-daily-mappings/*.gz")
    (path,) = CAPTURES.glob("hub-docs-daily-mappings/*.gz")
    with gzip.open(path, "rt") as file:
        said = Counter()
        for row in csv.DictReader(file):
            local = datetime.fromisoformat(row["committed_at"])
            at = local.replace(tzinfo=UTC) - (local.utcoffset() or timedelta())
            said[at, row["model_id"], row["provider"], row["task"], row["provider_model_id"], "live"] += 1
    columns = ("model_id", "provider", "task", "provider_model_id", "status")
    found = Counter((o.observed_at, *row) for o in recording.observations for row in o.rows.select(columns).rows())
    assert found == said
    assert sum(said.values()) == 16_196
    assert provenance is not None
    assert (provenance.from_, provenance.to) == (min(said)[0], max(said)[0])
    assert {o.complete for o in recording.observations} == {frozenset()}, "a sighting says nothing of absence"


@needs_captures
def test_every_priced_offer_of_the_router_is_read() -> None:
    recording, _ = recorded("router-prices-2026-07-22/*.csv")
    (path,) = CAPTURES.glob("router-prices-2026-07-22/*.csv")
    with path.open() as file:
        said = {
            (
                datetime.fromisoformat(row["observed_at"]),
                row["model"],
                row["provider"],
                round(Decimal(row["input_usd_per_mtok"]), 9),
                round(Decimal(row["output_usd_per_mtok"]), 9),
            )
            for row in csv.DictReader(file)
        }
    columns = ("model_id", "provider", "input_usd_per_mtok", "output_usd_per_mtok")
    assert {(o.observed_at, *row) for o in recording.observations for row in o.rows.select(columns).rows()} == said
    assert len(said) == 185
    frame = pl.concat(o.rows for o in recording.observations)
    assert (set(frame["task"]), set(frame["status"])) == ({"conversational"}, {"live"})
    assert {o.source for o in recording.observations} == {"router"}


@needs_captures
def test_the_router_s_model_ids_are_read_with_their_time() -> None:
    recording, _ = recorded("router-prices-2026-07-22/*.txt")
    (path,) = CAPTURES.glob("router-prices-2026-07-22/*.txt")
    assert recording.served == dict.fromkeys(path.read_text().split(), datetime(2026, 7, 22, 6, 18, 55, tzinfo=UTC))
    assert len(recording.served) == 126


def stated_by_router(answer: dict[str, Any]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What a recorded answer states of each model and provider, read without the code under test."""
    stated = {}
    for model in answer.get("data") or [answer]:
        for offer in model["providers"]:
            price = offer.get("pricing") or {}
            stated[model["id"], offer["provider"]] = (
                offer["status"],
                price.get("input"),
                price.get("output"),
                offer.get("is_free"),
                offer.get("context_length"),
                offer.get("supports_tools"),
                offer.get("supports_structured_output"),
                round(float(offer["throughput"]), 3) if "throughput" in offer else None,
                round(float(offer["first_token_latency_ms"]), 3) if "throughput" in offer else None,
            )
    return stated


@needs_captures
@pytest.mark.parametrize(
    ("name", "day"), [("router-2026-07-fixture/*.json", (2026, 7, 30)), ("hub-docs-samples/*.json", (2026, 5, 12))]
)
def test_a_recorded_answer_of_the_router_is_read_verbatim(name: str, day: tuple[int, int, int]) -> None:
    recording, _ = recorded(name)
    (path,) = CAPTURES.glob(name)
    stated = stated_by_router(json.loads(path.read_text(), parse_float=Decimal))
    (observation,) = recording.observations
    found = {
        (row["model_id"], row["provider"]): (
            row["status"],
            row["input_usd_per_mtok"],
            row["output_usd_per_mtok"],
            row["is_free"],
            row["context_length"],
            row["supports_tools"],
            row["supports_structured_output"],
            None if row["throughput_tps"] is None else round(row["throughput_tps"], 3),
            None if row["ttft_ms"] is None else round(row["ttft_ms"], 3),
        )
        for row in observation.rows.to_dicts()
    }
    assert found.keys() == stated.keys()
    for offer, values in stated.items():
        assert found[offer][:7] == values[:7]
        for speed, stated_speed in zip(found[offer][7:], values[7:], strict=True):
            assert (speed is None) == (stated_speed is None)
            assert speed is None or speed == pytest.approx(stated_speed, rel=1e-4)
    assert observation.observed_at == datetime(*day, tzinfo=UTC)


@needs_captures
def test_a_removal_ends_what_its_providers_listed_and_an_addition_says_nothing() -> None:
    recording, _ = recorded("provider-lists/*.csv")
    (path,) = CAPTURES.glob("provider-lists/*.csv")
    with path.open() as file:
        removed = {row["provider"] for row in csv.DictReader(file) if row["event"] == "removed"}
    (observation,) = recording.observations
    assert (observation.complete, observation.rows.height) == (removed, 0)
    assert observation.observed_at == datetime(2026, 7, 1, 13, 10, 15, tzinfo=UTC)
    assert len(removed) == 6


@needs_captures
def test_a_recorded_list_is_a_look_at_every_provider_that_was_asked() -> None:
    for path in sorted(CAPTURES.glob("hub-list-2026-02/*.json")):
        recording, _ = read(path, None, NOW)
        said = Counter(
            provider
            for model in json.loads(path.read_text())
            for provider in {(o["provider"], o["task"]) for o in model.get("inferenceProviderMapping") or []}
        )
        (observation,) = recording.observations
        listed = Counter()
        for (provider, _), count in said.items():
            listed[provider] += count
        assert {run["provider"]: run["records"] for run in recording.runs} == listed | Counter({"nebius": 0}) | {
            "nebius": 0
        }
        assert {(run["run_at"], run["source"], run["result"]) for run in recording.runs} == {
            (observation.observed_at, "hub-list", "ok")
        }
        assert "nebius" in observation.complete, "its list was read, and empty"


SIGHTED = "2026-08-21T23:19:34-04:00,78344c8,groq,conversational,o/m,own\n"


def test_a_time_with_an_offset_is_taken_to_utc() -> None:
    (observation,) = live_mappings.read(SIGHTINGS + SIGHTED).observations
    assert observation.observed_at == datetime(2026, 8, 22, 3, 19, 34, tzinfo=UTC)
    assert observation.source == "huggingface/hub-docs@78344c8"


def test_a_sighting_without_the_provider_s_id_leaves_it_unknown() -> None:
    (observation,) = live_mappings.read(SIGHTINGS + SIGHTED.replace("own", "")).observations
    assert observation.rows["provider_model_id"].to_list() == [None]


@pytest.mark.parametrize(
    ("reader", "text", "said"),
    [
        (live_mappings.read, SIGHTINGS + SIGHTED.replace("-04:00", ""), "no time zone"),
        (live_mappings.read, SIGHTINGS + SIGHTED.replace("2026-08", "2026-13"), "line 2"),
        (live_mappings.read, SIGHTINGS + SIGHTED.replace("o/m", "o/\x1b[31mm"), "no model"),
        (live_mappings.read, SIGHTINGS + SIGHTED.replace("78344c8", "../x"), "no commit"),
        (live_mappings.read, SIGHTINGS + SIGHTED.replace(",own", ""), "not 6 cells"),
        (live_mappings.read, SIGHTINGS + SIGHTED + SIGHTED.replace("own", "other"), "two ids"),
        (live_mappings.read, SIGHTINGS.replace("task", "kind") + SIGHTED, "columns"),
        (router_prices.read, PRICED + "2026-07-22T00:00:00Z,k,o/m,groq,1,\n", "price is missing"),
        (router_prices.read, PRICED + "2026-07-22T00:00:00Z,k,o/m,groq,-1,1\n", "negative"),
        (router_prices.read, PRICED + "2026-07-22,k,o/m,groq,1,1\n", "no time zone"),
        (router_prices.read, PRICED + "2026-07-22T00:00:00Z,k,o m,groq,1,1\n", "no model"),
        (
            router_prices.read,
            PRICED + "2026-07-22T00:00:00Z,k,o/m,groq,1,1\n2026-07-22T00:00:00Z,k,o/m,groq,1,2\n",
            "is listed twice",
        ),
        (provider_removals.read, REMOVALS + "2026-07-01T00:00:00Z,c,dropped,groq,x\n", "no event"),
        (provider_removals.read, REMOVALS + "2026-07-01T00:00:00Z,c,removed,gr oq,x\n", "no event"),
        (provider_removals.read, REMOVALS + "yesterday,c,removed,groq,x\n", "line 2"),
    ],
)
def test_what_can_not_be_right_is_refused_whole(reader, text: str, said: str) -> None:
    with pytest.raises(BackfillError, match=said) as refused:
        reader(text)
    assert refused.value.hint


def test_a_list_of_ids_is_refused_where_a_line_is_no_id() -> None:
    with pytest.raises(BackfillError, match="no id"):
        router_prices.read_ids("o/m\n<p>\n", AT)
    with pytest.raises(BackfillError, match="not a list"):
        router_prices.read_ids("\n", AT)
    with pytest.raises(BackfillError, match="has no time"):
        router_prices.read_ids("o/m\n", None)


def test_an_answer_of_the_router_needs_a_time(tmp_path: Path) -> None:
    path = tmp_path / "router.json"
    path.write_text('{"data": [{"id": "o/m", "providers": [{"provider": "groq", "status": "live"}]}]}')
    with pytest.raises(BackfillError, match="has no time"):
        read(path, None, NOW)
    recording, _ = read(path, AT, NOW)
    assert recording.served == {"o/m": AT}
    assert recording.observations[0].rows["provider"].to_list() == ["groq"]


def test_two_words_of_the_router_on_one_offer_are_left_out() -> None:
    offers = ",".join(
        f'{{"provider": "groq", "status": "live", "pricing": {{"input": {price}, "output": 1}}}}' for price in (1, 2)
    )
    recording = router_list.read(f'{{"data": [{{"id": "o/m", "providers": [{offers}]}}]}}'.encode(), AT)
    assert recording.observations[0].rows.is_empty()
    assert [problem.field for problem in recording.problems] == ["providers[groq]"]


def test_a_file_that_unpacks_wrongly_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "live.csv.gz"
    path.write_bytes(gzip.compress((SIGHTINGS + SIGHTED).encode())[:-12])
    with pytest.raises(BackfillError, match="unpacked"):
        read(path, None, NOW)
