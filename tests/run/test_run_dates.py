"""When each offer, its price and its speed were last stated, run after run; the dates are written out here."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hf_providers.catalog.columns import DATED
from hf_providers.catalog.database import ADDED, Catalog
from hf_providers.documents import answer, cost
from pipeline.replay import Offer, serve
from pipeline.replay.wire import Entity, Reply
from tests.run.runs import Pipe, entry, facts, listing_of, model, overriding, priced

NAMES = tuple(column.name for column in DATED)
T = [datetime(2026, 2, 1, hour, tzinfo=UTC) for hour in range(6)]
REMOVED = T[3] + timedelta(minutes=30)
SPEED = {"performance": {"tokensPerSecond": 20.0, "firstTokenLatencyMs": 300.0}}
ROUTED = Offer(entry("novita"), router={**priced(0.5, 1.5), "is_free": False})
LISTED = Offer(entry("groq", providerDetails=priced(1, 2), **SPEED))


def world() -> Any:
    return facts(model("org/routed", ROUTED), model("org/listed", LISTED), at=None)


def at(moment: datetime) -> tuple[str, str]:
    return "--observed-at", moment.isoformat()


def dates(pipe: Pipe, model_id: str) -> tuple[Any, ...]:
    row = pipe.row("offers", model_id=model_id)
    return tuple(row[name] for name in NAMES)


def test_a_run_dates_what_it_was_told_and_nothing_else(pipe: Pipe) -> None:
    with serve(world()) as server:
        assert pipe.run(server, *at(T[0])) == 0
    assert dates(pipe, "org/routed") == (T[0], T[0], None), "nobody measured it"
    assert dates(pipe, "org/listed")[:2] == (T[0], T[0])
    assert (dates(pipe, "org/listed")[2] is None) == (pipe.row("offers", model_id="org/listed")["ttft_ms"] is None)
    assert pipe.row("models", model_id="org/listed")["last_seen_at"] == T[0]


def test_a_provider_that_fails_keeps_the_dates_of_its_last_good_list(pipe: Pipe) -> None:
    """The run of T1 finds nothing new and publishes only a manifest: it has seen the offers all the same."""
    with serve(world()) as server:
        assert pipe.run(server, *at(T[0])) == 0
        version = pipe.manifest["version"]
        assert pipe.run(server, *at(T[1])) == 0
        assert pipe.manifest["version"] == version
        failing = listing_of("groq")
        overriding(server, lambda request: Reply(403, Entity(b"{}")) if failing(request) else None)
        assert pipe.run(server, *at(T[2])) == 4
    assert dates(pipe, "org/listed")[:2] == (T[1], T[1])
    assert dates(pipe, "org/routed")[:2] == (T[2], T[2])
    assert pipe.row("models", model_id="org/listed")["last_seen_at"] == T[1]


def test_a_router_that_fails_leaves_its_prices_with_the_date_of_its_last_answer(pipe: Pipe) -> None:
    with serve(world()) as server:
        assert pipe.run(server, *at(T[0])) == 0
        overriding(server, lambda request: Reply(403, Entity(b"{}")) if request.path == "/v1/models" else None)
        assert pipe.run(server, *at(T[1])) == 4
    row = pipe.row("offers", model_id="org/routed")
    assert (row["input_usd_per_mtok"], row["price_source"], row["stale"]) == (Decimal("0.5"), "router", False)
    assert row["price_observed_at"] == T[0]
    seen = {(source["source"], source["provider"]): source["observed_at"] for source in pipe.manifest["sources"]}
    assert (seen["hub-list", "novita"], seen["router", ""]) == ("2026-02-01T01:00:00Z", "2026-02-01T00:00:00Z")


def test_dates_alone_make_no_new_version(pipe: Pipe) -> None:
    with serve(world()) as server:
        versions = set()
        for moment in T[:3]:
            assert pipe.run(server, *at(moment)) == 0
            versions.add(pipe.manifest["version"])
    assert len(versions) == 1


def test_a_promotion_counts_while_complete_runs_confirm_it(pipe: Pipe) -> None:
    """The run of T1 publishes only a manifest, for nothing changed; in the one of T2 nobody heard of the promotion."""
    free = Offer(entry("novita"), router={**priced(1, 2), "is_free": True})
    job, free_now = cost.Job(10**6, 0), []
    with serve(facts(model("org/free", free), at=None)) as server:
        for moment in T[:3]:
            if moment == T[2]:
                overriding(server, lambda request: Reply(403, Entity(b"{}")) if request.path == "/v1/models" else None)
            pipe.run(server, *at(moment))
            with Catalog(str(pipe.out / "latest" / "catalog.sqlite")) as catalog:
                (row,) = cost.priced(catalog, "org/free", job)
            free_now.append((row["free_now"], row["total_nano_usd"]))
    assert free_now == [(True, 0), (True, 0), (False, 10**9)]


def test_a_price_that_its_source_no_longer_confirms_ceases_to_be_the_cheapest(pipe: Pipe) -> None:
    """Nothing but time passes: a router that fails for 45 days leaves a price that is not ranked any more."""
    both = model("org/both", ROUTED, Offer(entry("groq", providerId="x", providerDetails=priced(1, 2))))
    cheapest: dict[int, Any] = {}
    with serve(facts(both, at=None)) as server:
        assert pipe.run(server, *at(T[0])) == 0
        overriding(server, lambda request: Reply(403, Entity(b"{}")) if request.path == "/v1/models" else None)
        for day in (1, 45, 46):
            assert pipe.run(server, *at(T[0] + timedelta(days=day))) == 4
            with Catalog(str(pipe.out / "latest" / "catalog.sqlite")) as catalog:
                found = answer.document(catalog, "org/both", catalog.offers())["cheapest"]
            cheapest[day] = found["provider"]
    assert cheapest == {1: "novita", 45: "novita", 46: "groq"}


def test_the_catalog_says_from_when_on_an_observation_is_recent(pipe: Pipe) -> None:
    with serve(world()) as server:
        assert pipe.run(server, *at(T[0])) == 0
    with Catalog(str(pipe.out / "latest" / "catalog.sqlite")) as catalog:
        assert catalog.recent_since() == f"{T[0] - timedelta(days=45):%Y-%m-%dT%H:%M:%SZ}"
        assert {row["observed_at"] for row in catalog.offers()} == {f"{T[0]:%Y-%m-%dT%H:%M:%SZ}"}


HOSTING = {"endpoint_instances", "jobs_hardware", "architectures"}
"""Tables of which a world has no rows."""


@pytest.mark.parametrize("table", sorted(ADDED))
def test_a_catalog_of_an_older_release_has_no_dates(pipe: Pipe, table: str) -> None:
    with serve(world()) as server:
        assert pipe.run(server, *at(T[0])) == 0
    path = pipe.out / "latest" / "catalog.sqlite"
    with sqlite3.connect(path) as connection:
        for name in ADDED[table]:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        connection.execute("DELETE FROM meta WHERE key IN ('observed_at', 'recent_since')")
    connection.close()
    with Catalog(str(path)) as catalog:
        rows = catalog.rows(table)
        assert catalog.recent_since() is None
    assert rows or table in HOSTING
    assert all(row[name] is None for row in rows for name in ADDED[table])


def test_a_run_goes_on_from_an_older_release_and_dates_what_failed_by_its_last_good_list(pipe: Pipe) -> None:
    with serve(world()) as server:
        assert pipe.run(server, *at(T[0])) == 0
        _forget_dates(pipe)
        failing = listing_of("groq")
        overriding(server, lambda request: Reply(403, Entity(b"{}")) if failing(request) else None)
        assert pipe.run(server, *at(T[1])) == 4
    assert dates(pipe, "org/listed")[:2] == (T[0], T[0])
    assert dates(pipe, "org/routed")[:2] == (T[1], T[1])


def _forget_dates(pipe: Pipe) -> None:
    """Rewrite the published offers as a release before the dates wrote them."""
    manifest = pipe.manifest
    for file in manifest["files"]:
        if file["table"] == "offers":
            path = pipe.out / file["path"]
            with pq.ParquetFile(path) as parquet:
                data: pa.Table = parquet.read()
            pq.write_table(data.drop_columns(list(NAMES)), path)
            file |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
    (pipe.out / "manifest.json").write_text(json.dumps(manifest))


def test_every_row_names_what_stated_it(pipe: Pipe) -> None:
    fast = {"provider": "novita", "status": "live", **priced(0.5, 1.5), "first_token_latency_ms": 250, "throughput": 40}
    routed = {"object": "list", "data": [{"id": "org/routed", "providers": [fast]}]}
    made = facts(model("org/routed", entry("novita")), model("org/listed", LISTED), at=None)
    with serve(made) as server:
        overriding(server, lambda request: routed if request.path == "/v1/models" else None)
        assert pipe.run(server, *at(T[0])) == 0
    stated = {row["model_id"]: (row["source"], row["measured_source"]) for row in pipe.rows("offers")}
    assert stated == {"org/routed": ("hub-list", "router"), "org/listed": ("hub-list", "hub-list")}
    (month,) = (pipe.out / "v1" / "measurements").glob("month=2026-02/*.parquet")
    measured = {row["model_id"]: row["source"] for row in pq.ParquetFile(month).read().to_pylist()}
    assert measured == {"org/routed": "router", "org/listed": "hub-list"}
    assert {row["source"] for row in pipe.rows("models")} == {"hub-list"}
    listing = {row["provider"]: row["source"] for row in pipe.rows("providers")}
    assert (listing["groq"], listing["openai"]) == ("hub-list", "registry")
    with serve(facts(*made.models, model("org/new", entry("novita")), at=None)) as server:
        overriding(server, lambda request: Reply(403, Entity(b"{}")) if request.path == "/v1/models" else None)
        assert pipe.run(server, *at(T[1])) == 4
    row = pipe.row("offers", model_id="org/routed")
    assert (row["measured_at"], row["measured_source"], row["observed_at"]) == (T[0], "router", T[1])


def test_a_recorded_price_stands_until_the_router_is_heard_again(pipe: Pipe, tmp_path: Path) -> None:
    """Nothing denies it while the router is down; the router that then states none does."""
    recording = tmp_path / "prices.csv"
    recording.write_text(
        "observed_at,source,model,provider,status,input_usd_per_mtok,output_usd_per_mtok,context_length,note\n"
        f"{T[1].isoformat()},charmbracelet/catwalk@1,org/bare,novita,live,2,3,,\n"
    )
    with serve(facts(model("org/bare", entry("novita")), at=None)) as server:
        assert pipe.run(server, *at(T[0])) == 0
        assert pipe.main("backfill", server.url, str(recording)) == 0
        own = server.answer
        overriding(server, lambda request: Reply(403, Entity(b"{}")) if request.path == "/v1/models" else None)
        assert pipe.run(server, *at(T[2])) == 4
        row = pipe.row("offers", model_id="org/bare")
        said = (row["output_usd_per_mtok"], row["price_source"], row["price_observed_at"], row["observed_at"])
        assert said == (Decimal(3), "charmbracelet/catwalk@1", T[1], T[2])
        history = [
            (h["valid_from"], h["last_observed_at"]) for h in pipe.rows("price_history") if h["output_usd_per_mtok"]
        ]
        assert history == [(T[1], T[1])]
        server.answer = own  # type: ignore[method-assign]
        assert pipe.run(server, *at(T[3])) == 0
    row = pipe.row("offers", model_id="org/bare")
    assert (row["output_usd_per_mtok"], row["price_source"], row["price_observed_at"]) == (None, None, None)


def test_a_provider_that_serves_nothing_says_since_when(pipe: Pipe, tmp_path: Path) -> None:
    removals = tmp_path / "removed.csv"
    removals.write_text(
        "commit_date,commit,event,provider,subject\n"
        f"{REMOVED.isoformat()},abc,removed,groq,\n"
        f"{REMOVED.isoformat()},abc,removed,openai,\n"
    )

    def ends(*providers: str) -> list[tuple[Any, Any]]:
        rows = {row["provider"]: row for row in pipe.rows("providers")}
        return [(rows[name]["ended_at"], rows[name]["ended_source"]) for name in providers]

    here, gone = world(), facts(model("org/routed", ROUTED), at=None)
    for moment, made in ((T[0], here), (T[1], gone), (T[2], gone)):
        with serve(made) as server:
            assert pipe.run(server, *at(moment)) == 0
    assert ends("groq", "openai") == [(T[1], "hub-list"), (None, None)], "one that never served has not ended"
    with serve(here) as server:
        assert pipe.run(server, *at(T[3])) == 0
        assert ends("groq") == [(None, None)]
        assert pipe.main("backfill", server.url, str(removals)) == 0
    removed = (REMOVED, "huggingface/huggingface.js@abc")
    assert ends("groq", "openai", "novita") == [removed, removed, (None, None)]
