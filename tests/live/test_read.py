"""What is read live is what the Hub and the router say, in the rows of the snapshot; and so is what differs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from hf_providers.catalog.columns import DATED, STATED_BY
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.locate import find
from hf_providers.errors import HubNotFound
from hf_providers.hub import Hub, Settings
from hf_providers.live import offers_now
from hf_providers.rules.readiness import MEASUREMENTS
from pipeline.replay import Fault, Faults, ReplayServer, read_dataset, serve
from tests.live import made

PRICE = ("input_usd_per_mtok", "output_usd_per_mtok", "price_source")
HUB = ("router", "hub-list", "inference-page")
"""What of the Hub states a price; the others are recordings of the router."""


def known(tmp_path: Path) -> list[offers_now.Row]:
    with Catalog(str(made.snapshot(tmp_path))) as catalog:
        return catalog.offers(made.CHATTY)


def replayed(row: offers_now.Row, since: str) -> offers_now.Row:
    """A row as the replay serves it: without old prices and measurements."""
    old = [
        *((*PRICE, "is_free") if (row["price_observed_at"] or "") < since else ()),
        *(MEASUREMENTS if (row["measured_at"] or "") < since else ()),
    ]
    return row | dict.fromkeys(old)


def test_every_published_model_reads_as_it_was_published(data: Path) -> None:
    """The crawl and this go two ways to the same rows: a replay of the dataset must give its recent offers.

    Old offers, and old values of recent ones, are not replayed: the replay has one date for all.
    """
    with (
        serve(read_dataset(data)) as server,
        Hub(Settings(endpoint=server.url, router_url=server.url)) as hub,
        Catalog(find(str(data), {})) as catalog,
    ):
        since = catalog.recent_since() or ""
        recent = [row for row in catalog.offers() if row["observed_at"] >= since and row["provider_model_id"]]
        models = sorted({row["model_id"] for row in recent})
        for model_id in models:
            rows = [replayed(row, since) for row in recent if row["model_id"] == model_id]
            found = offers_now.read(hub, model_id, rows)
            assert offers_now.differences(rows, found.offers) == {}
            assert [note for note in found.notes if "replay" not in note] == []
            published = sorted(rows, key=offers_now.offer_key)
            for row, now in zip(published, found.offers, strict=True):
                differing = {name for name in row if row[name] != now[name]}
                # Measurements are there in single precision, and the dates are those of the snapshot.
                # A recording stated some; now the Hub's list does, and the router a price.
                allowed = {*MEASUREMENTS, *(column.name for column in (*DATED, *STATED_BY))}
                if row["price_source"] not in (None, *HUB):
                    assert row["input_usd_per_mtok"] is None or now["price_source"] == "router"
                    allowed.add("price_source")
                assert differing <= allowed, model_id
                assert now["source"] == "hub-list"
    assert len(models) > 100


def test_the_list_is_asked_for_the_exact_id_and_the_router_for_chat(server: ReplayServer, hub: Hub) -> None:
    found = offers_now.read(hub, made.CHATTY)
    listed, routed = server.requests
    query = parse_qs(listed.query)
    assert (listed.path, query["inference_provider"], query["search"]) == ("/api/models", ["all"], [made.CHATTY])
    assert routed.path == f"/v1/models/{made.CHATTY}"
    assert [row["provider"] for row in found.offers] == ["fresh", "quick", "slow"]
    offers_now.read(hub, made.PAINTER)
    assert [seen.path for seen in server.requests[2:]] == ["/api/models"]


def test_values_are_those_of_the_sources(hub: Hub) -> None:
    fresh, quick, slow = offers_now.read(hub, made.CHATTY).offers
    assert (quick["input_usd_per_mtok"], quick["output_usd_per_mtok"], quick["price_source"]) == ("1", "4", "router")
    assert (quick["throughput_tps"], quick["ttft_ms"], quick["context_length"]) == (80, 400, 64000)
    assert (quick["is_free"], quick["supports_tools"], quick["supports_structured_output"]) == (False, True, False)
    assert (fresh["input_usd_per_mtok"], fresh["throughput_tps"], fresh["is_free"]) == (None, None, None)
    assert [row["readiness"] for row in (fresh, quick, slow)] == ["cold", "hot", "unavailable"]
    assert [offers_now.why(row, None) for row in (fresh, slow)] == ["live, not measured", "status error"]


def test_what_differs_is_told_with_the_value_before(hub: Hub, tmp_path: Path) -> None:
    before = known(tmp_path)
    differing = offers_now.differences(before, offers_now.read(hub, made.CHATTY, before).offers)
    assert differing == {
        ("quick", "conversational", "quick-m"): {
            "output_usd_per_mtok": "3",
            "is_free": None,
            "supports_structured_output": None,
            "throughput_tps": 100.0,
        },
        ("slow", "conversational", "slow-m"): {"status": "live", "readiness": "cold"},
        ("fresh", "conversational", "fresh-m"): {"status": None},
        ("left", "conversational", "left-m"): {"status": "live"},
    }


def test_since_when_is_the_snapshots_where_nothing_moved(hub: Hub) -> None:
    first = offers_now.read(hub, made.CHATTY)
    old = [row | {"first_seen_at": "then", "changed_at": "later"} for row in first.offers]
    old[0]["status"] = "staging"
    again = offers_now.read(hub, made.CHATTY, old).offers
    assert [row["first_seen_at"] for row in again] == ["then"] * 3
    assert [row["changed_at"] == "later" for row in again] == [False, True, True]


def test_when_it_was_measured_is_known_only_of_the_same_figures(hub: Hub) -> None:
    said = offers_now.validations(hub, made.CHATTY)
    quick = offers_now.read(hub, made.CHATTY, validated=said).offers[1]
    assert quick["validated_at"] == "2026-11-01T06:30:00Z"
    said[0].throughput_tps = 81.0
    assert offers_now.read(hub, made.CHATTY, validated=said).offers[1]["validated_at"] is None


def test_a_router_that_fails_leaves_the_hubs_word_and_a_note(server: ReplayServer, hub: Hub) -> None:
    server.inject(Faults(faults=(Fault("status", path="/v1/", status=403, times=None),)))
    found = offers_now.read(hub, made.CHATTY)
    assert found.in_part
    assert found.notes[-1].startswith("without the router: ")
    assert found.routed_at is None
    assert (found.offers[1]["output_usd_per_mtok"], found.offers[1]["price_source"]) == ("3", "hub-list")


def test_a_model_that_nobody_serves_has_no_offers_and_one_that_is_not_there_is_not_found(hub: Hub) -> None:
    assert offers_now.read(hub, made.LONELY).offers == []
    with pytest.raises(HubNotFound):
        offers_now.read(hub, "acme/nothing")


def test_a_renamed_model_is_followed(hub: Hub) -> None:
    found = offers_now.read(hub, "ACME/Chatty")
    assert (found.model_id, len(found.offers)) == (made.CHATTY, 3)


def test_an_offer_whose_own_id_nobody_recorded_is_the_one_of_its_route(hub: Hub, tmp_path: Path) -> None:
    """The router does not say the provider's id: that the Hub says it now makes no new offer, and none is gone."""
    before = [row | {"provider_model_id": ""} if row["provider"] == "slow" else row for row in known(tmp_path)]
    live = offers_now.read(hub, made.CHATTY, before).offers
    assert offers_now.differences(before, live) == offers_now.differences(known(tmp_path), live)
    (slow,) = (row for row in live if row["provider"] == "slow")
    assert slow["first_seen_at"] == next(row["first_seen_at"] for row in before if row["provider"] == "slow")
