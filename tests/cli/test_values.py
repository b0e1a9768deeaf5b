"""What is printed is what the Parquet tables hold, value for value, as DuckDB reads them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hf_providers.catalog import query_views
from tests.cli.hfp import Hfp

Row = dict[str, Any]


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))


def read(data: Path, table: str) -> list[Row]:
    """A table's rows, with times as moments in UTC, and prices as decimals."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        cursor = connection.execute(f"FROM read_parquet('{data}/latest/{table}.parquet')")
        columns = [column[0] for column in cursor.description or ()]
        return [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]


def same(printed: Any, held: Any) -> bool:
    if isinstance(held, Decimal):
        return isinstance(printed, str) and "e" not in printed.lower() and Decimal(printed) == held
    if isinstance(held, datetime):
        return datetime.fromisoformat(printed) == held.astimezone(UTC).replace(microsecond=0)
    return type(printed) is type(held) and bool(printed == held)


def differences(printed: Row, held: Row) -> list[str]:
    assert printed.keys() == held.keys()
    return [f"{key}: {printed[key]!r} is not {value!r}" for key, value in held.items() if not same(printed[key], value)]


def test_every_answer_equals_the_tables(hfp: Hfp, data: Path) -> None:
    models = {row["model_id"]: row for row in read(data, "models")}
    offers: dict[str, list[Row]] = {}
    for row in read(data, "offers"):
        offers.setdefault(row["model_id"], []).append(row)
    assert len(models) > 800
    since = max(row["observed_at"] for rows in offers.values() for row in rows) - timedelta(days=45)
    for model_id, facts in models.items():
        answer = hfp(model_id, "--json").json
        assert differences(answer["model"], facts) == []
        printed = sorted(answer["offers"], key=key)
        held = sorted(offers.get(model_id, []), key=key)
        assert [wrong for pair in zip(printed, held, strict=True) for wrong in differences(*pair)] == []
        for variant in answer["variants"]:
            other = variant["variant_id"]
            known = offers.get(other, [])
            assert variant["providers"] == len({offer["provider"] for offer in live(known, since)})
            assert variant["known_providers"] == len({offer["provider"] for offer in known})
            assert variant["parameters"] == (models[other]["parameters"] if other in models else None)
        best = least_blended(live(held, since), since)
        assert (answer["cheapest"] or {}).get("blended_usd_per_mtok") == (None if best is None else ceiled(best))
        assert (answer["fastest"] or {}).get("throughput_tps") == (
            highest(live(held, since), since) if is_chat(held) else None
        )


def live(offers: list[Row], since: datetime) -> list[Row]:
    """The offers that were live when they were last seen, within 45 days before the newest observation."""
    return [offer for offer in offers if offer["status"] == "live" and offer["observed_at"] >= since]


def key(offer: Row) -> tuple[str, ...]:
    return offer["provider"], offer["task"], offer["provider_model_id"]


def is_chat(offers: list[Row]) -> bool:
    return any(offer["task"] == "conversational" for offer in offers)


def least_blended(offers: list[Row], since: datetime) -> Fraction | None:
    """The lowest mean price of 3 input and 1 output tokens over chat offers whose price is recent: by fractions."""
    known = [
        (3 * Fraction(offer["input_usd_per_mtok"]) + Fraction(offer["output_usd_per_mtok"])) / 4
        for offer in offers
        if offer["task"] == "conversational" and (offer["price_observed_at"] or since) >= since
        and offer["input_usd_per_mtok"] is not None and offer["output_usd_per_mtok"] is not None
    ]  # fmt: skip
    return min(known, default=None)


def ceiled(value: Fraction) -> str:
    nano = -(-value * 10**9 // 1)
    return f"{Decimal(int(nano)).scaleb(-9).normalize():f}"


def highest(offers: list[Row], since: datetime) -> float | None:
    """The highest throughput that was measured lately."""
    measured = [o for o in offers if o["measured_at"] is not None and o["measured_at"] >= since]
    speeds = [o["throughput_tps"] for o in measured if o["task"] == "conversational"]
    return max((speed for speed in speeds if speed is not None), default=None)


@pytest.mark.parametrize("table", ["providers", "price_history"])
def test_listings_equal_the_tables(hfp: Hfp, data: Path, table: str) -> None:
    held = read(data, table)
    if table == "providers":
        printed = hfp("providers", "--json").rows
    else:
        held = [r for r in held if r["model_id"] == "deepseek-ai/DeepSeek-R1" and r["output_usd_per_mtok"] is not None]
        printed = hfp("history", "deepseek-ai/DeepSeek-R1", "--json").rows

    order = lambda row: (row["provider"], str(row.get("valid_from"))[:19].replace("T", " "))  # noqa: E731
    assert len(held) >= 5
    pairs = zip(sorted(printed, key=order), sorted(held, key=order), strict=True)
    assert [wrong for pair in pairs for wrong in differences(*pair)] == []


def test_sql_prints_what_the_answer_prints(hfp: Hfp) -> None:
    query = "SELECT * FROM offers WHERE model_id = 'deepseek-ai/DeepSeek-R1' ORDER BY provider"
    asked = hfp("sql", query, "--json").rows
    answered = sorted(hfp("deepseek-r1", "--json").json["offers"], key=lambda offer: offer["provider"])
    assert asked == [{column: offer[column] for column in asked[0]} for offer in answered]


def asked(data: Path, query: str) -> list[tuple[Any, ...]]:
    """What a file of queries/ answers, from the offers alone."""
    path = query_views.queries_folder() / f"{query}.sql"
    if not path.is_file():
        pytest.skip(f"queries/{query}.sql is not there")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW offers AS FROM read_parquet('{data}/latest/offers.parquet')")
        recent = (query_views.queries_folder() / "recent_offers.sql").read_text(encoding="utf-8")
        connection.execute(f"CREATE VIEW recent_offers AS {recent}")
        columns = "model_id, policy AS task" if query == "router_choice" else "model_id, task"
        text = path.read_text(encoding="utf-8")
        return connection.execute(f"SELECT {columns}, provider, provider_model_id FROM ({text})").fetchall()


@pytest.mark.parametrize("query", ["cheapest", "fastest"])
def test_the_picks_agree_with_the_queries(hfp: Hfp, data: Path, query: str) -> None:
    picked = asked(data, query)
    assert picked
    for model_id, task, *offer in picked:
        mine = hfp(model_id, "--task", task, "--json").json[query]
        assert [mine["provider"], mine["provider_model_id"]] == offer, (model_id, task)


def test_the_routers_choice_agrees_with_the_query(hfp: Hfp, data: Path) -> None:
    picked = asked(data, "router_choice")
    assert len(picked) > 100
    for model_id, policy, *offer in picked:
        mine = hfp(model_id, "--json").json["router_choice"][policy]
        chosen = [mine["provider"], mine["provider_model_id"]] if mine else [None, None]
        assert chosen == offer, (model_id, policy)


def test_money_keeps_its_decimals_on_screen(hfp: Hfp, data: Path) -> None:
    """Every live price, as a screen shows it, is the exact decimal of the table."""
    for row in read(data, "offers"):
        if row["input_usd_per_mtok"] is None or row["status"] != "live":
            continue
        line = next(
            line
            for line in hfp(row["model_id"], "--provider", row["provider"]).out.splitlines()
            if line.startswith(f"  {row['provider'][:9]}")
        )
        shown = [Decimal(word) for word in line.split() if word.replace(".", "", 1).isdigit() and "." in word]
        assert shown[:2] == [row["input_usd_per_mtok"], row["output_usd_per_mtok"]], line


def test_json_is_plain_ascii(hfp: Hfp) -> None:
    out = hfp("deepseek-r1", "--json").out
    assert out.isascii()
    assert json.loads(out)["model"]["name"] == "DeepSeek-R1"
