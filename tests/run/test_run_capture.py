"""A whole run over the real recordings, compared with plain JSON and Decimal over the same files."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pyarrow.parquet as pq
import pytest

from hf_providers.catalog.schema import TABLES
from hf_providers.hub import read_model
from pipeline.crawl.source_result import SourceResult
from pipeline.crawl.sources import hub_model
from pipeline.replay import read_capture, read_dataset, serve
from pipeline.replay.wire import Entity, Reply, Request
from tests.dataset_samples import state
from tests.run.runs import AT, Pipe, facts, ids, listing_of, many, overriding

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURE = CAPTURES / "hub-list-2026-02" / "models-2026-02-26T1227-8f91cbd.json"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the folder of recordings is not beside the repository")

Key = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipe]:
    """One run over the capture, read by every test here; none of them writes there."""
    with pytest.MonkeyPatch.context() as patch:
        pipe = Pipe(patch, tmp_path_factory.mktemp("capture"))
        with serve(read_capture(CAPTURE, AT)) as server:
            assert pipe.run(server) == 0
        yield pipe


def recorded() -> list[tuple[Key, dict[str, Any]]]:
    """Every mapping of the capture with its key, as plain JSON has it; numbers are what was printed."""
    models = json.loads(CAPTURE.read_text(), parse_float=Decimal)
    return [
        ((model["id"], said["provider"], said["task"], said["providerId"]), said)
        for model in models
        for said in model.get("inferenceProviderMapping", [])
    ]


def key(row: dict[str, Any]) -> Key:
    return row["model_id"], row["provider"], row["task"], row["provider_model_id"]


def test_every_offer_arrives_exactly_once_and_none_is_invented(crawled: Pipe) -> None:
    said = Counter(k for k, _ in recorded())
    assert Counter(map(key, crawled.rows("offers"))) == said
    assert (said.total(), max(said.values()), len({k[0] for k in said})) == (1448, 1, 836)
    assert {row["model_id"] for row in crawled.rows("models")} == {k[0] for k in said}


def test_prices_are_the_recorded_decimals_and_null_where_none_was_stated(crawled: Pipe) -> None:
    def price(said: dict[str, Any]) -> tuple[Decimal, ...] | None:
        sides = said.get("providerDetails", {}).get("pricing", {})
        if not {"input", "output"} <= sides.keys():
            return None
        return tuple(Decimal(sides[s]).quantize(Decimal("1e-9"), ROUND_HALF_EVEN) for s in ("input", "output"))

    said = {k: price(entry) for k, entry in recorded()}
    rows = crawled.rows("offers")
    found = {key(r): (r["input_usd_per_mtok"], r["output_usd_per_mtok"]) for r in rows}
    assert found == {k: stated or (None, None) for k, stated in said.items()}
    assert sum(stated is not None for stated in said.values()) == 233
    assert {r["price_source"] for r in rows if said[key(r)]} == {"hub-list"}
    noisy = [k for k, e in recorded() if "0.060000000000000005" in str(e.get("providerDetails"))]
    assert noisy
    assert all(Decimal("0.06") in found[k] for k in noisy)


def test_what_else_a_mapping_says_is_in_its_row(crawled: Pipe) -> None:
    rows = {key(row): row for row in crawled.rows("offers")}
    for k, said in recorded():
        row, features = rows[k], said.get("features", {})
        assert (row["status"], row["previous_status"], row["type"], row["adapter"], row["is_model_author"]) == tuple(
            said.get(name) for name in ("status", "previousStatus", "type", "adapter", "isModelAuthor")
        )
        assert row["context_length"] == said.get("providerDetails", {}).get("context_length")
        assert row["supports_tools"] == features.get("toolCalling")
        assert row["supports_structured_output"] == features.get("structuredOutput")
        speed = said.get("performance", {})
        for column, name in (("throughput_tps", "tokensPerSecond"), ("ttft_ms", "firstTokenLatencyMs")):
            wanted = None if speed.get(name) is None else pytest.approx(float(speed[name]), rel=1e-6)
            assert row[column] == wanted


def test_readiness_counts_are_those_that_were_measured(crawled: Pipe) -> None:
    query = "SELECT readiness, count(*) FROM read_parquet(?) GROUP BY readiness"
    counted = duckdb.execute(query, [str(crawled.out / "latest" / "offers.parquet")]).fetchall()
    assert dict(counted) == {"hot": 495, "warm": 2, "cold": 835, "unavailable": 116}


def test_two_offers_of_one_model_at_one_provider_are_both_there(crawled: Pipe) -> None:
    both = crawled.rows("offers", model_id="ByteDance/Hyper-SD", provider="replicate")
    assert {row["type"] for row in both} == {"single-model", "tag-filter"}


def test_what_the_recording_does_not_state_stays_null(crawled: Pipe) -> None:
    silent = ("is_moe", "license", "base_models", "dtype_parameters", "inference", "gated", "created_at")
    assert {row[name] for row in crawled.rows("models") for name in silent} == {None}


def test_parameters_are_those_that_an_earlier_recording_states_too(crawled: Pipe) -> None:
    def totals(path: Path) -> set[tuple[str, int]]:
        models = json.loads(path.read_text())
        return {(m["id"], m["safetensors"]["total"]) for m in models if (m.get("safetensors") or {}).get("total")}

    earlier = [path for path in CAPTURE.parent.glob("models-*.json") if path.name < CAPTURE.name]
    stated = totals(CAPTURE) & set().union(*map(totals, earlier))
    ids = {k[0] for k, _ in recorded()}
    rows = crawled.rows("models")
    found = {(r["model_id"], r["counted_parameters"]) for r in rows if r["counted_parameters"] is not None}
    assert found == {pair for pair in stated if pair[0] in ids}
    assert found < totals(CAPTURE)


def test_a_replay_of_what_was_published_gives_the_same_tables(
    crawled: Pipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    again = Pipe(monkeypatch, tmp_path)
    with serve(read_dataset(crawled.out)) as server:
        assert again.run(server) == 0
    for name in TABLES.keys() - {"runs", "measurements"}:
        one, other = (pq.read_table(p.out / "latest" / f"{name}.parquet") for p in (crawled, again))
        assert one.equals(other), name
    assert again.manifest["version"] == crawled.manifest["version"]
    assert again.manifest["checked_at"] == crawled.manifest["checked_at"]


def test_an_identical_run_is_the_identical_version_and_only_a_new_manifest(pipe: Pipe) -> None:
    with serve(read_capture(CAPTURE, AT)) as server:
        assert pipe.run(server) == 0
        first, before = pipe.manifest, state(pipe.out)
        assert pipe.run(server, "--observed-at", "2026-02-26T12:27:00Z") == 0
    after = state(pipe.out)
    assert {path for path in after if after[path] != before.get(path)} == {"manifest.json"}
    assert pipe.manifest["version"] == first["version"]
    assert (first["checked_at"], pipe.manifest["checked_at"]) == ("2026-02-26T11:27:00Z", "2026-02-26T12:27:00Z")
    assert pipe.manifest["changed_at"] == first["changed_at"]
    assert {row["run_at"] for row in pipe.last_runs()} == {"2026-02-26T12:27:00Z"}


def cassettes() -> list[dict[str, Any]]:
    path = CAPTURES / "huggingface_hub-cassettes" / "model-info-inferenceProviderMapping.json"
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


def said_by(body: str) -> set[tuple[str, str, str, str, str]]:
    document = json.loads(body)
    mapping = document.get("inferenceProviderMapping") or {}
    return {(document["id"], p, o["task"], o["providerId"], o["status"]) for p, o in mapping.items()}


def test_every_object_shaped_recording_gives_its_offers() -> None:
    bodies = [recording["body"] for recording in cassettes() if recording["status"]["code"] == 200]
    for body in bodies:
        source_result = SourceResult(hub_model.NAME)
        read = read_model(body.encode())
        hub_model.rows(source_result, read.records[0])
        keys = ("model_id", "provider", "task", "provider_model_id", "status")
        assert {tuple(offer[name] for name in keys) for offer in source_result.offers} == said_by(body)
        assert not read.problems
    assert len(bodies) == 31


def test_models_named_without_a_mapping_are_looked_up_the_renamed_one_too(pipe: Pipe) -> None:
    # The recordings say `expand`, once; a real answer depends on the path alone here.
    answers = {urlsplit(recording["uri"]).path: recording for recording in cassettes()}
    moved = {path: r["headers"]["Location"][0] for path, r in answers.items() if r["status"]["code"] == 307}
    assert len(moved) == 1
    named = [
        path.removeprefix("/api/models/") for path in answers if path not in {urlsplit(t).path for t in moved.values()}
    ]

    def answer(request: Request) -> object:
        if listing_of("hf-inference")(request):
            return [{"id": model_id} for model_id in named]
        recording = answers.get(request.path)
        if recording is None:
            return None
        target = re.sub(r"\?.*", f"?{request.raw_query}", moved.get(request.path, ""))
        headers = (("Location", target),) if target else ()
        return Reply(recording["status"]["code"], Entity(recording["body"].encode()), headers)

    with serve(facts(*many("replicate", 1))) as server:
        overriding(server, answer)
        assert pipe.run(server) == 0
    wanted = set().union(*(said_by(r["body"]) for r in answers.values() if r["status"]["code"] == 200))
    keys = ("model_id", "provider", "task", "provider_model_id", "status")
    listed = [row for row in pipe.rows("offers") if row["type"]]
    assert ids(listed) == {"org-replicate/m0"}
    assert {tuple(row[name] for name in keys) for row in pipe.rows("offers") if row not in listed} == wanted
    assert {row["readiness"] for row in pipe.rows("offers", status="staging")} == {"unavailable"}
