"""What `hfp` shows of offers that were not seen lately: below, with their dates, and never ranked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cli.hfp import Hfp, catalog, model, offer, provider

OLD, NEW = datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC), datetime(2026, 8, 22, 3, 19, tzinfo=UTC)
MODEL, OTHER = "acme/Talk-7B", "acme/Image-1"
pytestmark = pytest.mark.usefixtures("wide")


def dated(name: str, at: datetime, price: str, tps: float, **values: Any) -> dict[str, Any]:
    prices = {"input_usd_per_mtok": Decimal(price), "output_usd_per_mtok": Decimal(price), "price_source": "router"}
    dates = {"observed_at": at, "price_observed_at": at, "measured_at": at}
    return offer(MODEL, name, **prices, throughput_tps=tps, ttft_ms=100.0, **(dates | values))


def made(folder: Path, *offers: dict[str, Any]) -> str:
    """Write a snapshot with these offers, and one of another model that is as new as can be."""
    other = dated("sound", NEW, "9", 1.0) | {"model_id": OTHER}
    offers = (*offers, other)
    providers = [provider(name) for name in sorted({one["provider"] for one in offers})]
    path = catalog(
        folder / "catalog.sqlite",
        {"models": [model(MODEL), model(OTHER)], "offers": list(offers), "providers": providers},
    )
    return str(path)


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    return made(
        tmp_path,
        dated("gone", OLD, "0.1", 900.0, readiness="cold"),
        dated("sound", NEW, "0.4", 40.0),
        dated("lately", NEW, "0.3", 30.0, price_observed_at=datetime(2026, 7, 22, 6, 18, tzinfo=UTC)),
    )


def test_old_offers_stand_below_with_their_date_and_win_nothing(hfp: Hfp, mixed: str) -> None:
    said = hfp(MODEL, "--snapshot", mixed)
    lines = said.out.splitlines()
    rows = [line.split()[0] for line in lines if line.startswith("  ") and ("hot" in line or "seen 2026-02-26" in line)]
    assert rows[:3] == ["sound", "lately", "gone"]
    assert any("cheapest" in line and "lately" in line for line in lines)
    assert any("fastest" in line and "sound" in line for line in lines)
    assert "  prices seen 2026-08-22: sound; 2026-07-22: lately" in lines, "the snapshot is of another day"
    told = "seen      2 of 3 known offers; not seen since 2026-07-08: gone"
    assert any(line.strip() == told for line in lines)


def test_include_old_brings_them_back(hfp: Hfp, mixed: str) -> None:
    found = hfp(MODEL, "--snapshot", mixed, "--include-old", "--json").json
    assert (found["cheapest"]["provider"], found["fastest"]["provider"]) == ("gone", "gone")
    without = hfp(MODEL, "--snapshot", mixed, "--json").json
    assert (without["cheapest"]["provider"], without["fastest"]["provider"]) == ("lately", "sound")
    assert [one["provider"] for one in without["offers"]] == ["sound", "lately", "gone"]


@pytest.mark.parametrize(("options", "passing"), [([], ["lately"]), (["--include-old"], ["gone", "lately"])])
def test_an_old_price_is_not_at_most_so_much_now(hfp: Hfp, mixed: str, options: list[str], passing: list[str]) -> None:
    found = hfp(MODEL, "--snapshot", mixed, "--max-price", "0.35", *options, "--json").json
    assert sorted(one["provider"] for one in found["offers"]) == passing
    assert found["left_out"] == 3 - len(passing)


def test_without_a_recent_offer_run_and_need_take_the_last_and_say_so(hfp: Hfp, tmp_path: Path) -> None:
    snapshot = made(tmp_path, dated("gone", OLD, "0.1", 900.0, readiness="cold"))
    answer = hfp(MODEL, "--snapshot", snapshot)
    assert answer.code == 0
    assert "none of 1 known offers since 2026-07-08; last 2026-02-26" in answer.out
    found = hfp(MODEL, "--snapshot", snapshot, "--json").json
    assert (found["cheapest"], found["fastest"], found["router_choice"]) == (None, None, None)
    code = hfp("run", MODEL, "--snapshot", snapshot)
    assert code.code == 0
    assert "no offer of it was seen lately: this is the last one" in code.out
    assert "it was last seen on 2026-02-26" in code.out
    assert "price seen 2026-02-26" in code.out
    wished = hfp("run", MODEL, "--cheapest", "--snapshot", snapshot)
    assert "so none is known to be the cheapest" in wished.out
    need = hfp("need", MODEL, "--params", "7B", "--snapshot", snapshot)
    assert "last seen 2026-02-26  gone" in need.out


def test_a_listing_counts_and_ranks_recent_offers(hfp: Hfp, mixed: str) -> None:
    (row,) = hfp("models", "talk", "--snapshot", mixed, "--json").rows
    assert (row["live_offers"], row["providers"], row["cheapest_provider"], row["throughput_tps"]) == (
        2,
        3,
        "lately",
        40.0,
    )
    (row,) = hfp("models", "talk", "--snapshot", mixed, "--include-old", "--json").rows
    assert (row["live_offers"], row["cheapest_provider"], row["throughput_tps"]) == (3, "gone", 900.0)


def test_the_cost_of_an_old_price_is_shown_and_is_not_the_cheapest(hfp: Hfp, mixed: str) -> None:
    found = hfp("cost", MODEL, "--in", "1M", "--out", "1M", "--snapshot", mixed, "--json").json
    assert found["cheapest"]["provider"] == "lately"
    last = {row["provider"]: row["price_last_seen_at"] for row in found["rows"]}
    assert last == {"lately": "2026-07-22T06:18:00Z", "sound": "2026-08-22T03:19:00Z", "gone": "2026-02-26T11:27:29Z"}


def test_a_model_that_somebody_unknown_served_is_said_to_have_been(hfp: Hfp, tmp_path: Path) -> None:
    seen = model("acme/Nobody-1", last_seen_at=datetime(2026, 7, 22, 6, 18, tzinfo=UTC))
    path = catalog(tmp_path / "catalog.sqlite", {"models": [seen]})
    said = hfp("acme/Nobody-1", "--snapshot", str(path))
    assert (said.code, "acme/Nobody-1 was served on 2026-07-22, by whom is not recorded" in said.err) == (1, True)
