"""Endpoint prices and architectures from request to published table, over HTTP against a replay."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hf_providers.hub import Hub
from pipeline.publish import dataset
from pipeline.replay import Facts, Fault, Faults, Model, ReplayServer, read_dataset, serve
from pipeline.replay.wire import Entity, Reply, Request
from tests.run.hosting_models import chat
from tests.run.runs import AT, TOKEN, Pipe, entry, facts, model, overriding

pytestmark = pytest.mark.usefixtures("wide")

MAY = datetime(2026, 5, 19, tzinfo=UTC)
LATER = "2026-06-01T00:00:00+00:00"
QWEN3 = {
    "model_type": "qwen3", "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8,
    "head_dim": 128, "hidden_size": 1024, "max_position_embeddings": 40960, "torch_dtype": "bfloat16",
}  # fmt: skip
GEMMA = {
    "text_config": {
        "model_type": "gemma3_text", "num_hidden_layers": 62, "num_attention_heads": 32, "num_key_value_heads": 16,
        "head_dim": 128, "hidden_size": 5376, "sliding_window": 1024, "sliding_window_pattern": 6,
    }
}  # fmt: skip


def instance(instance_type: str, usd_per_hour: str, **more: Any) -> dict[str, Any]:
    place = {"cloud": "aws", "instance_type": instance_type, "size": "x1", "kind": "gpu"}
    facts_of = {"usd_per_hour": Decimal(usd_per_hour), "units": 1, "memory_bytes": 14 * 10**9, "ram_bytes": None}
    rest = {"architecture": f"NVIDIA {instance_type}", "deprecated": False, "observed_at": MAY, "stale": False}
    return place | facts_of | rest | more


INSTANCES = [
    instance("nvidia-t4", "0.500000000"),
    instance("nvidia-h100", "4.5", deprecated=True),
    instance("intel-spr", "0.067", kind="cpu", units=2, memory_bytes=4 * 10**9),
    instance("inf2", "0.75", kind="inf2", ram_bytes=14_500_000_000),
]


def with_configs(server: ReplayServer, configs: dict[str, object]) -> None:
    """Answer requests for config.json with these; with 404 where there is none."""

    def answer(request: Request) -> object:
        name = request.path.removesuffix("/resolve/main/config.json").lstrip("/")
        return configs.get(name) if request.path.endswith("/config.json") else None

    overriding(server, answer)


def asked(server: ReplayServer, end: str) -> list[str]:
    return [seen.path for seen in server.requests if seen.path.endswith(end)]


def stripped(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in ("observed_at", "stale", "source")}


def test_instances_come_back_as_they_were_and_keep_their_own_day(pipe: Pipe) -> None:
    with serve(Facts([chat("org/a", sha=None)], "made up", AT, instances=INSTANCES)) as server:
        assert pipe.run(server) == 0
        assert len(asked(server, "/pricing.md")) == 1
    published = pipe.rows("endpoint_instances")
    expected = sorted(INSTANCES, key=lambda row: row["instance_type"])
    assert list(map(stripped, published)) == list(map(stripped, expected))
    assert {(row["observed_at"], row["source"]) for row in published} == {(MAY, "endpoints")}
    history = pipe.rows("endpoint_price_history")
    assert {row["valid_from"] for row in history} == {MAY}
    assert {row["source"] for row in history} == {"endpoints"}
    (source,) = [s for s in pipe.manifest["sources"] if s["source"] == "endpoints"]
    assert datetime.fromisoformat(source["observed_at"]) == MAY


def test_the_history_has_a_row_only_where_something_changed(pipe: Pipe) -> None:
    days = [MAY + timedelta(days=n) for n in range(4)]
    prices = ["0.5", "0.5", "0.6", "0.6"]
    for day, price in zip(days, prices, strict=True):
        page = [instance("nvidia-t4", price, observed_at=day), instance("inf2", "0.75", kind="inf2", observed_at=day)]
        made = Facts([chat("org/a", sha=None)], "made up", day.isoformat(), instances=page)
        with serve(made) as server:
            assert pipe.run(server) == 0
    rows = pipe.rows("endpoint_price_history", instance_type="nvidia-t4")
    seen = [(r["usd_per_hour"], r["valid_from"], r["valid_to"], r["last_observed_at"]) for r in rows]
    assert seen == [(Decimal("0.5"), days[0], days[2], days[1]), (Decimal("0.6"), days[2], None, days[2])]


@pytest.mark.parametrize("stated", ["2099-01-01T00:00:00Z", "some day", "2026-05-20", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_none_or_yet_to_come_costs_itself(pipe: Pipe, stated: str) -> None:
    """One from 2099 would shut out what the page says until then."""
    page = [instance(f"nvidia-{name}", "0.5", observed_at=MAY) for name in ("t4", "h100")]

    def dated(request: Request) -> object:
        rows = "".join(f"| aws | nvidia-{name} | x1 | $0.9 | 1 | 14 GB | T4 |\n" for name in ("t4", "h100"))
        head = "| Provider | Instance Type | Instance Size | Hourly rate | GPUs | Memory | Architecture |"
        text = f"{head}\n|-|-|-|-|-|-|-|\n{rows}"
        headers = (("X-Replay-Part-Observed-At", stated),)
        return Reply(200, Entity(text.encode()), headers) if request.path.endswith("/pricing.md") else None

    with serve(Facts([chat("org/a", sha=None)], "made up", MAY.isoformat(), instances=page)) as server:
        assert pipe.run(server) == 0
    with serve(Facts([chat("org/a", sha=None)], "made up", LATER)) as server:
        overriding(server, dated)
        assert pipe.run(server) == 0
    published = {(row["usd_per_hour"], row["observed_at"], row["stale"]) for row in pipe.rows("endpoint_instances")}
    assert published == {(Decimal("0.9"), datetime.fromisoformat(LATER), False)}


def test_a_page_that_is_gone_or_torn_leaves_the_last_rows_and_says_so(pipe: Pipe) -> None:
    with serve(Facts([chat("org/a", sha=None)], "made up", AT, instances=INSTANCES)) as server:
        assert pipe.run(server) == 0
    with serve(facts(chat("org/a", sha=None), at=LATER)) as server:
        assert pipe.run(server) == 0
    run = pipe.row("runs", source="endpoints", result="skipped")
    assert run["drift"] == ["the page is gone ×1"]
    assert {row["stale"] for row in pipe.rows("endpoint_instances")} == {True}
    assert {row["valid_to"] for row in pipe.rows("endpoint_price_history")} == {None}


def test_a_table_of_another_layout_is_reported_and_not_half_read(pipe: Pipe) -> None:
    def answer(request: Request) -> object:
        if not request.path.endswith("/pricing.md"):
            return None
        head = "| Provider | Instance Type | Instance Size | Price | GPUs | Memory | Architecture |"
        return Reply(200, Entity(f"{head}\n|-|-|-|-|-|-|-|\n| aws | nvidia-t4 | x1 | $9 | 1 | 14 GB | T4 |\n".encode()))

    with serve(Facts([chat("org/a", sha=None)], "made up", AT, instances=INSTANCES)) as server:
        assert pipe.run(server) == 0
    with serve(Facts([chat("org/a", sha=None)], "made up", LATER, instances=INSTANCES)) as server:
        overriding(server, answer)
        assert pipe.run(server) == 0
    t4 = pipe.row("endpoint_instances", instance_type="nvidia-t4")
    assert (t4["usd_per_hour"], t4["stale"]) == (Decimal("0.5"), True)
    last = [row for row in pipe.rows("runs", source="endpoints") if row["drift"]]
    assert any("Price" in note for note in last[-1]["drift"])


def test_a_failing_page_fails_alone(pipe: Pipe) -> None:
    faults = Faults(faults=(Fault("status", path="/docs/inference-endpoints/support/pricing.md", times=None),))
    with serve(Facts([chat("org/a", sha=None)], "made up", AT, instances=INSTANCES), faults) as server:
        assert pipe.run(server) == 4
    assert pipe.rows("endpoint_instances") == []
    assert len(pipe.rows("offers")) == 1


def test_config_json_is_read_once_a_commit(pipe: Pipe) -> None:
    with serve(facts(chat("org/q"), chat("google/gemma"))) as server:
        with_configs(server, {"org/q": QWEN3, "google/gemma": GEMMA})
        assert pipe.run(server) == 0
        assert len(asked(server, "/config.json")) == 2
        assert pipe.run(server) == 0
        assert len(asked(server, "/config.json")) == 2
    read = pipe.row("architectures", model_id="org/q")
    assert (read["layers"], read["kv_heads"], read["head_dim"], read["sha"]) == (28, 8, 128, "a" * 40)
    layers = ("full_attention_layers", "sliding_attention_layers", "sliding_window", "reason")
    assert [pipe.row("architectures", model_id="google/gemma")[name] for name in layers] == [10, 52, 1024, None]
    with serve(facts(chat("org/q", sha="b" * 40), chat("google/gemma"), at=LATER)) as server:
        with_configs(server, {"org/q": QWEN3 | {"num_hidden_layers": 30}})
        assert pipe.run(server) == 0
        assert asked(server, "/config.json") == ["/org/q/resolve/main/config.json"]
    assert {row["model_id"]: row["layers"] for row in pipe.rows("architectures")} == {"org/q": 30, "google/gemma": 62}


def test_nothing_is_asked_of_models_without_a_commit_or_that_do_not_chat(pipe: Pipe) -> None:
    painter = Model({"id": "org/paint", "sha": "c" * 40}, model("org/paint", entry(task="text-to-image")).offers)
    with serve(facts(chat("org/a", sha=None), painter)) as server:
        assert pipe.run(server) == 0
        assert asked(server, "/config.json") == []
    assert pipe.rows("architectures") == []
    assert pipe.rows("runs", source="architectures") == []


def test_a_model_without_the_file_and_one_not_known_have_a_reason_and_no_guess(pipe: Pipe) -> None:
    with serve(facts(chat("org/none"), chat("org/new"))) as server:
        with_configs(server, {"org/new": {"model_type": "brandnew", "num_hidden_layers": 3}})
        assert pipe.run(server) == 0
    assert "no config.json" in pipe.row("architectures", model_id="org/none")["reason"]
    new = pipe.row("architectures", model_id="org/new")
    assert "brandnew" in new["reason"]
    assert (new["layers"], new["full_attention_layers"]) == (3, None)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_gated_models_are_asked_for_with_a_token_only_and_counted_without(pipe: Pipe, token: str | None) -> None:
    with serve(facts(chat("org/open", gated=False), chat("meta/closed", gated="manual"))) as server:
        with_configs(server, {"org/open": QWEN3, "meta/closed": QWEN3})
        assert pipe.run(server, **({"HF_TOKEN": token} if token else {})) == 0
        found = asked(server, "/config.json")
    (run,) = pipe.rows("runs", source="architectures")
    assert len(found) == run["requests"] == (2 if token else 1)
    assert run["drift"] == (None if token else ["gated: skipped ×1"])


def test_one_run_reads_a_bounded_number_the_most_used_first(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.crawl.one_by_one.MAX_CONFIGS", 2)
    models = [chat(f"org/m{n}", downloads=n) for n in range(5)]
    for expected in ({"org/m4", "org/m3"}, {"org/m4", "org/m3", "org/m2", "org/m1"}):
        with serve(facts(*models)) as server:
            with_configs(server, {m.id: QWEN3 for m in models})
            assert pipe.run(server) == 0
        assert {row["model_id"] for row in pipe.rows("architectures")} == expected


@pytest.mark.parametrize("status", [500, 403, 451])
def test_a_file_that_the_server_does_not_give_waits_a_day_and_costs_itself_alone(pipe: Pipe, status: int) -> None:
    with serve(facts(chat("org/q"))) as server:
        with_configs(server, {"org/q": QWEN3})
        assert pipe.run(server) == 0
    faults = Faults(faults=(Fault("status", path="/org/q/resolve/main/config.json", times=None, status=status),))
    moved = facts(chat("org/q", sha="b" * 40), chat("org/r", downloads=0))
    with serve(moved, faults) as server:
        with_configs(server, {"org/r": QWEN3})
        assert pipe.run(server, "--observed-at", LATER) == 0
        assert {row["model_id"]: row["sha"][0] for row in pipe.rows("architectures")} == {"org/q": "a", "org/r": "a"}
        asked = configs_asked(server)
        assert pipe.run(server, "--observed-at", "2026-06-01T23:59:59Z") == 0
        assert configs_asked(server) == asked, "not within a day"
        server.inject(Faults())
        with_configs(server, {"org/q": QWEN3})
        assert pipe.run(server, "--observed-at", "2026-06-02T00:00:00Z") == 0
    assert pipe.row("architectures", model_id="org/q")["sha"] == "b" * 40


def test_a_refused_file_that_is_due_again_is_asked_for_last(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Fault("status", path="/org/q/resolve/main/config.json", times=None, status=403)
    with serve(facts(chat("org/q", downloads=9)), Faults(faults=(refused,))) as server:
        assert pipe.run(server) == 0
    monkeypatch.setattr("pipeline.crawl.one_by_one.MAX_CONFIGS", 1)
    with serve(facts(chat("org/q", downloads=9), chat("org/r", downloads=1))) as server:
        with_configs(server, {"org/q": QWEN3, "org/r": QWEN3})
        assert pipe.run(server, "--observed-at", "2026-02-28T12:27:00Z") == 0
    assert [row["model_id"] for row in pipe.rows("architectures")] == ["org/r"]


def test_a_file_whose_bytes_are_no_use_waits_for_another_commit(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.run.Hub", partial(Hub, max_body_bytes=20_000))
    with serve(facts(chat("org/q"), chat("org/r"))) as server:
        with_configs(server, {"org/q": QWEN3 | {"padding": "x" * 30_000}, "org/r": QWEN3})
        assert pipe.run(server) == 0
        assert "larger than" in pipe.row("architectures", model_id="org/q")["reason"]
        assert pipe.row("architectures", model_id="org/r")["reason"] is None
        asked = configs_asked(server)
        assert pipe.run(server, "--observed-at", "2026-03-26T12:27:00Z") == 0
        assert configs_asked(server) == asked


def test_a_server_that_gives_no_file_at_all_fails_the_source(pipe: Pipe) -> None:
    down = Faults(faults=(Fault("status", path="/org/", times=None, status=500),))
    with serve(facts(*(chat(f"org/m{n}") for n in range(8))), down) as server:
        assert pipe.run(server) == 4
    assert pipe.row("runs", source="architectures")["result"] == "failed"


def configs_asked(server: ReplayServer) -> int:
    return sum(seen.path.endswith("config.json") for seen in server.requests)


def test_a_published_dataset_replays_its_architectures(pipe: Pipe, tmp_path: Path, monkeypatch: Any) -> None:
    with serve(facts(chat("org/q"), chat("google/gemma"), chat("org/new"))) as server:
        with_configs(server, {"org/q": QWEN3, "google/gemma": GEMMA, "org/new": {"model_type": "brandnew"}})
        assert pipe.run(server) == 0
    again = Pipe(monkeypatch, tmp_path / "again")
    with serve(read_dataset(pipe.out)) as server:
        assert again.run(server) == 0
    known = pipe.rows("architectures")
    assert [row["model_id"] for row in known if row["reason"] is None] == ["google/gemma", "org/q"]
    assert list(map(stripped, again.rows("architectures"))) == list(map(stripped, known))


def test_a_dataset_from_before_these_tables_loads_and_is_carried_on(pipe: Pipe) -> None:
    with serve(facts(chat("org/q", sha=None))) as server:
        assert pipe.run(server) == 0
        own = ("endpoint_instances", "endpoint_price_history", "architectures", "jobs_hardware")
        document = json.loads((pipe.out / "manifest.json").read_text())
        document["files"] = [file for file in document["files"] if file["table"] not in own]
        (pipe.out / "manifest.json").write_text(json.dumps(document))
        assert pipe.run(server) == 0
    loaded = dataset.load(pipe.out)
    assert loaded is not None
    assert [loaded.table(name).num_rows for name in own] == [0, 0, 0, 0]
