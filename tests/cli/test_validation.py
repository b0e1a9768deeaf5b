"""A filter that names nothing the snapshot knows is refused, with what it could have been."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.hfp import Hfp, catalog, model, offer, provider


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {
        "models": [model("acme/Talk"), model("acme/Idle-9")],
        "offers": [offer("acme/Talk", "alpha"), offer("acme/Talk", "omega")],
        "providers": [provider("alpha", regions=["eu"]), provider("other"), provider("omega", regions=["eu", "us"])],
    }
    changes = [("2026-02-26T00:00:00Z", "price", "alpha", "acme/Talk", "0.2 / 0.25", "0.0175 / 12.5", 12345.678)]
    monkeypatch.setenv("HFP_SNAPSHOT", str(catalog(tmp_path / "catalog.sqlite", rows, changes)))


ALL_KINDS = "price, added, gone, returned, provider_added, provider_gone, status, context, tools, structured_output"


@pytest.mark.parametrize(
    ("argv", "wrong", "hint"),
    [
        (["talk", "--provider", "alphq"], "no provider 'alphq' in the snapshot", "nearest: alpha"),
        (["talk:zzz"], "no provider 'zzz' in the snapshot, and no model like 'talk zzz'", "nearest: acme/Talk"),
        (["talk:other"], "other does not serve acme/Talk", "these do: alpha, omega"),
        (["talk", "--provider", "Other"], "other does not serve acme/Talk", "these do: alpha, omega"),
        (["idle-9"], "no provider serves acme/Idle-9", "look for a variant that is served: hfp models"),
        (["talk", "--task", "vidio"], "no task or group 'vidio'", "nearest: video, audio"),
        (["talk", "--region", "mars"], "no provider states the region 'mars'", "regions that are stated: eu, us"),
        (["models", "--provider", "nosuch"], "no provider 'nosuch' in the snapshot", "list them: hfp providers"),
        (["models", "--task", "conversationel"], "no task or group 'conversationel'", "nearest: conversational"),
        (["providers", "--region", "mars"], "no provider states the region 'mars'", "regions that are stated: eu, us"),
        (["providers", "omego"], "no provider 'omego' in the snapshot", "nearest: omega"),
        (["changes", "--provider", "omego"], "no provider 'omego' in the snapshot", "nearest: omega"),
        (["changes", "--kind", "nosuch"], "no change is called 'nosuch'", f"one of: {ALL_KINDS}"),
    ],
)
def test_what_the_snapshot_does_not_know_is_refused(hfp: Hfp, argv: list[str], wrong: str, hint: str) -> None:
    result = hfp(*argv)
    assert result.code == 1
    assert result.err.splitlines() == [f"hfp: {wrong}", hint]


def test_what_it_knows_is_not_refused(hfp: Hfp) -> None:
    assert hfp("talk", "--provider", "ALPHA", "--task", "Chat", "--region", "EU").code == 0
    assert hfp("models", "--task", "text-generation").code == 0
    assert "passes these filters" in hfp("talk", "--task", "text-to-3d").err  # a task of the Hub's, which nobody serves
    assert hfp("changes", "--kind", "gone").code == 0


@pytest.mark.parametrize("columns", [80, 120])
def test_a_change_of_price_is_seen_whole(hfp: Hfp, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    line = hfp("changes").out.splitlines()[1]
    assert line.split()[-3:] == ["0.20/0.25", "0.0175/12.50", "+12346%"]
    row = hfp("changes", "--json").rows[0]
    assert (row["before"], row["after"]) == ("0.2 / 0.25", "0.0175 / 12.5")
