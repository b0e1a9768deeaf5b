"""Real processes: exit codes as the shell sees them, a full disk, and what `make run` calls."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.replay import Fault, Faults, serve
from tests.dataset_samples import ROOT, alias_is_the_version, state
from tests.run.runs import Pipe, closed_port, entry, facts, many, model, priced

NAMES = ("HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def process(
    *arguments: str, url: str, cwd: Path = ROOT, limits: Callable[[], None] | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=cwd,
        env=kept | {"HF_ENDPOINT": url, "HFP_ROUTER_URL": url, "PYTHONPATH": str(ROOT)} | environment,
        preexec_fn=limits,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_process_ends_with_0_then_4_and_what_it_published_checks_out(tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    with serve(facts(*many("novita", 3), *many("groq", 3))) as server:
        done = process("run", "--out", str(out), url=server.url)
        assert (done.returncode, done.stdout.count("\n")) == (0, 1)
        assert "6 models, 6 offers, 0 quarantined; observed 2026-02-26 11:27 UTC" in done.stdout
        refused = Fault("status", "/api/models", provider="groq", status=403, times=None)
        server.inject(Faults(faults=(refused,)))
        assert process("run", "--out", str(out), url=server.url).returncode == 4
    checked = process("check", str(out), url=server.url)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_a_full_disk_is_one_line_and_leaves_what_was(tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    with serve(facts(*many("novita", 1500))) as server:
        assert process("run", "--out", str(out), url=server.url).returncode == 0
    before = state(out)

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with serve(facts(*many("novita", 2900), at="2026-02-26T13:00:00Z")) as server:
        full = process("run", "--out", str(out), url=server.url, limits=small_files)
    assert full.returncode == 1
    message, hint = full.stderr.splitlines()[-2:]
    assert message.startswith(f"cannot write {out}: ")
    assert "nothing was published" in message
    assert hint == "free some space, run again"
    assert state(out) == before
    assert alias_is_the_version(out)


@pytest.fixture
def desk(pipe: Pipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipe:
    """A folder with a released `data/` of one cheap model, from which `desk` is called."""
    cheap = entry("novita", providerDetails=priced(0.25, 0.5), features={"toolCalling": True})
    released = Pipe(monkeypatch, tmp_path / "released")
    with serve(facts(model("org/cheap", cheap))) as server:
        assert released.run(server) == 0
    assert main(["publish", str(released.out), str(tmp_path / "data")]) == 0
    monkeypatch.chdir(tmp_path)
    return pipe


def test_without_the_hub_the_desk_crawls_a_replay_and_says_so(desk: Pipe, capfd: pytest.CaptureFixture[str]) -> None:
    nobody = closed_port()
    for _ in range(2):
        assert desk.main("desk", nobody) == 0
        out, err = capfd.readouterr()
        said = [line for line in err.splitlines() if "replay of data/" in line]
        assert len(said) == 1
        assert said[0].startswith(f"{nobody} gives no answer (")
        assert said[0].endswith("facts of 2026-02-26 11:27 UTC")
        assert "org/cheap" in out
        assert "observed 2026-02-26 11:27 UTC" in out
        assert desk.manifest["checked_at"] == "2026-02-26T11:27:00Z"
        assert "hf-providers-replay" in desk.manifest["origin"]


def test_a_replay_never_replaces_what_is_newer(desk: Pipe, capfd: pytest.CaptureFixture[str]) -> None:
    newer = entry("novita", providerDetails=priced(1, 2), features={"toolCalling": True})
    with serve(facts(model("org/newer", newer), at="2026-03-01T00:00:00Z")) as server:
        assert desk.main("desk", server.url) == 0
    out, err = capfd.readouterr()
    assert "replay of data/" not in err
    assert "org/newer" in out
    before = state(desk.out)
    assert desk.main("desk", closed_port()) == 0
    out, err = capfd.readouterr()
    assert f"{desk.out} holds a later observation than the replay: kept, nothing published" in err
    assert "org/newer" in out
    assert state(desk.out) == before


def test_the_desk_works_offline_as_a_process(desk: Pipe) -> None:
    done = process("desk", "--out", str(desk.out), url="https://huggingface.co", cwd=Path.cwd(), HF_HUB_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert "HF_HUB_OFFLINE is set" in done.stderr
    assert "org/cheap" in done.stdout


def test_without_the_hub_and_without_data_the_desk_says_why(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    nobody = closed_port()
    assert pipe.main("desk", nobody) == 1
    message, hint = capfd.readouterr().err.splitlines()
    assert message.startswith(f"{nobody}/api/models: ")
    assert "HF_ENDPOINT" in hint
