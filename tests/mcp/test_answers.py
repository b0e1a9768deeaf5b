"""Short answers of made-up catalogs: never more than 2 KB, whatever the names are, and nothing unknown left unsaid."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client

from hf_providers.mcp.answers import MOST_BYTES
from hf_providers.mcp.server import make
from tests.cli.hfp import Hfp, catalog, model, offer, priced, provider

PRICES = {"input_usd_per_mtok": Decimal("0.7"), "output_usd_per_mtok": Decimal("2.5")}
SIGN = "\N{SNOWMAN}"
NAMES = {
    "plain": "o/plain",
    "odd": f"o/{SIGN * 3}\"'\\{{}}\x1b[K\u202e",
    "long": "o/" + SIGN * 50,
    "too long to be named often": "o/" + SIGN * 400,
    "far longer": "o/" + "x" * 100_000,
}
MANY = [f"p{number}" for number in range(40)]
Ask = Callable[..., tuple[bool, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    served = [(name, who) for name in NAMES.values() for who in MANY]
    offers = [offer(name, who, **PRICES, provider_model_id=f"{who}/{name}") for name, who in served]
    changes = [
        ("2026-02-25T00:00:00Z", kind, "p0", name, before, after, None)
        for name in NAMES.values()
        for kind, before, after in (("context", None, "8192"), ("added", None, None))
    ]
    rows = {
        "models": [model(name, pipeline_tag="text-generation", parameters=10**9) for name in NAMES.values()],
        "offers": offers,
        "providers": [provider(who) for who in MANY],
        "price_history": [priced(name, who, "2026-01-01", None, **PRICES) for name, who in served],
    }
    return catalog(tmp_path_factory.mktemp("made") / "catalog.sqlite", rows, changes)


@pytest.fixture
def ask(made: Path) -> Ask:
    return asking(made)


def asking(snapshot: Path) -> Ask:
    """Calling a tool in this process: whether it is an error, and its text."""

    def run(name: str, **arguments: Any) -> tuple[bool, str]:
        async def call() -> tuple[bool, str]:
            async with Client(make(str(snapshot))) as client:
                found = await client.call_tool(name, arguments)
                return bool(found.is_error), found.content[0].text

        return anyio.run(call)

    return run


def calls(name: str) -> dict[str, dict[str, Any]]:
    return {
        "find_model": {"query": name},
        "offers": {"model": name},
        "cost": {"model": name, "input_tokens": 10**100},
        "price_history": {"model": name},
        "what_changed": {"model": name},
        "cheapest": {},
        "compare": {"models": [name, "o/plain"]},
        "fits_on": {"model": name, "machine": "h200"},
        "snippet": {"model": name, "lang": "curl"},
    }


@pytest.mark.parametrize("named", NAMES)
@pytest.mark.parametrize("tool", calls(""))
def test_no_name_makes_an_answer_longer_than_2_kb(ask: Ask, tool: str, named: str) -> None:
    wrong, text = ask(tool, **calls(NAMES[named])[tool])
    assert len(text.encode()) <= MOST_BYTES
    assert named in ("too long to be named often", "far longer") or not wrong, text
    assert not wrong or len(text.splitlines()) == 2, text


def test_a_row_that_no_page_holds_is_counted_and_full_has_it(ask: Ask) -> None:
    short, whole = (json.loads(ask("cheapest", full=full)[1]) for full in (False, True))
    assert short["total"] == len(whole["rows"]) == len(NAMES)
    assert short["too_long"] == 1
    assert sorted(row["model_id"] for row in whole["rows"]) == sorted(NAMES.values())


def test_what_is_too_long_beside_the_rows_is_an_error_that_names_full(ask: Ask) -> None:
    name = NAMES["too long to be named often"]
    assert ask("offers", model=name) == (True, "the short answer would be longer than 2 KB\ngive full=true")
    wrong, text = ask("offers", model=name, full=True)
    assert (wrong, json.loads(text)["model"]["model_id"]) == (False, name)


def test_an_unknown_value_of_a_change_is_said_and_an_absent_one_is_not(ask: Ask) -> None:
    rows = json.loads(ask("what_changed", model="o/plain", since="2026-02-01")[1])["rows"]
    sides = {row["kind"]: (row["before"], row["after"]) for row in rows}
    assert sides == {"context": ("unknown", "8192"), "added": (None, None)}


def test_what_was_not_asked_for_is_not_called_unknown(ask: Ask) -> None:
    said = json.loads(ask("fits_on", model="o/plain")[1])
    assert said["machine"] is None
    assert said["needs"]["kv_cache_bytes"] == "unknown"
    assert said["needs"]["kv_cache_unknown"] not in (None, "unknown")


@pytest.fixture
def aged(tmp_path: Path) -> Path:
    """Two live offers: one whose price and speed were seen long before the offer itself, and one all of today."""
    old, now = datetime(2025, 11, 2, tzinfo=UTC), datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC)
    cheap = {"input_usd_per_mtok": Decimal("0.1"), "output_usd_per_mtok": Decimal("0.1")}
    offers = [
        offer("o/aged", "p", **cheap, observed_at=now, price_observed_at=old, throughput_tps=900.0, measured_at=old),
        offer("o/aged", "q", **PRICES, observed_at=now, price_observed_at=now, throughput_tps=90.0, measured_at=now),
    ]
    rows = {
        "models": [model("o/aged", pipeline_tag="text-generation")],
        "offers": offers,
        "providers": [provider("p"), provider("q")],
        "price_history": [
            priced("o/aged", "q", "2025-08-01", "2025-12-01", **cheap),
            priced("o/aged", "q", "2025-12-01", None, **PRICES),
        ],
    }
    return catalog(tmp_path / "catalog.sqlite", rows)


@pytest.fixture
def ask_aged(aged: Path) -> Ask:
    return asking(aged)


def test_an_old_price_and_an_old_speed_are_dated(ask_aged: Ask) -> None:
    """The price and the speed of p are of November, though the offer itself was seen today."""
    rows = {row["provider"]: row for row in json.loads(ask_aged("offers", model="o/aged")[1])["offers"]}
    old, now = "2025-11-02T00:00:00Z", "2026-02-26T11:27:29Z"
    dates = {name: [row[key] for key in ("price_observed_at", "measured_at")] for name, row in rows.items()}
    assert dates == {"p": [old, old], "q": [now, now]}
    said = json.loads(ask_aged("cost", model="o/aged", input_tokens=1000)[1])
    assert {row["provider"]: row["price_last_seen_at"] for row in said["rows"]} == {"p": old, "q": now}
    assert said["cheapest"]["provider"] == "q"


@pytest.mark.parametrize(("least", "found"), [(80, True), (100, False)])
def test_an_old_speed_passes_no_filter(ask_aged: Ask, hfp: Hfp, aged: Path, least: int, found: bool) -> None:
    wrong, text = ask_aged("cheapest", min_throughput=least)
    assert wrong is not found, text
    arguments = ["--task", "chat", "--min-throughput", str(least), "--snapshot", str(aged)]
    assert hfp("models", *arguments).code == (0 if found else 1)


def test_a_price_without_an_end_has_none(ask_aged: Ask) -> None:
    """As `hfp history --json` has it: that no end was observed is known."""
    rows = json.loads(ask_aged("price_history", model="o/aged")[1])["rows"]
    assert [row["valid_to"] for row in rows] == ["2025-12-01T00:00:00Z", None]


def test_a_hint_names_no_option_of_the_command_line(ask: Ask) -> None:
    wrong, text = ask("snippet", model="o/plain", rule="fastest")
    assert (wrong, "--" in text) == (True, False), text


def test_a_year_before_1000_is_written_with_four_digits(ask: Ask) -> None:
    assert json.loads(ask("what_changed", since="0999-12-31")[1])["since"] == "0999-12-31T00:00:00Z"
    assert json.loads(ask("what_changed", since="0999-12-31")[1])["total"] == 2 * len(NAMES)


def test_a_damaged_snapshot_is_a_result_in_two_lines(made: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "catalog.sqlite"
    content = bytearray(made.read_bytes())
    content[len(content) // 4 :] = b"\xff" * (len(content) - len(content) // 4)
    damaged.write_bytes(content)

    async def call() -> tuple[bool, str]:
        async with Client(make(str(damaged))) as client:
            found = await client.call_tool("cheapest", {})
            return bool(found.is_error), found.content[0].text

    wrong, text = anyio.run(call)
    assert wrong
    assert "malformed" in text or "damaged" in text, text
    assert len(text.splitlines()) == 2


def test_each_value_has_the_day_on_which_it_was_seen(tmp_path: Path) -> None:
    """An agent that asks whether a price or a speed is one of now reads it beside it, and from when on it counts."""
    days = dict(zip("abc", (datetime(2026, 2, day, tzinfo=UTC) for day in (26, 25, 1)), strict=True))
    texts = {name: f"{day:%Y-%m-%dT%H:%M:%SZ}" for name, day in days.items()}
    fast = {"throughput_tps": 90.0, "ttft_ms": 100.0, "measured_at": datetime(2026, 1, 1, tzinfo=UTC)}
    rows = {
        "models": [model("o/m", pipeline_tag="text-generation")],
        "offers": [
            offer("o/m", "p0", **PRICES, **fast, observed_at=days["a"], price_observed_at=days["b"]),
            offer("o/m", "p1", observed_at=days["c"]),
        ],
        "providers": [provider("p0"), provider("p1")],
    }
    path = catalog(tmp_path / "catalog.sqlite", rows)

    async def call(name: str, **arguments: Any) -> Any:
        async with Client(make(str(path))) as client:
            found = await client.call_tool(name, arguments)
            return found.content[0].text if found.is_error else json.loads(found.content[0].text)

    said = anyio.run(partial(call, "offers", model="o/m"))
    assert said["snapshot"]["recent_since"] == "2026-01-12T00:00:00Z"
    first, second = said["offers"]
    assert (first["observed_at"], first["price_observed_at"]) == (texts["a"], texts["b"])
    assert first["measured_at"] == "2026-01-01T00:00:00Z"
    assert second["observed_at"] == texts["c"]
    assert (second["price_observed_at"], second["measured_at"]) == (None, None), "what nobody stated has no date"
    priced_, unpriced = anyio.run(partial(call, "cost", model="o/m", input_tokens=1))["rows"]
    assert (priced_["observed_at"], priced_["price_last_seen_at"]) == (texts["a"], texts["b"])
    assert unpriced["total_usd"] == "unknown"
    assert "no model with a known price" in anyio.run(partial(call, "cheapest", min_throughput=50)), "an old speed"
    assert anyio.run(partial(call, "cheapest"))["total"] == 1
