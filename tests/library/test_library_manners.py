"""What a program may expect of the library: tasks by any name, whole numbers, threads, equality."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from hf_providers import Model, calculate_cost, open_snapshot
from hf_providers.catalog.database import Catalog
from hf_providers.errors import SnapshotError
from hf_providers.hosting.requirements import need
from hf_providers.provider import Providers
from hf_providers.rules.tasks import tasks_of
from hf_providers.snapshot import Snapshot

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return open_snapshot(DATA)


@pytest.mark.parametrize("task", ["text-generation", "chat", "conversational", "Text-Generation"])
def test_the_hub_s_word_for_chat_means_chat(snapshot: Snapshot, task: str) -> None:
    model = Model("deepseek-ai/DeepSeek-R1", snapshot)
    assert [offer.provider for offer in model.providers_with(task=task)] == [o.provider for o in model.providers]
    request = {"model": "deepseek-ai/DeepSeek-R1", "input_tokens": 10, "output_tokens": 1, "task": task}
    # novita: 10 × $0.70 and 1 × $2.50 per million, in nano-USD
    assert calculate_cost([request], snapshot)["total_cost_nano_usd"] == 10 * 700 + 2500
    then = calculate_cost([request | {"at": "2026-02-26T12:00:00Z"}], snapshot)
    assert then["unknown"] == 0
    assert len(Providers(snapshot).get("groq").models(task=task)) > 0


def test_a_task_is_itself_and_a_group_its_tasks() -> None:
    assert tasks_of("text-to-image") == ("text-to-image",)
    assert tasks_of("chat") == ("conversational",)


@pytest.mark.parametrize("count", [1.5, float("nan"), True, "10", None, 10**16])
def test_only_whole_numbers_are_counts(snapshot: Snapshot, count: Any) -> None:
    with pytest.raises(ValueError, match="not a number of tokens"):
        Model("deepseek-ai/DeepSeek-R1", snapshot).cost(input_tokens=count, output_tokens=1)
    with pytest.raises(ValueError, match="not a number of tokens"):
        calculate_cost([{"model": "deepseek-ai/DeepSeek-R1", "input_tokens": 1, "output_tokens": count}], snapshot)


def test_another_thread_may_ask(snapshot: Snapshot) -> None:
    model, found = Model("deepseek-ai/DeepSeek-R1", snapshot), []
    threads = [threading.Thread(target=lambda: found.append(model.variants)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [model.variants] * 8


def test_a_mistake_in_a_statement_is_no_damage(snapshot: Snapshot) -> None:
    with Catalog(snapshot.path) as catalog, pytest.raises(Exception, match="binding") as caught:
        catalog.query("SELECT ?", ())
    assert not isinstance(caught.value, SnapshotError)


def test_objects_of_the_same_thing_are_equal(snapshot: Snapshot) -> None:
    providers = Providers(snapshot)
    assert Model("deepseek-ai/DeepSeek-R1", snapshot) == Model("deepseek-r1", snapshot)
    assert len({Model("deepseek-ai/DeepSeek-R1", snapshot), Model("deepseek-r1", snapshot)}) == 1
    assert Model("deepseek-r1", snapshot) != "deepseek-r1"
    assert providers.get("groq") == providers.get("GROQ") != providers.get("novita")
    assert "groq" in providers
    assert providers.get("groq") in providers
    assert "nobody" not in providers
    with pytest.raises(TypeError, match="no name of a model"):
        Model(None, snapshot)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "stated", "believed"),
    [
        ("allenai/Olmo-3-7B-Instruct", 528_384, False),
        ("zai-org/AutoGLM-Phone-9B", 934_400, False),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", 401_583_781_376, True),
        ("mistralai/Mixtral-8x7B-v0.1", 46_702_792_704, True),
        ("Qwen/Qwen3-30B-A3B", 30_532_122_624, True),
        ("openai-community/gpt2", 137_022_720, True),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", 1_777_088_000, True),
    ],
)
def test_a_count_that_the_name_contradicts_is_not_believed(name: str, stated: int, believed: bool) -> None:
    model = {"model_id": name, "parameters": stated, "dtype_parameters": None}
    found = need(model, None, context=4096, weight_format="BF16")
    assert (found["parameters_source"] == "count") is believed
    assert not believed or found["weights_bytes"] == stated * 2
