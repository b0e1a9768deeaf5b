"""The replay as a process: one line, then answers until it is told to stop."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from pipeline.replay import main

START = "import sys; from pipeline.replay import main; sys.exit(main(sys.argv[1:]))"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "models-x.json"
    path.write_text(json.dumps([{"id": "org/a", "likes": 1}, {"id": "org/b"}]))
    return path


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_one_line_serves_and_ends_cleanly(capture: Path, stop: signal.Signals) -> None:
    options = [
        "--observed-at",
        "2026-02-26T12:27:00+01:00",
        "--max-page",
        "1",
        "--quota",
        "5",
        "--window-s",
        "60",
    ]
    faults = ["--fault", "status,status=500,path=/v1/,times=all", "--fault", "error200,path=/inference"]
    command = [sys.executable, "-c", START, "--capture", str(capture), *options, *faults]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        origin = r"http://127\.0\.0\.1:[0-9]+"
        pattern = (
            "replay of capture models-x.json, observed 2026-02-26T11:27:00Z: "
            f"HF_ENDPOINT=({origin}) HFP_ROUTER_URL=({origin})\n"
        )
        match = re.fullmatch(pattern, line)
        assert match, line
        assert match[1] == match[2]
        reply = httpx.get(f"{match[1]}/api/models")
        assert [model["id"] for model in reply.json()] == ["org/a"]
        assert reply.headers["RateLimit-Policy"] == '"fixed window";"api";q=5;w=60'
        assert reply.headers["X-Replay-Observed-At"] == "2026-02-26T11:27:00Z"
        assert [httpx.get(f"{match[2]}/v1/models").status_code for _ in range(2)] == [500, 500]
        assert list(httpx.get(f"{match[1]}/inference/models").json()) == ["error"]
        process.send_signal(stop)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")


def one_error(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert main(list(argv)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    return err


@pytest.mark.parametrize("content", ["{", "{}", '[{"likes": 1}]', '[{"id": "a/b", "inferenceProviderMapping": 3}]'])
def test_a_file_that_is_no_recording_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    assert str(path) in one_error(capsys, "--capture", str(path))


def test_what_is_missing_or_taken_is_said(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot read" in one_error(capsys, "--capture", str(capture.parent / "none.json"))
    assert "there is no dataset" in one_error(capsys, str(capture.parent))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "cannot listen" in one_error(capsys, "--capture", str(capture), "--port", port)
    assert "cannot listen" in one_error(capsys, "--capture", str(capture), "--port", "70000")


@pytest.mark.parametrize(
    "argv",
    [
        ["--fault", "explode"],
        ["--fault", "status,colour=red"],
        ["--fault", "status,times=0"],
        ["--quota", "0"],
        ["--observed-at", "yesterday"],
        ["data", "--capture", "x.json"],
    ],
)
def test_wrong_usage_is_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(argv)
    assert refused.value.code == 2
    assert "error: " in capsys.readouterr().err
