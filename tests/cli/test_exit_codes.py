"""Exit codes, and what is said: one line of what is wrong, and one of what to type."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from hf_providers.catalog.database import READS_SCHEMA
from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.exits import (
    AMBIGUOUS,
    IN_PART,
    INTERRUPTED,
    IO_FAILED,
    MEANINGS,
    NETWORK,
    NO_SNAPSHOT,
    NOTHING_FOUND,
    OK,
    USAGE,
)
from hf_providers.cli.main import main
from tests.cli.hfp import Hfp, catalog, model, offer

WRONG_USAGE = {
    "an empty name": [""],
    "no such option": ["deepseek-r1", "--chepest"],
    "no such format": ["deepseek-r1", "--format", "yaml"],
    "no mix": ["deepseek-r1", "--mix", "3"],
    "a mix of nothing": ["deepseek-r1", "--mix", "0:0"],
    "a negative mix": ["deepseek-r1", "--mix", "-1:1"],
    "no price": ["models", "--max-price", "cheap"],
    "a price that is not a number": ["models", "--max-price", "nan"],
    "an infinite throughput": ["models", "--min-throughput", "inf"],
    "no context": ["models", "--min-context", "-5"],
    "a negative limit": ["models", "--limit", "-1"],
    "no limit": ["models", "--limit", "x"],
    "cheapest and fastest": ["deepseek-r1", "--cheapest", "--fastest"],
    "cheapest and fastest models": ["models", "--cheapest", "--fastest"],
    "no requests": ["cost", "deepseek-r1", "--in", "1M", "--requests", "0"],
    "no date": ["history", "deepseek-r1", "--since", "yesterday"],
    "an endless span": ["changes", "--since", "99999999999999d"],
    "no shell": ["completion", "powershell"],
    "no sort": ["models", "--sort", "colour"],
    "an option without its value": ["models", "--task"],
    "an unfinished statement": ["sql", "SELECT"],
    "an empty statement": ["sql", ""],
    "no such table": ["sql", "FROM nothing_like_it"],
}


@pytest.fixture
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))
    return data


@pytest.mark.parametrize("name", WRONG_USAGE)
def test_wrong_usage_is_2_and_two_lines(hfp: Hfp, committed: Path, name: str) -> None:
    result = hfp(*WRONG_USAGE[name])
    assert (result.code, result.out) == (2, "")
    wrong, hint = result.err.splitlines()
    assert wrong.startswith("hfp: ")
    assert "hfp" in hint


@pytest.mark.parametrize("form", [["--json"], ["--format", "json"], ["--format=json"]])
@pytest.mark.parametrize(
    ("code", "argv"),
    [(1, ["qwweenn"]), (2, ["models", "--limit", "x"]), (2, [""]), (3, ["models", "--snapshot", "no/such"])],
)
def test_with_json_an_error_is_json_too(hfp: Hfp, committed: Path, code: int, argv: list[str], form: list[str]) -> None:
    plain, said = hfp(*argv), hfp(*argv, *form)
    assert (said.code, said.out) == (plain.code, "") == (code, "")
    message, hint = plain.err.splitlines()
    assert json.loads(said.err) == {"error": message.removeprefix("hfp: "), "hint": hint, "exit_code": code}


def test_a_disk_that_fails_is_74(hfp: Hfp, committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hf_providers.catalog.locate.open_snapshot", fail)
    monkeypatch.setattr("hf_providers.cli.main._silence", lambda broken: None)
    assert hfp("models").code == 74
    assert json.loads(hfp("models", "--json").err)["exit_code"] == 74


def test_help_says_every_exit_code(hfp: Hfp) -> None:
    told = " ".join(hfp("--help").out.split())
    for code in (OK, NOTHING_FOUND, USAGE, NO_SNAPSHOT, NETWORK, IN_PART, AMBIGUOUS, IO_FAILED, INTERRUPTED):
        assert f"{code} {MEANINGS[code]}" in told


@pytest.mark.parametrize(("script", "name"), [("/e/venv/bin/hf-providers", "hf providers"), ("hfp", "hfp")])
def test_help_names_the_program_as_it_was_called(
    hfp: Hfp, monkeypatch: pytest.MonkeyPatch, script: str, name: str
) -> None:
    monkeypatch.setattr("sys.argv", [script])
    assert hfp("--help").out.startswith(f"usage: {name} [-h]")
    assert hfp("cost", "--help").out.startswith(f"usage: {name} cost [-h]")
    assert f"see: {name} models --help" in hfp("models", "--limit", "x").err


def test_an_answer_is_0_also_where_nothing_changed(hfp: Hfp, committed: Path) -> None:
    assert hfp("deepseek-ai/DeepSeek-R1").code == 0
    nothing = hfp("changes", "--since", "2026-11-01")
    assert nothing.code == 0
    assert "no change observed since 2026-11-01" in nothing.out


def test_nothing_found_is_1_with_the_nearest_names(hfp: Hfp, committed: Path) -> None:
    result = hfp("qwweenn")
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines()[0] == "hfp: no model like 'qwweenn' in the snapshot"
    names = result.err.splitlines()[1].removeprefix("nearest: ").split(", ")
    assert 1 <= len(names) <= 5
    assert all(hfp(name).code == 0 for name in names)


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["qzxvkj"], "browse them: hfp models"),
        (["providers", "grok"], "nearest: groq"),
        (["providers", "zzzz"], "list them: hfp providers"),
        (["history", "stabilityai/stable-diffusion-xl-base-1.0"], "see its offers: hfp "),
        (["models", "--min-throughput", "999999"], "leave one out"),
        (["models", "no-such-name"], "leave one out"),
        (["providers", "--task", "nonsense"], "groups are chat"),
        (["providers", "--compare", "deepseek-r1", "--region", "mars"], "regions that are stated: "),
    ],
)
def test_nothing_found_is_1_with_what_to_type(hfp: Hfp, committed: Path, argv: list[str], hint: str) -> None:
    result = hfp(*argv)
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines()[1].startswith(hint)


def test_filters_that_leave_nothing_say_how_many_they_left_out(hfp: Hfp, committed: Path) -> None:
    result = hfp("deepseek-r1", "--min-throughput", "100000")
    assert result.code == 1
    every = len(hfp("deepseek-r1", "--json").json["offers"])
    assert f"{every} more offers left out by the filters" in result.out
    assert f"none of the {every} offers of deepseek-ai/DeepSeek-R1 passes these filters" in result.err


def test_several_matches_are_6_and_first_takes_the_top(hfp: Hfp, committed: Path) -> None:
    listed = hfp("deepsek", "--json")
    assert listed.code == 6
    ids = [match["model_id"] for match in listed.json["matches"]]
    assert len(ids) > 1
    assert hfp("deepsek").code == 6
    first = hfp("deepsek", "--first", "--json")
    assert (first.code, first.json["model"]["model_id"]) == (0, ids[0])


def test_a_pinned_provider_is_the_only_one(hfp: Hfp, committed: Path) -> None:
    assert [o["provider"] for o in hfp("deepseek-r1:novita", "--json").json["offers"]] == ["novita"]
    assert hfp("deepseek-r1:nobody").code == 1


@pytest.fixture
def damaged(tmp_path: Path) -> dict[str, Path]:
    """Snapshots that can't be used, by what is wrong with them."""
    sound = catalog(tmp_path / "sound.sqlite", {"models": [model("a/B-1")], "offers": [offer("a/B-1", "p")]})
    places = {name: tmp_path / f"{name}.sqlite" for name in ("cut", "text", "newer", "holed", "empty")}
    for path in places.values():
        shutil.copy(sound, path)
    places["cut"].write_bytes(sound.read_bytes()[:-5000])
    places["text"].write_text("not a database")
    places["empty"].write_bytes(b"")
    content = bytearray(sound.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    places["holed"].write_bytes(content)
    with sqlite3.connect(places["newer"]) as connection:
        connection.execute(f"PRAGMA user_version = {READS_SCHEMA + 1}")
    connection.close()
    folder = tmp_path / "manifest"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"files": [{"path": "../../etc/catalog.sqlite"}]}')
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    return {**places, "manifest": folder, "broken": broken, "absent": tmp_path / "absent"}


@pytest.mark.parametrize("name", ["cut", "text", "newer", "holed", "empty", "manifest", "broken", "absent"])
def test_a_snapshot_that_cannot_be_used_is_3(hfp: Hfp, damaged: dict[str, Path], name: str) -> None:
    for argv in (["b-1"], ["models"], ["info"], ["providers"], ["sql", "FROM offers"]):
        result = hfp(*argv, "--snapshot", str(damaged[name]))
        assert result.code == 3, (argv, result)
        wrong, hint = result.err.splitlines()
        assert str(damaged[name]) in wrong
        assert hint


def test_the_next_snapshot_in_order_is_offered(
    hfp: Hfp, data: Path, damaged: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "synced"
    cache.mkdir()
    shutil.copy(damaged["cut"], cache / "catalog.sqlite")
    monkeypatch.setenv("HFP_CACHE", str(cache))
    refused = hfp("deepseek-r1")
    assert refused.code == 3
    assert str(cache) in refused.err.splitlines()[0]
    offered = refused.err.splitlines()[1].rpartition("HFP_SNAPSHOT=")[2]
    monkeypatch.setenv("HFP_SNAPSHOT", offered)
    assert hfp("deepseek-r1").code == 0


def test_a_url_is_refused_with_what_can_be_named(hfp: Hfp) -> None:
    result = hfp("deepseek-r1", "--snapshot", "https://example.org/manifest.json")
    assert result.code == 3
    assert len(result.err.splitlines()) == 2


def test_the_environment_names_the_snapshot_and_the_option_wins(
    hfp: Hfp, damaged: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(tmp_path / "sound.sqlite"))
    assert hfp("b-1").code == 0
    assert hfp("b-1", "--snapshot", str(damaged["cut"])).code == 3
    assert hfp("--snapshot", str(tmp_path / "sound.sqlite"), "models").code == 0


def test_interrupted_is_130(hfp: Hfp, committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hf_providers.catalog.locate.open_snapshot", interrupt)
    assert hfp("models").code == 130


def test_a_defect_is_one_line_and_never_a_traceback(hfp: Hfp, committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("oh\nno")

    monkeypatch.setattr("hf_providers.catalog.locate.open_snapshot", fail)
    result = hfp("models")
    assert (result.code, len(result.err.splitlines())) == (70, 2)
    assert "this is a defect" in result.err
    monkeypatch.setenv("HFP_DEBUG", "1")
    with pytest.raises(RuntimeError):
        main(["models"])


def test_every_command_explains_itself(hfp: Hfp) -> None:
    listed = hfp("--help")
    assert listed.code == 0
    for name in COMMANDS:
        assert f"  {name} " in listed.out
        helped = hfp(name, "--help")
        assert (helped.code, helped.err) == (0, "")
        assert max(map(len, helped.out.splitlines())) <= 80
        assert "--snapshot" in helped.out


def test_the_version_is_the_packages(hfp: Hfp) -> None:
    from importlib.metadata import version

    assert hfp("--version").out.split() == ["hf-providers", version("hf-providers")]


def test_a_manifest_that_is_json_but_no_manifest(hfp: Hfp, tmp_path: Path) -> None:
    for document in ([], {}, {"files": 3}, {"files": [{"path": 3}]}, {"files": ["x"]}):
        (tmp_path / "manifest.json").write_text(json.dumps(document))
        assert hfp("x", "--snapshot", str(tmp_path)).code == 3, document
