"""What a request cost where that takes more than one price: nobody named, tokens of a cache, buckets, and invoices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hf_providers import bill
from tests.cli.hfp import day, row
from tests.hosting.made import T, hfp, said, usual

pytestmark = pytest.mark.usefixtures("wide")
ROW = {"time": "2026-03-01T00:00:00Z", "model": T, "input_tokens": 1_000_000, "output_tokens": 0}
USD = 10**9
"""alpha: $2 in, $6 out a million from 2026-01-01, $1 and $3 from 2026-02-01. beta: $2 and $6 from 2026-01-15."""


def status(provider: str, word: str) -> dict[str, Any]:
    times = {"valid_from": day("2026-01-01"), "valid_to": None, "last_observed_at": day("2026-03-01")}
    return row("status_history", model_id=T, provider=provider, task="conversational", status=word, source="s", **times)


def speed(provider: str, tps: float) -> dict[str, Any]:
    return row("measurements", model_id=T, provider=provider, task="conversational", observed_at=day("2026-02-20"),
               throughput_tps=tps, ttft_ms=1.0)  # fmt: skip


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"measurements": [speed("alpha", 10.0), speed("beta", 90.0)]}
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "catalog.sqlite", **rows))


def ask(tmp_path: Path, rows: list[dict[str, Any]], *more: str) -> Any:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return said(hfp("bill", str(path), "--json", *more))


def costs(found: Any) -> tuple[Any, ...]:
    total = found["rows"][0]
    return tuple(total[key] for key in ("cost_nano_usd", "known_part_nano_usd", "low_nano_usd", "high_nano_usd"))


@pytest.mark.parametrize("suffix", ["", ":fastest", ":cheapest", ":preferred"])
def test_nobody_named_is_a_range_and_no_cost(suffix: str, tmp_path: Path) -> None:
    found = ask(tmp_path, [ROW | {"model": T + suffix}])
    assert costs(found) == (None, None, 1 * USD, 2 * USD)
    assert found["unknown"] == 1


def test_a_kind_of_tokens_without_a_price_is_known_in_part_and_named(tmp_path: Path) -> None:
    row = ROW | {"provider": "beta", "output_tokens": 1_000_000}
    details = {"prompt_tokens_details": {"audio_tokens": 500_000}}
    spoken = {"completion_tokens_details": {"audio_tokens": 1_000_000}}
    # beta takes $2 in and $6 out a million.
    assert costs(ask(tmp_path, [row | {"usage": details}])) == (None, 7 * USD, None, None)
    found = ask(tmp_path, [row, row | {"usage": details | spoken}])
    assert costs(found) == (8 * USD, 1 * USD, None, None)
    (reason,) = found["unknown_reasons"]
    assert reason.endswith("no price known of audio_tokens put in and audio_tokens put out")
    cached = row | {"usage": {"prompt_tokens_details": {"audio_tokens": 900_000, "cached_tokens": 900_000}}}
    assert costs(ask(tmp_path, [cached], "--cached-price", "1")) == (None, 69 * USD // 10, None, None)


def test_a_provider_is_one_whatever_the_log_calls_it(tmp_path: Path) -> None:
    rows = [ROW | {"provider": name} for name in ("beta", "BETA", "Beta AI")]
    rows += [ROW | {"provider": "Beta", "model": "no/such"}, ROW | {"provider": "Betas"}]
    found = ask(tmp_path, rows, "--group-by", "provider")["rows"][1:]
    assert [(one["name"], one["requests"], one["priced"]) for one in found] == [("Betas", 1, 0), ("beta", 4, 3)]


@pytest.mark.parametrize("more", [("--rows",), ("--format", "csv"), ("--format", "parquet")])
def test_what_shows_no_comparison_takes_no_invoice(more: tuple[str, ...], tmp_path: Path) -> None:
    result = hfp("bill", str(tmp_path / "log"), "--against", str(tmp_path / "invoice"), *more)
    assert (result.code, result.out) == (2, "")
    assert "--against compares totals" in result.err


def test_a_rule_prices_it_and_says_so(tmp_path: Path) -> None:
    for rule, cost in (("cheapest", USD), ("router", 2 * USD), ("Beta", 2 * USD), ("alpha", USD)):
        found = ask(tmp_path, [ROW], "--assume", rule)
        assert (found["total_cost_nano_usd"], found["assumed"]) == (cost, 1), rule
    assert ask(tmp_path, [ROW | {"model": f"{T}:cheapest"}], "--assume", "router")["total_cost_nano_usd"] == USD
    assert ask(tmp_path, [ROW | {"model": f"{T}:preferred"}], "--assume", "router")["unknown"] == 1
    assert ask(tmp_path, [ROW | {"time": "2026-04-20"}], "--assume", "router")["unknown"] == 1  # measured too long ago
    result = hfp("bill", str(tmp_path / "log.jsonl"), "--assume", "nobody")
    assert (result.code, "no provider is called nobody" in result.err) == (2, True)
    with pytest.raises(ValueError, match="nobody"):
        bill(tmp_path / "log.jsonl", assume="nobody")


def test_a_bucket_of_nobody_is_a_range_of_all_that_held_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = ROW | {"time": "2026-01-20", "end_time": "2026-02-10", "requests": 5}
    assert costs(ask(tmp_path, [bucket])) == (None, None, 1 * USD, 2 * USD)
    assert costs(ask(tmp_path, [bucket | {"end_time": "2026-02-01"}])) == (None, None, 2 * USD, 2 * USD)
    turn = {"valid_to": day("2026-02-01")}
    rows = {"status_history": [status("alpha", "error") | turn, status("beta", "live")]}
    rows["status_history"].append(status("alpha", "live") | {"valid_from": day("2026-02-01")})
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "other.sqlite", **rows))
    found = ask(tmp_path, [bucket], "--assume", "cheapest")
    assert costs(found) == (None, None, 1 * USD, 2 * USD)
    assert found["unknown_reasons"] == {"the offer that --assume cheapest takes changed within the bucket": 5}


def test_the_router_s_choice_within_a_bucket_is_that_of_each_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = speed("alpha", 200.0) | {"observed_at": day("2026-02-22")}
    rows = {"measurements": [speed("alpha", 10.0), speed("beta", 90.0), later]}
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "other.sqlite", **rows))
    bucket = ROW | {"time": "2026-02-20T12:00:00Z", "end_time": "2026-02-23T12:00:00Z", "requests": 5}
    assert costs(ask(tmp_path, [bucket], "--assume", "router")) == (None, None, 1 * USD, 2 * USD)
    bucket["end_time"] = "2026-02-21T12:00:00Z"
    assert costs(ask(tmp_path, [bucket], "--assume", "router")) == (2 * USD, None, None, None)


def test_a_range_of_prices_not_seen_since_says_so(tmp_path: Path) -> None:
    assert ask(tmp_path, [ROW | {"time": "2026-01-15"}])["past_last_seen"] == 0
    assert ask(tmp_path, [ROW | {"time": "2026-09-20"}])["past_last_seen"] == 1


def test_the_cheapest_of_what_is_priced_in_part_is_taken(tmp_path: Path) -> None:
    cached = ROW | {"usage": {"cached_tokens": 600_000}}
    found = ask(tmp_path, [cached], "--assume", "cheapest")
    assert costs(found) == (None, 4 * USD // 10, None, None)
    assert ["alpha" in reason and "cached input tokens" in reason for reason in found["unknown_reasons"]] == [True]
    assert costs(ask(tmp_path, [cached], "--assume", "cheapest", "--cached-price", "0.5")) == (
        7 * USD // 10, None, None, None,
    )  # fmt: skip


def test_who_is_not_live_is_not_in_the_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"status_history": [status("alpha", "error"), status("beta", "live"), status("gamma", "live")]}
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "other.sqlite", **rows))
    assert costs(ask(tmp_path, [ROW])) == (None, None, 2 * USD, 2 * USD)


@pytest.mark.parametrize(
    "said_by",
    [
        {"provider": "alpha"}, {"provider": "ALPHA"}, {"model": f"{T}:alpha"}, {"model": f"huggingface/alpha/{T}"},
        {"model": f"alpha/{T}", "custom_llm_provider": "huggingface"}, {"model": f"Alpha/{T}", "provider": "alpha"},
        {"model": f"hf://{T}", "provider": "alpha"},
        {"model": f"https://huggingface.co/{T}/tree/main", "provider": "alpha"},
        {"model": f"https://huggingface.co/{T}?inference_provider=alpha"},
        {"model": f"{T}:fastest", "response_provider": "alpha"}, {"x-inference-provider": "alpha"},
        {"response_headers": {"x-inference-provider": "alpha"}}, {"model": f"{T}:alpha", "provider": "alpha"},
        {"custom_llm_provider": "huggingface", "model": f"huggingface/alpha/{T}"},
    ],
)  # fmt: skip
def test_who_served_it_is_said_in_many_ways(said_by: dict[str, Any], tmp_path: Path) -> None:
    assert ask(tmp_path, [ROW | said_by])["total_cost_nano_usd"] == USD


def test_two_that_differ_are_no_one(tmp_path: Path) -> None:
    found = ask(tmp_path, [ROW | {"model": f"{T}:alpha", "provider": "beta"}])
    assert found["unknown_reasons"] == {"it names two providers: alpha and beta": 1}


def test_cached_tokens_are_priced_by_their_own_price_or_not(tmp_path: Path) -> None:
    one = ROW | {"provider": "alpha", "output_tokens": 1_000_000, "usage": {"cached_tokens": 600_000}}
    found = ask(tmp_path, [one, ROW | {"provider": "alpha"}])
    assert costs(found) == (USD, 400_000_000 + 3 * USD, None, None)
    assert (found["unknown"], found["partly_priced"]) == (1, 1)
    assert ask(tmp_path, [one], "--cached-price", "0.5")["total_cost_nano_usd"] == 400_000_000 + 300_000_000 + 3 * USD
    free_of_cache = ROW | {"provider": "alpha", "cached_tokens": 0}
    assert ask(tmp_path, [free_of_cache])["total_cost_nano_usd"] == USD


def bucket(begin: str, end: str) -> dict[str, Any]:
    return {"start_time": begin, "end_time": end, "model": T, "provider": "alpha", "num_model_requests": 7,
            "input_tokens": 1_000_000, "output_tokens": 0}  # fmt: skip


def test_a_bucket_within_one_price_is_priced_and_over_two_is_a_range(tmp_path: Path) -> None:
    within = ask(tmp_path, [bucket("2026-01-31", "2026-02-01")])
    assert (within["requests"], within["total_cost_nano_usd"]) == (7, 2 * USD)
    assert costs(ask(tmp_path, [bucket("2026-01-31", "2026-02-02")])) == (None, None, USD, 2 * USD)
    assert ask(tmp_path, [bucket("2025-12-31", "2026-01-02")])["unknown"] == 7  # no price of its first day


def test_the_clients_own_costs_are_compared_and_explained(tmp_path: Path) -> None:
    one = ROW | {"provider": "alpha"}
    said_costs = {1.0: "the same", 2.0: "alpha's price of 2026-01-01", 0: "the client says 0", 1.5: "unknown"}
    for spend, reason in said_costs.items():
        (compared,) = ask(tmp_path, [one | {"spend": spend}])["compared"]
        assert reason in compared["likely_reason"]
        assert compared["difference_nano_usd"] == int(spend * 10) * 10**8 - USD
    assert ask(tmp_path, [one])["compared"] == []


def test_months_and_sessions_are_compared_with_the_invoice(tmp_path: Path) -> None:
    sessions = [{"id": "a", "requestCount": 2, "costCents": 250}, {"id": "gone", "requestCount": 1, "costCents": 1.5}]
    period = {"period": "2026-03-01T00:00:00.000Z", "sessions": sessions}
    (tmp_path / "invoice.json").write_text(json.dumps({"currency": "usd", "periods": [period]}))
    one = ROW | {"provider": "alpha"}
    rows = [one | {"X-HF-Session-id": "a"}, one, one | {"time": "2026-02-05", "session_id": "a"}]
    found = ask(tmp_path, rows, "--against", str(tmp_path / "invoice.json"))["against"]
    keys = (
        "month",
        "session",
        "billed_requests",
        "log_requests",
        "billed_nano_usd",
        "cost_nano_usd",
        "difference_nano_usd",
    )
    assert [tuple(row[key] for key in keys) for row in found] == [
        ("2026-02", None, None, 1, None, USD, None),
        ("2026-03", None, 3, 2, 2_515_000_000, 2 * USD, 515_000_000),
        ("2026-03", "a", 2, 1, 2_500_000_000, USD, 1_500_000_000),
        ("2026-03", "gone", 1, None, 15_000_000, None, None),
    ]


@pytest.mark.parametrize(
    ("invoice", "word"),
    [
        ({"usedNanoUsd": 1, "limitNanoUsd": 2}, "its keys are usedNanoUsd, limitNanoUsd"),
        ({"currency": "eur", "periods": []}, "eur"),
        ({"currency": "usd", "periods": [{"period": "2026-03-01", "new": []}]}, "its keys are period, new"),
        ([], "list"),
        (None, "empty"),
    ],
)
def test_an_unknown_invoice_is_refused_with_its_keys(invoice: Any, word: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(json.dumps(ROW))
    (tmp_path / "invoice").write_text(json.dumps(invoice))
    result = hfp("bill", str(tmp_path / "log"), "--against", str(tmp_path / "invoice"))
    assert (result.out, len(result.err.splitlines())) == ("", 2)
    assert word in result.err
