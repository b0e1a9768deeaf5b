"""The options that narrow and order, each held against a plain reading; moments, the chart, the listings of changes."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hf_providers.cli import times
from hf_providers.cli.commands import history
from hf_providers.cli.main import main
from hf_providers.documents.models import OF_MODELS
from tests.cli.hfp import Result, catalog, model, offer, priced, provider

TALK = "acme/Talk-7B"


@pytest.fixture
def hfp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    price = {"input_usd_per_mtok": Decimal(1), "output_usd_per_mtok": Decimal(5)}
    offers = [
        offer(TALK, "fast", throughput_tps=200.0, ttft_ms=100.0, supports_tools=True, context_length=32_768),
        offer(TALK, "even", input_usd_per_mtok=Decimal(2), output_usd_per_mtok=Decimal(2), throughput_tps=50.0),
        offer(TALK, "deep", **price, throughput_tps=20.0, context_length=131_072, supports_structured_output=True),
        offer(TALK, "cold", readiness="cold", supports_tools=False),
        offer(TALK, "dead", status="error", readiness="unavailable", throughput_tps=900.0, ttft_ms=1.0,
              input_usd_per_mtok=Decimal(0), output_usd_per_mtok=Decimal(0)),
        offer(TALK, "view", task="image-text-to-text", request_latency_ms=5.0),
        offer("acme/Paint-2", "view", task="text-to-image", request_latency_ms=5.0),
    ]  # fmt: skip
    providers = [
        provider(name, regions=["eu", "us"] if name == "deep" else None) for name in {o["provider"] for o in offers}
    ]
    changes = [
        ("2026-02-26T10:00:00Z", "price", "deep", TALK, "2", "1", -50.0),
        ("2026-02-25T10:00:00Z", "added", "even", TALK, None, None, None),
        ("2026-02-01T10:00:00Z", "provider_gone", "gone", None, None, None, None),
    ]
    rows = {"models": [model(TALK), model("acme/Paint-2", modality="image")], "offers": offers, "providers": providers}
    path = catalog(tmp_path / "catalog.sqlite", rows, changes)
    monkeypatch.setenv("HFP_SNAPSHOT", str(path))
    monkeypatch.setenv("COLUMNS", "80")

    def run(*argv: str) -> Result:
        code = main(argv)
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    return run


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--hot"], ["fast", "even", "deep", "view"]),
        (["--tools"], ["fast"]),
        (["--structured"], ["deep"]),
        (["--provider", "DEEP"], ["deep"]),
        (["--task", "chat"], ["fast", "even", "deep", "cold", "dead"]),
        (["--task", "image-text-to-text"], ["view"]),
        (["--task", "text"], ["fast", "even", "deep", "cold", "dead", "view"]),
        (["--max-price", "2"], ["even", "deep", "dead"]),
        (["--max-price", "1.999999999"], ["dead"]),
        (["--max-price", "$2", "--mix", "0:1"], ["even", "dead"]),
        (["--min-throughput", "50"], ["fast", "even", "dead"]),
        (["--min-context", "32k"], ["fast", "deep"]),
        (["--min-context", "32769"], ["deep"]),
        (["--region", "EU"], ["deep"]),
        (["--hot", "--min-throughput", "30", "--max-price", "5"], ["even"]),
        (["--cheapest"], ["deep", "even", "fast", "cold", "view", "dead"]),
        (["--cheapest", "--mix", "10:1"], ["deep", "even", "fast", "cold", "view", "dead"]),
        (["--fastest", "--task", "chat"], ["fast", "even", "deep", "cold", "dead"]),
    ],
)
def test_filters_keep_what_passes_in_the_order_asked_for(hfp: Any, options: list[str], left: list[str]) -> None:
    document = hfp(TALK, *options, "--json").json
    found = [o["provider"] for o in document["offers"]]
    if "--cheapest" in options or "--fastest" in options:
        assert found == left
    assert sorted(found) == sorted(left)
    assert document["left_out"] == 6 - len(left)


def test_a_tie_of_the_blended_price_is_ordered_as_the_pick(hfp: Any) -> None:
    document = hfp(TALK, "--cheapest", "--json").json
    assert document["cheapest"]["provider"] == "deep"
    assert document["cheapest"]["blended_usd_per_mtok"] == "2"
    assert document["cheapest"]["mix"] == "3:1"


@pytest.mark.parametrize(
    ("options", "models"),
    [
        ([], [TALK, "acme/Paint-2"]),
        (["--task", "image"], ["acme/Paint-2"]),
        (["--region", "us"], [TALK]),
        (["PAINT"], ["acme/Paint-2"]),
        (["acme", "talk"], [TALK]),
        (["--provider", "view", "--limit", "1"], ["acme/Paint-2"]),
        (["--sort", "name"], ["acme/Paint-2", TALK]),
        (["--limit", "0"], [TALK, "acme/Paint-2"]),
    ],
)
def test_models_are_narrowed_by_their_offers_and_names(hfp: Any, options: list[str], models: list[str]) -> None:
    found = [row["model_id"] for row in hfp("models", *options, "--json").rows]
    assert sorted(found) == sorted(models)
    if "--sort" in options:
        assert found == models


@pytest.mark.parametrize("words", [[], ["qwen"]])
@pytest.mark.parametrize("sort", OF_MODELS)
def test_the_first_models_are_those_that_the_whole_list_begins_with(
    data: Path, capsys: pytest.CaptureFixture[str], sort: str, words: list[str]
) -> None:
    first, every = (
        listed(capsys, *words, "--sort", sort, "--limit", limit, "--snapshot", str(data)) for limit in ("9", "0")
    )
    assert first["rows"] == every["rows"][:9]
    assert first["total"] == every["total"] > 9


def listed(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    assert main(["models", *argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_providers_count_what_passes(hfp: Any) -> None:
    rows = {row["provider"]: row for row in hfp("providers", "--task", "chat", "--json").rows}
    assert set(rows) == {"fast", "even", "deep", "cold", "dead"}
    assert (rows["dead"]["models"], rows["dead"]["live_offers"]) == (1, 0)


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ([], ["price", "added"]),
        (["--since", "2026-01-01"], ["price", "added", "provider_gone"]),
        (["--since", "2026-02-26"], ["price"]),
        (["--provider", "Even"], ["added"]),
        (["--kind", "price"], ["price"]),
        (["--since", "2026-01-01", "--limit", "1"], ["price"]),
        (["--kind", "context"], []),
    ],
)
def test_changes_are_the_newest_first(hfp: Any, options: list[str], kinds: list[str]) -> None:
    result = hfp("changes", *options, "--json")
    assert result.code == 0
    assert [row["kind"] for row in result.rows] == kinds


def test_a_change_is_read_at_a_glance(hfp: Any) -> None:
    lines = hfp("changes").out.splitlines()
    assert lines[1].split() == ["2026-02-26", "price", "deep", TALK, "2.00", "1.00", "-50.0%"]
    assert "2 of 2 changes since 2026-02-19" in lines


@pytest.mark.parametrize(("text", "hours"), [("24h", 24), ("7d", 168), ("2w", 336)])
def test_a_span_is_counted_back_from_now(text: str, hours: int) -> None:
    apart = datetime.now(UTC) - timedelta(hours=hours) - datetime.fromisoformat(times.since(text))
    assert timedelta(0) <= apart < timedelta(seconds=60)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T12:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
    ],
)
def test_a_moment_without_a_zone_is_utc(text: str, moment: str) -> None:
    assert times.since(text) == moment


@pytest.mark.parametrize("text", ["", "d", "7", "7x", "-7d", "yesterday", "2026-02-30", "9" * 30 + "d", "１d1"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a date"):
        times.since(text)


def row(provider_id: str, begin: str, end: str | None, price: str | None) -> dict[str, Any]:
    made = priced(TALK, provider_id, begin, end)
    moments = {name: made[name] and f"{made[name]:%Y-%m-%dT%H:%M:%SZ}" for name in ("valid_from", "valid_to")}
    return made | moments | {"last_observed_at": "2026-01-31T00:00:00Z", "output_usd_per_mtok": price}


def test_the_chart_is_to_one_scale_from_zero() -> None:
    rows = [
        row("a", "2026-01-01", "2026-01-16", "4"),
        row("a", "2026-01-16", None, "8"),
        row("b", "2026-01-16", None, "0"),
    ]
    one, other, scale = history.chart(rows, 80)
    bars, name = one[5:], one[2]
    assert name == "a"
    assert len(bars) == history.CHART_CELLS
    assert set(bars[:23]) == {"▄"}
    assert set(bars[25:]) == {"█"}
    assert other[5:].lstrip(" ") == "▁" * (history.CHART_CELLS - other[5:].count(" "))
    assert 23 <= other[5:].count(" ") <= 25
    assert scale.lstrip() == "2026-01-01 to 2026-01-31 · output price, 0 to $8.00 per 1M"


def test_an_unknown_price_has_no_bar() -> None:
    assert history.chart([row("a", "2026-01-01", None, None)], 80) == []
    lines = history.chart([row("a", "2026-01-01", None, None), row("b", "2026-01-01", None, "1")], 80)
    assert [line.split()[0] for line in lines[:-1]] == ["b"]


def test_a_single_moment_is_one_bar() -> None:
    line, _ = history.chart([row("a", "2026-01-31", "2026-01-31", "1")], 80)
    assert line == "  a  █"
