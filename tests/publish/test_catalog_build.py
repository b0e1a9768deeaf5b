"""Tables become a catalog: every value as it was, the same bytes for the same content."""

import hashlib
import json
import random
import sqlite3
import statistics
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hf_providers.catalog import search
from hf_providers.catalog.database import APPLICATION_ID, READS_SCHEMA, Catalog
from hf_providers.catalog.schema import SCHEMA_VERSION, TABLES
from pipeline.assemble import tables
from pipeline.publish import catalog_build
from pipeline.publish.catalog_build import LEFT_OUT, build, families

AT = datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC)
ROUTE = {"model_id": "acme/Big-1", "provider": "fast", "task": "conversational"}


def table(name: str, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows that say only what a test is about: what else may not be NULL gets a plain value."""
    plain = {"string": "x", "bool": False, "int64": 0, "timestamp": AT, "price": Decimal(1)}
    default = {c.name: None if c.nullable else (c.enum or (plain.get(c.type),))[0] for c in TABLES[name].columns}
    return tables.from_rows(TABLES[name], [default | row for row in rows])


def model(model_id: str, **values: Any) -> dict[str, Any]:
    author, _, name = model_id.rpartition("/")
    return {"model_id": model_id, "author": author, "name": name, **values}


def catalog_of(
    path: Path, models: Iterable[dict[str, Any]], offers: Iterable[dict[str, Any]] = (), **other: Any
) -> Catalog:
    content = {"models": table("models", models), "offers": table("offers", offers)}
    content |= {name: table(name, rows) for name, rows in other.items()}
    build(content, path, {"version": "0123456789abcdef", "checked_at": "2026-02-26T11:27:29Z"})
    made = Catalog(str(path))
    made.close_when_dropped()
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def test_rows_that_are_made_in_several_parts_are_all_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [model(f"acme/Big-{n}", likes=n) for n in range(5)]
    offers = [{**ROUTE, "model_id": f"acme/Big-{n}", "input_usd_per_mtok": Decimal(n)} for n in range(5)]
    whole = catalog_of(path, models, offers)
    monkeypatch.setattr(catalog_build, "BATCH_ROWS", 2)
    parts = catalog_of(path.with_name("parts.sqlite"), models, offers)
    assert [row["likes"] for row in parts.models()] == [4, 3, 2, 1, 0]
    assert [row["input_usd_per_mtok"] for row in parts.offers()] == ["0", "1", "2", "3", "4"]
    assert path.read_bytes() == Path(parts.path).read_bytes()
    assert whole.offers() == parts.offers()


def test_what_a_killed_build_left_is_no_hindrance(path: Path) -> None:
    path.with_name("catalog.sqlite.unpacked").write_bytes(b"half")
    path.write_bytes(b"old")
    assert [row["model_id"] for row in catalog_of(path, [model("acme/Big-1")]).models()] == ["acme/Big-1"]
    assert [file.name for file in path.parent.iterdir()] == ["catalog.sqlite"]


@pytest.mark.parametrize(
    ("price", "text"),
    [
        ("0.060000000", "0.06"),
        ("0", "0"),
        ("2.50", "2.5"),
        ("100", "100"),
        ("0.000000001", "0.000000001"),
        ("123456789.123456789", "123456789.123456789"),
        (None, None),
    ],
)
def test_a_price_is_exact_text(path: Path, price: str | None, text: str | None) -> None:
    offer = ROUTE | {"provider_model_id": "p", "input_usd_per_mtok": None if price is None else Decimal(price)}
    assert catalog_of(path, [model("acme/Big-1")], [offer]).offers("acme/Big-1")[0]["input_usd_per_mtok"] == text


def test_values_come_back_as_they_were(path: Path) -> None:
    facts = {
        "conversational": True,
        "is_moe": False,
        "gated": None,
        "likes": None,
        "downloads": 0,
        "parameters": 684_531_386_000,
        "created_at": AT,
        "dtype_parameters": {"BF16": 3, "F8_E4M3": 680_571_043_840},
        "base_models": [{"model_id": 'acme/Ünï "q"', "relation": "finetune"}],
    }
    row = catalog_of(path, [model("acme/Big-1", **facts)]).model("acme/Big-1")
    assert row is not None
    assert list(row) == list(TABLES["models"].column_names)
    assert {name: row[name] for name in facts} == facts | {"created_at": "2026-02-26T11:27:29Z"}


def test_booleans_and_lists_are_stored_as_documented(path: Path) -> None:
    catalog = catalog_of(path, [model("acme/Big-1", conversational=True, is_moe=False)],
                         providers=[{"provider": "fast", "regions": ["eu", "us"]}, {"provider": "slow"}])  # fmt: skip
    assert catalog.query("SELECT conversational, is_moe FROM models") == [(1, 0)]
    stored = catalog.query("SELECT regions FROM providers ORDER BY provider")
    assert [text and json.loads(text) for (text,) in stored] == [["eu", "us"], None]


@pytest.mark.parametrize("name", sorted(TABLES.keys() - LEFT_OUT))
def test_every_table_of_the_schema_is_written_without_code_of_its_own(path: Path, name: str) -> None:
    content = {"models": table("models", []), "offers": table("offers", [])}
    build(content | {name: table(name, [{}])}, path, {})
    with Catalog(str(path)) as catalog:
        rows = catalog.rows(name)
    assert [tuple(row) for row in rows] == [TABLES[name].column_names]


def test_the_catalog_reads_the_schema_that_is_published() -> None:
    assert READS_SCHEMA == SCHEMA_VERSION


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    rng = random.Random(5)
    models = [model(f"acme/Big-{i}", likes=i % 7, base_models=[]) for i in range(500)]
    digests = set()
    for number in range(3):
        rng.shuffle(models)
        catalog_of(tmp_path / f"{number}.sqlite", models).close()
        digests.add(hashlib.sha256((tmp_path / f"{number}.sqlite").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_file_that_was_there_is_replaced(path: Path) -> None:
    path.write_bytes(b"left by a run that was killed")
    assert catalog_of(path, [model("acme/Big-1")]).model("acme/Big-1") is not None


def test_the_file_says_what_it_is_and_is_sound(path: Path) -> None:
    catalog_of(path, [model(f"acme/Big-{i}") for i in range(50)]).close()
    connection = sqlite3.connect(path)
    pragmas = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    assert pragmas == [APPLICATION_ID, SCHEMA_VERSION]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    connection.close()


def test_models_stand_in_the_order_of_use(path: Path) -> None:
    models = [
        model("a/unknown"),
        model("a/liked", likes=9, downloads=9),
        model("a/served", likes=9, downloads=9),
        model("a/offered-not-live", likes=9, downloads=9),
    ]
    offers = [
        {"model_id": "a/served", "provider": p, "task": "t", "provider_model_id": "p", "status": "live"} for p in "xy"
    ]
    dead = {"model_id": "a/offered-not-live", "provider": "x", "task": "t", "provider_model_id": "p", "status": "error"}
    ids = [row["model_id"] for row in catalog_of(path, models, [*offers, dead]).models()]
    assert ids == ["a/served", "a/liked", "a/offered-not-live", "a/unknown"]


def test_daily_medians_are_those_of_the_day_in_utc(path: Path) -> None:
    rng = random.Random(11)
    moments = [AT + timedelta(hours=7 * i) for i in range(40)]
    values = [None if rng.random() < 0.2 else float(rng.randrange(1, 400)) for _ in moments]
    rows = [ROUTE | {"observed_at": at, "throughput_tps": tps} for at, tps in zip(moments, values, strict=True)]
    found = catalog_of(path, [model("acme/Big-1")], measurements=rows).measurements_daily("acme/Big-1")
    days = sorted({at.date().isoformat() for at in moments})
    assert [row["day"] for row in found] == days
    for row in found:
        of_day = [tps for at, tps in zip(moments, values, strict=True) if at.date().isoformat() == row["day"]]
        known = [tps for tps in of_day if tps is not None]
        assert row["n"] == len(of_day)
        assert row["throughput_tps"] == (statistics.median(known) if known else None)
        assert row["ttft_ms"] is None


def test_histories_are_found_by_route(path: Path) -> None:
    price = {"valid_from": AT, "last_observed_at": AT, "source": "router", "output_usd_per_mtok": Decimal(0)}
    later = price | {"valid_from": AT + timedelta(days=1), "output_usd_per_mtok": None}
    other = ROUTE | {"provider": "slow"} | price
    catalog = catalog_of(path, [model("acme/Big-1")], price_history=[ROUTE | later, ROUTE | price, other],
                         status_history=[ROUTE | {"valid_from": AT, "status": "live", "source": "s"}])  # fmt: skip
    found = catalog.price_history(**ROUTE)
    assert [(row["valid_from"], row["output_usd_per_mtok"]) for row in found] == [
        ("2026-02-26T11:27:29Z", "0"),
        ("2026-02-27T11:27:29Z", None),
    ]
    assert len(catalog.price_history("acme/Big-1")) == 3
    assert [row["status"] for row in catalog.status_history("acme/Big-1", task="conversational")] == ["live"]
    assert catalog.status_history("acme/Big-1", "slow") == []


def test_a_table_the_snapshot_lacks_has_no_rows(path: Path) -> None:
    catalog = catalog_of(path, [model("acme/Big-1")])
    assert catalog.changes() == []
    assert catalog.provider("fast") is None
    assert catalog.meta() == {"version": "0123456789abcdef", "checked_at": "2026-02-26T11:27:29Z"}


def relatives(path: Path, model_id: str, models: Iterable[dict[str, Any]]) -> list[tuple[str, str, bool]]:
    found = catalog_of(path, models).variants(model_id)
    assert {row["model_id"] for row in found} <= {model_id}
    return [(row["variant_id"], row["relation"], row["declared"]) for row in found]


def made_from(base: str, relation: str) -> dict[str, Any]:
    return {"base_models": [{"model_id": base, "relation": relation}]}


def test_variants_declared_first_then_guessed(path: Path) -> None:
    models = [
        model("deepseek-ai/DeepSeek-R1", likes=13_000, downloads=700_000, **made_from("deepseek-ai/Base", "finetune")),
        model("deepseek-ai/DeepSeek-R1-0528", likes=2000, downloads=900),
        model("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", likes=1000, downloads=100),
        model("deepseek-ai/DeepSeek-V3", likes=4000, downloads=1_000_000),
        model("other/Chat", **made_from("deepseek-ai/Base", "finetune")),
        model("fast/R1-Quick", likes=1, downloads=1, **made_from("deepseek-ai/DeepSeek-R1", "quantized")),
        model("fast/R1-Other", likes=5, downloads=5, **made_from("deepseek-ai/DeepSeek-R1", "base")),
    ]
    assert relatives(path, "deepseek-ai/DeepSeek-R1", models) == [
        ("deepseek-ai/Base", "base", True),
        ("fast/R1-Other", "derived", True),
        ("fast/R1-Quick", "quantized", True),
        ("other/Chat", "sibling", True),
        ("deepseek-ai/DeepSeek-R1-0528", "family", False),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "family", False),
    ]


def test_a_distillation_that_declares_its_base_is_no_longer_a_guess(path: Path) -> None:
    distilled = model("d/DeepSeek-R1-0528-Qwen3-8B", **made_from("d/DeepSeek-R1-0528", "finetune"))
    models = [model("d/DeepSeek-R1"), model("d/DeepSeek-R1-0528"), distilled]
    assert relatives(path, "d/DeepSeek-R1-0528", models) == [
        ("d/DeepSeek-R1-0528-Qwen3-8B", "finetune", True),
        ("d/DeepSeek-R1", "family", False),
    ]


def test_variants_are_bounded_and_the_most_used(path: Path) -> None:
    models = [model(f"u{i}/Big-1-v{i}", likes=i, downloads=i) for i in range(100)] + [model("acme/Big-1")]
    found = relatives(path, "acme/Big-1", models)
    assert [variant_id for variant_id, _, _ in found] == [f"u{i}/Big-1-v{i}" for i in range(99, 69, -1)]


def test_models_that_declare_each_other_are_no_trouble(path: Path) -> None:
    models = [model("a/One-1", **made_from("a/Two-1", "merge")), model("a/Two-1", **made_from("a/One-1", "merge"))]
    assert relatives(path, "a/One-1", models) == [("a/Two-1", "base", True)]
    with Catalog(str(path)) as catalog:
        assert set(search.find(catalog, "a").model_ids) == {"a/One-1", "a/Two-1"}


@pytest.mark.parametrize(
    ("names", "together"),
    [
        (("DeepSeek-R1", "DeepSeek-R1-0528"), True),
        (("Qwen3-4B", "Qwen3-4B-Instruct-2507"), True),
        (("Kimi-K2-Instruct", "Kimi-K2-Thinking"), True),
        (("GLM-4.5-Air", "GLM-4.5-Air-FP8"), True),
        (("Llama-3.1-8B", "Llama-3.1-70B"), False),
        (("DeepSeek-V3", "DeepSeek-V3.1"), False),
        (("stable-diffusion", "stable-diffusion-xl"), False),
        (("DeepSeek-R1", "Qwen3-8B"), False),
        (("bert-base-uncased", "bert-base-cased"), False),
    ],
)
def test_families_are_guessed_with_care(names: tuple[str, str], together: bool) -> None:
    one, other = families(names).values()
    assert (one is not None and one == other) is together
