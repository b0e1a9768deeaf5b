"""The objects of the library, over a small made-up catalog and over the committed dataset."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hf_providers import AmbiguousModel, Model, ModelNotFound, SnapshotError, UnknownProvider, open_snapshot
from hf_providers.snapshot import Snapshot
from tests.cli.hfp import AT, DATA, catalog, model, offer, priced

TALK = "acme/Talk-7B"


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    offers = [
        offer(TALK, "quick", throughput_tps=200.0, ttft_ms=100.0, supports_tools=True, context_length=32_768),
        offer(
            TALK, "cheap",
            input_usd_per_mtok=Decimal("0.1"), output_usd_per_mtok=Decimal("0.000000001"),
            throughput_tps=20.0, supports_tools=False, supports_structured_output=True, readiness="warm",
            context_length=8192,
        ),
        offer(
            TALK, "dead",
            status="error", readiness="unavailable", input_usd_per_mtok=Decimal(0), output_usd_per_mtok=Decimal(0),
        ),
        offer(TALK, "pictures", task="text-to-image", request_latency_ms=10.0),
        offer("acme/Twin-1", "x"),
        offer("other/Twin-1", "x"),
    ]  # fmt: skip
    models = [
        model(TALK, pipeline_tag=None, base_models=[{"model_id": "acme/Base", "relation": "finetune"}]),
        model("acme/Twin-1", likes=5),
        model("other/Twin-1", likes=5),
    ]
    history = [
        priced(TALK, "cheap", "2026-01-01", "2026-02-01", input_usd_per_mtok=Decimal("0.2")),
        priced(TALK, "cheap", "2026-02-01", None, input_usd_per_mtok=Decimal("0.1")),
        priced(TALK, "quick", "2026-01-01", None),
    ]
    rows = {"models": models, "offers": offers, "price_history": history}
    return open_snapshot(catalog(tmp_path / "catalog.sqlite", rows))


def test_a_model_says_who_serves_it(made: Snapshot) -> None:
    talk = Model("talk-7b", made)
    assert (talk.model_id, talk.name, talk.task) == (TALK, "Talk-7B", "conversational")
    assert [o.provider for o in talk.providers] == ["quick", "cheap", "dead", "pictures"]
    assert talk.variants == ("acme/Base",)
    assert repr(talk) == "Model('acme/Talk-7B')"


def test_prices_are_exact_and_unknown_is_none(made: Snapshot) -> None:
    talk = Model(TALK, made)
    by = {o.provider: o for o in talk.providers}
    assert by["cheap"].output_usd_per_mtok == Decimal("0.000000001")
    assert by["quick"].input_usd_per_mtok is None
    assert by["dead"].input_usd_per_mtok == 0
    assert by["dead"].is_free is None
    assert by["quick"].first_seen_at == AT


def test_the_picks_are_live_and_of_the_main_task(made: Snapshot) -> None:
    talk = Model(TALK, made)
    assert talk.cheapest is not None
    assert talk.cheapest.provider == "cheap"
    assert talk.fastest is not None
    assert talk.fastest.provider == "quick"
    alone = Model("acme/Twin-1", made)
    assert (alone.cheapest, alone.fastest) == (None, None)


def test_narrowing_takes_what_is_unknown_for_not_had(made: Snapshot) -> None:
    talk = Model(TALK, made)

    def having(**wanted: object) -> list[str]:
        return [o.provider for o in talk.providers_with(**wanted)]  # type: ignore[arg-type]

    assert having(tools=True) == ["quick"]
    assert having(tools=False) == ["cheap"]
    assert having(structured_output=True) == ["cheap"]
    assert having(status="hot") == ["quick", "pictures"]
    assert having(status="live") == ["quick", "cheap", "pictures"]
    assert having(status="error") == having(status="unavailable") == ["dead"]
    assert having(task="text-to-image") == ["pictures"]
    assert having(min_context=10_000) == ["quick"]
    assert having(tools=True, status="warm") == []
    assert len(having()) == 4


def test_a_cost_is_exact_and_rounded_up_once(made: Snapshot) -> None:
    talk = Model(TALK, made)
    cost = talk.cost(input_tokens=10_000_000, output_tokens=1)
    assert cost is not None
    assert (cost.offer.provider, cost.nano_usd, cost.usd) == ("cheap", 1_000_000_001, Decimal("1.000000001"))
    assert talk.cost(input_tokens=1, output_tokens=1, provider="quick") is None
    with pytest.raises(UnknownProvider, match="no provider 'nobody'"):
        talk.cost(input_tokens=1, output_tokens=1, provider="nobody")
    dead = talk.cost(input_tokens=1, output_tokens=1, provider="dead")
    assert dead is not None
    assert dead.nano_usd == 0
    assert talk.cost(input_tokens=1, output_tokens=1, task="text-to-image") is None
    with pytest.raises(ValueError, match="negative"):
        talk.cost(input_tokens=-1, output_tokens=1)


def test_history_is_by_provider_and_time(made: Snapshot) -> None:
    first, second, third = Model(TALK, made).history()
    assert (first.provider, first.input_usd_per_mtok, first.valid_to) == (
        "cheap",
        Decimal("0.2"),
        datetime(2026, 2, 1, tzinfo=UTC),
    )
    assert (second.valid_from, second.valid_to) == (first.valid_to, None)
    assert (third.provider, third.input_usd_per_mtok) == ("quick", None)
    assert [h.provider for h in Model(TALK, made).history("quick")] == ["quick"]


def test_what_is_not_one_model_is_said(made: Snapshot) -> None:
    with pytest.raises(AmbiguousModel) as several:
        Model("twin-1", made)
    assert set(several.value.matches) == {"acme/Twin-1", "other/Twin-1"}
    with pytest.raises(ModelNotFound) as none:
        Model("qzxvkj", made)
    assert none.value.nearest == []
    for error in (several, none):
        assert isinstance(error.value, LookupError)
        assert "\n" not in str(error.value)


def test_an_offer_cannot_be_changed(made: Snapshot) -> None:
    with pytest.raises(FrozenInstanceError):
        Model(TALK, made).providers[0].provider = "me"  # type: ignore[misc]


def test_a_snapshot_says_what_it_is(made: Snapshot) -> None:
    assert (made.version, made.origin, made.observed_at) == ("0123456789abcdef", "made up", AT)
    assert repr(made) == "Snapshot(0123456789abcdef of 2026-02-26 11:27 UTC)"


def test_no_snapshot_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError) as caught:
        open_snapshot(tmp_path / "absent")
    assert caught.value.hint


def test_every_offer_of_the_dataset_is_read() -> None:
    if not (DATA / "manifest.json").is_file():
        pytest.skip("the repository's data/ holds no dataset")
    snapshot = open_snapshot(DATA)
    assert snapshot.version == json.loads((DATA / "manifest.json").read_text())["version"]
    rows = pq.read_table(DATA / "latest" / "offers.parquet").to_pylist()
    by_model: dict[str, list[tuple[object, ...]]] = {}
    for row in rows:
        figures = (row["provider"], row["task"], row["input_usd_per_mtok"], row["output_usd_per_mtok"])
        by_model.setdefault(row["model_id"], []).append((*figures, row["throughput_tps"]))
    read = 0
    for model_id, held in by_model.items():
        offers = Model(model_id, snapshot).providers
        found = [(o.provider, o.task, o.input_usd_per_mtok, o.output_usd_per_mtok, o.throughput_tps) for o in offers]
        assert sorted(map(repr, map(plain, found))) == sorted(map(repr, map(plain, held)))
        read += len(offers)
    assert read == len(rows)


def plain(figures: tuple[object, ...]) -> tuple[object, ...]:
    """Decimals without trailing zeros, so that equal ones are written alike."""
    return tuple(value.normalize() + 0 if isinstance(value, Decimal) else value for value in figures)
