"""Each form is read by the project it is for: it has our count, ids and prices, and a broken file is refused."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from hf_providers import Model, open_snapshot
from hf_providers.catalog.database import Catalog
from hf_providers.export import export
from tests.export import oracles

Row = dict[str, Any]
Prices = dict[str, tuple[Decimal, Decimal]]
INPUT, OUTPUT = 123_457, 7_891
SAMPLE = 20
ROUTER = "https://router.huggingface.co/v1"


def files(name: str, catalog: Catalog, folder: Path, breaking: Callable[[str], str], file: str) -> tuple[Path, Path]:
    """An export, and the same one broken on purpose."""
    text = export(name, catalog).text
    broken = breaking(text)
    assert broken != text
    places = folder / "good" / file, folder / "broken" / file
    for place, content in zip(places, (text, broken), strict=True):
        place.parent.mkdir()
        place.write_text(content, encoding="utf-8")
    return places


def first_replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


def sample(prices: Prices) -> list[str]:
    return random.Random(22).sample(sorted(prices), SAMPLE)


def ours_in_nano(name: str) -> int:
    """What the library says that the request costs."""
    model_id, _, provider = name.rpartition(":")
    cost = Model(model_id, open_snapshot(oracles.ROOT / "data")).cost(
        input_tokens=INPUT, output_tokens=OUTPUT, provider=provider
    )
    assert cost is not None
    return cost.nano_usd


def in_nano(usd: Decimal) -> int:
    """Theirs, rounded up as Hugging Face bills; a float's noise, far below a nano-USD, is no reason to round."""
    return ceil(round(usd * 10**9, 3))


def test_litellm_prices_every_offer_as_we_do(
    catalog: Catalog, live: dict[str, Row], priced: Prices, tmp_path: Path
) -> None:
    breaking = first_replaced('"output_cost_per_token"', '"output_cost_per_tokn"')
    places = files("litellm", catalog, tmp_path, breaking, "litellm.json")
    good, broken = oracles.python("litellm", "litellm_prices.py", str(INPUT), str(OUTPUT), *places, home=tmp_path)
    wanted = {f"openai/{name}": (a * INPUT + b * OUTPUT) / 10**6 for name, (a, b) in priced.items()}
    costs = {key: sum(map(Decimal, map(str, said["costs"]))) for key, said in good["value"].items()}
    assert costs.keys() == wanted.keys()
    assert [key for key in wanted if abs(costs[key] - wanted[key]) * 10**9 > Decimal("0.001")] == []
    for key, said in good["value"].items():
        row = live[key.removeprefix("openai/")]
        assert said["max_input_tokens"] == row["context_length"], key
        assert said["supports_function_calling"] == (row["supports_tools"] and bool(row["supports_tools"])), key
    for name in sample(priced):
        assert in_nano(costs[f"openai/{name}"]) == ours_in_nano(name), name
    assert broken.get("value") != good["value"]


def test_litellm_prices_its_own_huggingface_keys_at_0(tmp_path: Path) -> None:
    """Why no such key is exported: the day this fails, they may be."""
    key = "huggingface/deepseek-ai/DeepSeek-R1:novita"
    said = {"litellm_provider": "huggingface", "mode": "chat", "input_cost_per_token": 1, "output_cost_per_token": 1}
    place = tmp_path / "theirs.json"
    place.write_text(json.dumps({key: said}))
    (found,) = oracles.python("litellm", "litellm_prices.py", str(INPUT), str(OUTPUT), place, home=tmp_path)
    assert "error" in found or found["value"][key]["costs"] == [0, 0]


def test_genai_prices_calculates_as_we_do(
    catalog: Catalog, priced: Prices, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = sample(priced)
    requests = [
        *([f"huggingface_{name.rpartition(':')[2]}", name.rpartition(":")[0], INPUT, OUTPUT, None] for name in names),
        *([f"huggingface_{name.rpartition(':')[2]}", name, INPUT, OUTPUT, None] for name in names),
    ]
    asked = tmp_path / "requests.json"
    asked.write_text(json.dumps(requests))
    breaking = first_replaced('"match": {', '"mtach": {')
    places = files("genai-prices", catalog, tmp_path, breaking, "genai-prices.json")
    said = oracles.python("genai-prices", "genai_prices_calc.py", asked, *places, home=tmp_path)
    good, broken = said["files"]
    parts = {name: name.rpartition(":") for name in priced}
    wanted = {f"huggingface_{provider}/{model}": priced[name] for name, (model, _, provider) in parts.items()}
    found = {key: tuple(map(Decimal, prices)) for key, prices in good["value"]["prices"].items()}
    assert found == wanted
    assert [in_nano(Decimal(cost)) for cost in good["value"]["costs"]] == [*map(ours_in_nano, names)] * 2
    assert "error" in broken
    with capsys.disabled():
        print_disagreements(said["shipped"], wanted)


def print_disagreements(shipped: dict[str, list[str]], ours: Prices) -> None:
    both = shipped.keys() & ours.keys()
    apart = sorted(key for key in both if shipped[key] != [f"{price.normalize():f}" for price in ours[key]])
    print(f"\ngenai-prices ships {len(shipped)} prices, {len(both)} of offers that are live here; {len(apart)} differ:")
    for key in apart:
        print(f"  {key}: theirs {shipped[key][0]}/{shipped[key][1]}, ours {ours[key][0]}/{ours[key][1]}")


def test_genai_prices_dates_prices_as_our_history_does(catalog: Catalog, tmp_path: Path) -> None:
    """A price that changed: the old one before the day of the change, the new one from that day on."""
    model, provider = "meta-llama/Llama-3.3-70B-Instruct", "novita"
    changes = [
        ("2025-12-14T12:00:00+00:00", "0.104", "0.312"),
        ("2025-12-16T12:00:00+00:00", "0.108", "0.32"),
        ("2026-02-25T12:00:00+00:00", "0.135", "0.4"),
    ]
    asked = tmp_path / "requests.json"
    asked.write_text(json.dumps([[f"huggingface_{provider}", model, 10**6, 10**6, at] for at, _, _ in changes]))
    place = tmp_path / "genai-prices.json"
    place.write_text(export("genai-prices", catalog).text)
    (found,) = oracles.python("genai-prices", "genai_prices_calc.py", asked, place, home=tmp_path)["files"]
    assert list(map(Decimal, found["value"]["costs"])) == [Decimal(a) + Decimal(b) for _, a, b in changes]


def test_opencode_types_accept_the_configuration(
    catalog: Catalog, live: dict[str, Row], priced: Prices, tmp_path: Path
) -> None:
    text = export("opencode", catalog).text
    config = json.loads(text, parse_float=Decimal)
    models = config["provider"]["huggingface"]["models"]
    assert models.keys() == live.keys()
    costs = {
        name: (Decimal(m["cost"]["input"]), Decimal(m["cost"]["output"])) for name, m in models.items() if "cost" in m
    }
    assert costs == priced
    assert {name for name, m in models.items() if m.get("tool_call")} == {
        n for n, r in live.items() if r["supports_tools"]
    }
    assert typescript(text, tmp_path / "good") == ""
    first = f'"{next(iter(models))}": {{'
    limited = text.replace(first, f'{first} "limit": {{"context": 1}},', 1)
    assert "Property 'output' is missing" in typescript(limited, tmp_path / "limited")
    assert "does not exist in type" in typescript(text.replace('"tool_call"', '"tool_cal"', 1), tmp_path / "misspelt")


def typescript(config: str, folder: Path) -> str:
    """What the compiler says against a configuration, held against the type of opencode's SDK."""
    folder.mkdir()
    (folder / "node_modules").symlink_to(oracles.environment("npm") / "node_modules")
    (folder / "package.json").write_text('{"type": "module"}')
    source = f'import type {{ Config }} from "@opencode-ai/sdk"\nexport const config: Config = {config}'
    (folder / "config.ts").write_text(source)
    command = [oracles.environment("node") / "bin" / "node", folder / "node_modules/typescript/bin/tsc", "--noEmit"]
    options = ["--strict", "--skipLibCheck", "--types", "", "--module", "nodenext", "--target", "es2022", "config.ts"]
    try:
        oracles.run([*command, *options], folder)
    except AssertionError as error:
        return str(error)
    return ""


def test_continue_reads_the_configuration(catalog: Catalog, live: dict[str, Row], tmp_path: Path) -> None:
    places = files("continue", catalog, tmp_path, first_replaced('    model: "', '    modle: "'), "config.yaml")
    good, broken = oracles.node("continue_config.mjs", *places, home=tmp_path)
    models = {model["model"]: model for model in good["value"]["models"]}
    assert models.keys() == live.keys()
    assert len(models) == len(good["value"]["models"])
    for name, model in models.items():
        assert (model["provider"], model["apiBase"]) == ("openai", ROUTER)
        assert model.get("defaultCompletionOptions", {}).get("contextLength") == live[name]["context_length"]
        assert model.get("capabilities", []) == (["tool_use"] if live[name]["supports_tools"] else [])
    assert "error" in broken


def test_llm_lists_the_models(catalog: Catalog, live: dict[str, Row], tmp_path: Path) -> None:
    breaking = first_replaced("model_name:", "model_nmae:")
    places = files("llm", catalog, tmp_path, breaking, "extra-openai-models.yaml")
    good, broken = oracles.python("llm", "llm_models.py", *(place.parent for place in places), home=tmp_path)
    models = {model["model_name"]: model for model in good["value"]}
    assert models.keys() == live.keys()
    for name, model in models.items():
        assert (model["model_id"], model["api_base"], model["key"]) == (f"hf/{name}", ROUTER, "huggingface")
        assert model["tools"] == bool(live[name]["supports_tools"])
        assert model["schema"] == bool(live[name]["supports_structured_output"])
    assert "error" in broken
    listed = oracles.run(
        [oracles.environment("llm") / "bin" / "llm", "models"], tmp_path, LLM_USER_PATH=str(places[0].parent)
    ).stdout
    assert sum("hf/" in line for line in listed.splitlines()) == len(live)


def test_aider_knows_the_models(catalog: Catalog, live: dict[str, Row], priced: Prices, tmp_path: Path) -> None:
    places = files("aider", catalog, tmp_path, first_replaced("input_cost_per_token", "input_cost"), "metadata.json")
    good, broken = oracles.python("aider-chat", "aider_models.py", *places, home=tmp_path)
    known = {name for name, row in live.items() if row["context_length"] is not None} | priced.keys()
    assert good["value"].keys() == {f"openai/{name}" for name in known}
    for name in known:
        info = good["value"][f"openai/{name}"]
        sides = (info.get("input_cost_per_token"), info.get("output_cost_per_token"))
        wanted = priced.get(name)
        assert tuple(side and Decimal(str(side)) * 10**6 for side in sides) == (wanted or (None, None)), name
        assert info.get("max_input_tokens") == live[name]["context_length"]
    assert broken["value"] != good["value"]


def test_openrouter_reads_the_models(catalog: Catalog, live: dict[str, Row], priced: Prices, tmp_path: Path) -> None:
    places = files("openrouter", catalog, tmp_path, first_replaced('"prompt"', '"promt"'), "models.json")
    good, broken = oracles.node("openrouter_models.mjs", *places, home=tmp_path)
    found = {
        model["id"]: tuple(Decimal(model["pricing"][side]) * 10**6 for side in ("prompt", "completion"))
        for model in good["value"]
    }
    assert found == priced
    assert len(found) == len(good["value"])
    assert all(model["contextLength"] == live[model["id"]]["context_length"] for model in good["value"])
    assert "error" in broken


def test_librechat_reads_the_endpoint(catalog: Catalog, live: dict[str, Row], priced: Prices, tmp_path: Path) -> None:
    places = files("librechat", catalog, tmp_path, first_replaced("completion:", "compltion:"), "librechat.yaml")
    good, broken = oracles.node("librechat_config.mjs", *places, home=tmp_path)
    (endpoint,) = good["value"]["endpoints"]["custom"]
    assert endpoint["baseURL"] == ROUTER
    assert sorted(endpoint["models"]["default"]) == sorted(live)
    found = {
        name: (Decimal(str(said["prompt"])), Decimal(str(said["completion"])), said["context"])
        for name, said in endpoint["tokenConfig"].items()
    }
    contexts = {name: live[name]["context_length"] for name in priced}
    assert found == {name: (*priced[name], size) for name, size in contexts.items() if size is not None}
    assert "error" in broken


def test_llm_prices_builds_its_files_of_it(catalog: Catalog, priced: Prices, tmp_path: Path) -> None:
    places = files("llm-prices", catalog, tmp_path, first_replaced('"to_date"', '"to_dat"'), "huggingface.json")
    built = build(places[0], tmp_path / "built")
    current = {row["id"]: (Decimal(str(row["input"])), Decimal(str(row["output"]))) for row in built["current-v1"]}
    assert current == priced
    dated = [row for row in built["historical-v1"] if row["id"] == "meta-llama/Llama-3.3-70B-Instruct:novita"]
    assert {(row["from_date"], row["to_date"], row["input"]) for row in dated} == {
        ("2025-11-24", "2025-12-15", 0.104),
        ("2025-12-15", "2026-02-23", 0.108),
        ("2026-02-23", None, 0.135),
    }
    with pytest.raises(AssertionError, match="to_date"):
        build(places[1], tmp_path / "not built")


def build(vendor: Path, project: Path) -> dict[str, list[Row]]:
    """What llm-prices' own script makes of one vendor's file."""
    (project / "data").mkdir(parents=True)
    shutil.copy(vendor, project / "data")
    shutil.copytree(oracles.environment("llm-prices") / "scripts", project / "scripts")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "data"]):
        oracles.run(["git", *command], project)
    oracles.run(["python3", "scripts/build.py"], project)
    names = ("current-v1", "historical-v1")
    return {name: json.loads((project / f"{name}.json").read_text())["prices"] for name in names}
