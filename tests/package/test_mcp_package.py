"""The wheel with its extra `mcp` in an empty environment: a server for agents, without a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mcp.raw import RawClient
from tests.package.installed import Installed

MODEL = "deepseek-ai/DeepSeek-R1"


@pytest.fixture(scope="module")
def with_mcp(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel, extra="mcp")


def test_a_client_lists_the_tools_and_makes_five_calls(with_mcp: Installed) -> None:
    with RawClient([str(with_mcp.bin / "hfp"), "mcp"], with_mcp.environment) as client:
        assert client.server["name"] == "hf-providers"
        tools = {tool["name"] for tool in client.ask("tools/list", {})["tools"]}
        assert {"find_model", "offers", "cost", "price_history", "what_changed"} <= tools
        answers = {
            "find_model": client.call("find_model", query="deepseek r1"),
            "offers": client.call("offers", model=MODEL),
            "cost": client.call("cost", model=MODEL, input_tokens=10_000_000, output_tokens=1_000_000),
            "price_history": client.call("price_history", model=MODEL),
            "what_changed": client.call("what_changed"),
        }
        wrong, text = client.call("offers", model="deepseek-ai/DeepSeek-R17")
    assert {name for name, (failed, _) in answers.items() if failed} == set()
    said = {name: json.loads(text) for name, (_, text) in answers.items()}
    assert said["find_model"]["matches"][0]["model_id"] == MODEL
    assert "9.5" in {row["total_usd"] for row in said["cost"]["rows"]}, "10 x 0.70 + 2.50 USD"
    assert wrong
    assert "DeepSeek-R17" in text
