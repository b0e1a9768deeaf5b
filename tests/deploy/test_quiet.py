"""Hours in which nothing changed: nothing is deployed, and what they saw is published with the next deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hf_providers.files import sha256
from pipeline.__main__ import main
from pipeline.deploy import program
from pipeline.deploy.artifact import deploy
from pipeline.publish.dataset import Memory, Source
from pipeline.publish.versions import publish
from tests.dataset_samples import START, loaded, manifest_of, outcome, sample
from tests.deploy.served import Static, serving

HOUR = 60


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def deployed(folder: Path, **said: Any) -> Iterator[tuple[Static, Path]]:
    """What is deployed of a first hour, and the folder into which the second fetched it."""
    publish(folder / "origin", sample(0), outcome(0, **said))
    deploy(folder / "origin", folder / "pages")
    with serving(folder / "pages") as server:
        assert fetch(server, folder / "state") == 0
        yield server, folder / "state"


def fetch(server: Static, out: Path, *options: str) -> int:
    return main(["fetch-state", "--from", f"{server.url}/data/manifest.json", "--out", str(out), *options])


def ask(data: Path, folder: Path) -> str:
    """What `deploy --ask` tells the workflow."""
    outputs = folder / "outputs"
    outputs.unlink(missing_ok=True)
    options = ["--checked", str(folder / "checked.json"), "--outputs", str(outputs)]
    assert main(["deploy", "--ask", "--data", str(data), *options]) == 0
    return outputs.read_text()


def of_source(**said: Any) -> Source:
    return Source(source="router", provider="", result="ok", observed_at=START, listed_offers=None, **said)


def test_an_hour_that_found_what_was_known_has_nothing_to_deploy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(tmp_path, sources=[of_source()]) as (_, state):
        looks = Memory(looks=((START, 7),))
        later = of_source(memory=looks).model_copy(update={"observed_at": outcome(HOUR).checked_at})
        manifest = publish(state, sample(0), outcome(HOUR, sources=[later]))
        assert ask(state, tmp_path) == "deploy=false\n"
    assert capsys.readouterr().out.splitlines()[-1] == (
        f"nothing to deploy: {manifest.version} still stands, looked at 2026-02-26 12:27 UTC"
    )
    left = json.loads((tmp_path / "checked.json").read_bytes())
    assert left["checked_at"] == "2026-02-26T12:27:00Z"
    assert [run["run_at"] for run in left["runs"]] == ["2026-02-26T12:27:00Z"]
    assert left["over"] == sha256(tmp_path / "pages/data/manifest.json")
    assert set(left) == {"over", "checked_at", "sources", "runs"}, "a small file"


@pytest.mark.parametrize(
    ("number", "said", "why"),
    [
        (1, {}, "is a new version"),
        (0, {"result": "partial"}, "a part is, or was, of an earlier run"),
        (0, {"accepted_drop": True}, "the manifest has another accepted_drop"),
        (0, {"origin": "elsewhere"}, "the manifest has another origin"),
        (0, {"sources": []}, "what is known of a source has changed"),
        (0, {"sources": [of_source(memory=Memory(low_looks=1))]}, "what is known of a source has changed"),
        (0, {"sources": [of_source().model_copy(update={"result": "skipped"})]}, "what is known of a source"),
        (0, {"checked_at": outcome(24 * HOUR).checked_at}, "the last deployment says 2026-02-26 11:27 UTC"),
    ],
)
def test_what_the_next_run_or_a_reader_must_find_is_deployed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int, said: dict[str, Any], why: str
) -> None:
    with deployed(tmp_path, sources=[of_source()]) as (_, state):
        publish(state, sample(number), outcome(HOUR, **{"sources": [of_source()], **said}))
        assert ask(state, tmp_path) == "deploy=true\n"
    assert why in capsys.readouterr().out
    assert not (tmp_path / "checked.json").exists()


def test_a_run_after_a_partial_one_is_deployed(tmp_path: Path) -> None:
    with deployed(tmp_path, result="partial") as (_, state):
        publish(state, sample(0), outcome(HOUR))
        assert ask(state, tmp_path) == "deploy=true\n"


def test_another_program_is_deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with deployed(tmp_path) as (_, state):
        publish(state, sample(0), outcome(HOUR))
        assert ask(state, tmp_path) == "deploy=false\n"
        monkeypatch.setattr(program, "digest", lambda: "0123456789abcdef")
        assert ask(state, tmp_path) == "deploy=true\n"


def test_a_template_makes_another_program_and_what_running_makes_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("hf_providers/a.py", "site/templates/b.html", "site/node_modules/c.js", "site/__pycache__/d.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.setattr(program, "_ROOT", tmp_path)
    digest = program.digest.__wrapped__
    before = digest()
    (tmp_path / "site/node_modules/c.js").write_text("y")
    (tmp_path / "site/__pycache__/e.pyc").write_text("y")
    assert digest() == before
    (tmp_path / "site/templates/b.html").write_text("y")
    assert digest() != before


def test_a_first_run_and_a_desk_are_told_to_deploy(tmp_path: Path) -> None:
    publish(tmp_path / "state", sample(0), outcome(0))
    assert ask(tmp_path / "state", tmp_path) == "deploy=true\n"


def test_a_person_may_have_it_deployed(tmp_path: Path) -> None:
    with deployed(tmp_path) as (_, state):
        publish(state, sample(0), outcome(HOUR))
        outputs = tmp_path / "outputs"
        assert main(["deploy", "--ask", "--always", "--data", str(state), "--outputs", str(outputs)]) == 0
    assert outputs.read_text() == "deploy=true\n"


def test_to_ask_makes_no_folder_and_one_of_both_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["deploy", "--data", str(tmp_path)])
    assert caught.value.code == 2
    assert main(["deploy", "--ask", "--data", str(tmp_path / "nothing")]) == 1
    assert list(tmp_path.iterdir()) == []


def quiet_hour(folder: Path, state: Path) -> Path:
    publish(state, sample(0), outcome(HOUR))
    assert ask(state, folder) == "deploy=false\n"
    return folder / "checked.json"


def test_what_a_quiet_hour_saw_is_the_state_of_the_next(tmp_path: Path) -> None:
    with deployed(tmp_path) as (server, state):
        checked = quiet_hour(tmp_path, state)
        assert fetch(server, tmp_path / "next", "--checked", str(checked)) == 0
    found, published = manifest_of(tmp_path / "next"), manifest_of(tmp_path / "pages/data")
    assert found["checked_at"] == "2026-02-26T12:27:00Z"
    assert [run["run_at"][11:16] for run in found["runs"]] == ["12:27"]
    changed = {name for name in found if found[name] != published.get(name)}
    assert changed == {"checked_at", "runs"}
    assert loaded(tmp_path / "next").runs().num_rows == 2


def spoilt(name: str, value: Any) -> Any:
    return lambda left: left | {name: value}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoilt("over", "0" * 64), "deployed since"),
        (spoilt("checked_at", "2026-02-26T11:00:00Z"), "dated wrongly"),
        (spoilt("checked_at", "2099-01-01T00:00:00Z"), "dated wrongly"),
        (spoilt("checked_at", "2026-02-26T12:00:00"), "not what quiet hours leave"),
        (spoilt("sources", [of_source().model_dump(mode="json")]), "of another state"),
        (spoilt("runs", [{"run_at": "soon"}]), "not what quiet hours leave"),
        (spoilt("runs", [{}] * 5001), "not what quiet hours leave"),
        (lambda left: [], "not what quiet hours leave"),
        (lambda left: "x" * 2**21, "not what quiet hours leave"),
    ],
)
def test_what_is_not_of_this_state_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Any, says: str
) -> None:
    with deployed(tmp_path) as (server, state):
        checked = quiet_hour(tmp_path, state)
        checked.write_text(json.dumps(spoil(json.loads(checked.read_bytes()))))
        assert fetch(server, tmp_path / "next", "--checked", str(checked)) == 0
    assert says in capsys.readouterr().err
    assert (tmp_path / "next/manifest.json").read_bytes() == (tmp_path / "pages/data/manifest.json").read_bytes()


LATER = "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        ({"observed_at": LATER}, "dated wrongly"),
        ({"observed_at": "2026-02-26T10:00:00Z"}, "dated wrongly"),
        ({"observed_at": None}, "dated wrongly"),
        ({"memory": {"looks": [[LATER, 7]]}}, "dated wrongly"),
    ],
)
def test_no_source_is_dated_back_or_ahead(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], seen: dict[str, Any], says: str
) -> None:
    with deployed(tmp_path, sources=[of_source()]) as (server, state):
        publish(state, sample(0), outcome(HOUR, sources=[of_source()]))
        assert ask(state, tmp_path) == "deploy=false\n"
        checked = tmp_path / "checked.json"
        left = json.loads(checked.read_bytes())
        left["sources"][0] |= seen
        checked.write_text(json.dumps(left))
        assert fetch(server, tmp_path / "next", "--checked", str(checked)) == 0
    assert says in capsys.readouterr().err
    assert (tmp_path / "next/manifest.json").read_bytes() == (tmp_path / "pages/data/manifest.json").read_bytes()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda run: run | {"run_at": LATER}, "dated wrongly"),
        (lambda run: run | {"requests": "many"}, "not what quiet hours leave"),
        (lambda run: run | {"requests": 2**64}, "not what quiet hours leave"),
        (lambda run: run | {"result": None}, "not what quiet hours leave"),
        (lambda run: run | {"run_at": 7}, "not what quiet hours leave"),
        (lambda run: run | {"drift": {"a": 1}}, "not what quiet hours leave"),
        (lambda run: run | {"error": "\ud800"}, "not what quiet hours leave"),
        (lambda run: {"run_at": run["run_at"]}, "not what quiet hours leave"),
    ],
)
def test_a_run_that_is_none_stops_no_fetch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Any, says: str
) -> None:
    with deployed(tmp_path) as (server, state):
        checked = quiet_hour(tmp_path, state)
        left = json.loads(checked.read_bytes())
        left["runs"] = [spoil(run) for run in left["runs"]]
        checked.write_text(json.dumps(left))
        assert fetch(server, tmp_path / "next", "--checked", str(checked)) == 0
    assert says in capsys.readouterr().err
    assert (tmp_path / "next/manifest.json").read_bytes() == (tmp_path / "pages/data/manifest.json").read_bytes()


def test_a_run_that_was_deployed_is_not_taken_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    origin = tmp_path / "origin"
    for minutes in (0, HOUR):
        publish(origin, sample(0), outcome(minutes))
    deploy(origin, tmp_path / "pages")
    with serving(tmp_path / "pages") as server:
        assert fetch(server, tmp_path / "state") == 0
        publish(tmp_path / "state", sample(0), outcome(2 * HOUR))
        assert ask(tmp_path / "state", tmp_path) == "deploy=false\n"
        checked = tmp_path / "checked.json"
        left = json.loads(checked.read_bytes())
        assert len(left["runs"]) == 2
        checked.write_text(json.dumps(left | {"runs": left["runs"][1:]}))
        assert fetch(server, tmp_path / "next", "--checked", str(checked)) == 0
        assert "lacks runs that were known" in capsys.readouterr().err
        checked.write_text(json.dumps(left))
        assert fetch(server, tmp_path / "next", "--checked", str(checked)) == 0
    assert loaded(tmp_path / "next").runs().num_rows == 3


def test_the_folder_of_a_quiet_hour_is_fetched_into_again(tmp_path: Path) -> None:
    """As on a machine of one's own, where it stays: what is published is older than what that hour saw."""
    with deployed(tmp_path) as (server, state):
        checked = quiet_hour(tmp_path, state)
        after = manifest_of(state)
        server.broken["/data/manifest.json"] = 403
        assert fetch(server, state, "--checked", str(checked)) == 1
        assert manifest_of(state) == after, "a fetch that fails takes nothing away"
        server.broken.clear()
        assert fetch(server, state, "--checked", str(checked)) == 0
        assert manifest_of(state) | {"made_by": None} == after | {"made_by": None}
        checked.unlink()
        assert fetch(server, state, "--checked", str(checked)) == 1, "nothing else has what that hour saw"
    assert manifest_of(state)["checked_at"] == after["checked_at"]


def test_nothing_was_left_and_nothing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with deployed(tmp_path) as (server, _):
        assert fetch(server, tmp_path / "next", "--checked", str(tmp_path / "none.json")) == 0
    assert capsys.readouterr().err == ""
