"""`hfp` as its own process: pipes that break, outputs that are closed or full, encodings, a real terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.cells import cell_len

HFP = f'"{Path(sys.executable).with_name("hfp")}"'
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def committed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))
    monkeypatch.delenv("COLUMNS", raising=False)


def shell(command: str) -> tuple[int, str, str]:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "command", ["models --limit 0", "models --limit 0 --json", "deepseek-r1", "--help", "providers"]
)
def test_a_reader_that_leaves_is_silent(command: str) -> None:
    code, out, err = shell(f"{HFP} {command} | head -c 1")
    assert (code, len(out), err) == (0, 1, "")


def test_errors_into_a_pipe_that_broke_are_silent() -> None:
    code, _, err = shell(f"{HFP} models --limit 0 2>&1 | head -1")
    assert (code, err) == (0, "")


def test_a_closed_output_is_no_defect() -> None:
    assert shell(f"{HFP} deepseek-r1 >&-") == (0, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", ["deepseek-r1", "models --limit 0 --json", "--help", "cost --help", "--version"])
def test_a_full_disk_is_said(command: str) -> None:
    code, _, err = shell(f"{HFP} {command} > /dev/full")
    assert code == 74
    message = json.loads(err)["error"] if "--json" in command else err.splitlines()[0]
    assert message.endswith("No space left on device")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(("command", "code"), [("r1 --nope", 2), ("nobody/nothing", 1), ("r1 --snapshot /none", 3)])
@pytest.mark.parametrize("errors", ["/dev/full", "&-"])
def test_what_is_wrong_stays_the_exit_code_where_errors_cannot_be_written(command: str, code: int, errors: str) -> None:
    assert shell(f"{HFP} {command} 2>{errors}") == (code, "", "")


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "cp437"])
def test_an_encoding_that_lacks_the_signs_gets_plain_ones(encoding: str) -> None:
    code, out, err = shell(f"PYTHONIOENCODING={encoding} {HFP} deepseek-r1 | iconv -f {encoding} -t utf-8")
    assert (code, err) == (0, "")
    assert "deepseek-ai/DeepSeek-R1" in out
    assert "?" not in out


def test_without_signs_yes_no_and_unknown_are_three_things() -> None:
    def printed(encoding: str) -> str:
        return shell(f"PYTHONIOENCODING={encoding} {HFP} deepseek-r1")[1]

    signed, plain = printed("utf-8"), printed("ascii")
    told = dict(zip(signed, plain, strict=True))  # every sign is one character, and so is what stands for it
    assert [told[sign] for sign in "✓–—"] == ["y", "n", "-"]
    assert plain.isascii()


def test_any_other_character_that_an_encoding_lacks_is_a_question_mark() -> None:
    code, out, _ = shell(f"PYTHONIOENCODING=ascii {HFP} sql \"SELECT 'ж' AS letter\" --format csv")
    assert (code, out) == (0, "letter\n?\n")


def test_words_that_are_no_text_are_looked_for_and_not_found() -> None:
    code, _, err = shell(f"{HFP} $'qz\\xff\\xfexvkj'")
    assert code == 1
    assert len(err.splitlines()) == 2


def test_both_names_are_the_same_program() -> None:
    other = str(Path(sys.executable).with_name("hf-providers"))
    assert shell(f"{HFP} deepseek-r1") == shell(f'"{other}" deepseek-r1')


def test_a_pipe_gets_no_colour_and_nothing_is_cut() -> None:
    for command in ("models --limit 0", "changes --limit 0 --since 2025-01-01", "providers hf-inference --limit 0"):
        _, out, _ = shell(f"{HFP} {command}")
        assert ESCAPES.search(out) is None
        assert "…" not in out
        rows = json.loads(shell(f"{HFP} {command} --json")[1])["rows"]
        assert all(row["model_id"] is None or row["model_id"] in out for row in rows)


def on_terminal(columns: int, *argv: str, **environment: str) -> str:
    """What `hfp` writes on a terminal so wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [str(Path(sys.executable).with_name("hfp")), *argv]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | environment) as process:
        os.close(theirs)
        read = b""
        try:
            while part := os.read(ours, 1 << 16):
                read += part
        except OSError:  # Linux says so where others say that it has ended
            pass
    os.close(ours)
    assert process.returncode == 0
    return read.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("columns", [80, 100, 120])
def test_a_terminal_gets_colour_and_its_width(columns: int) -> None:
    for argv in (["deepseek-r1"], ["models"], ["providers"], ["history", "deepseek-r1"]):
        out = on_terminal(columns, *argv)
        assert "\x1b[1m" in out
        assert max(cell_len(line) for line in ESCAPES.sub("", out).split("\n")) <= columns


def test_no_color_is_obeyed_unless_colour_is_asked_for() -> None:
    assert "\x1b" not in on_terminal(80, "deepseek-r1", NO_COLOR="1")
    assert "\x1b" not in on_terminal(80, "deepseek-r1", TERM="dumb")
    assert "\x1b" not in on_terminal(80, "deepseek-r1", "--color", "never")
    assert "\x1b[1m" in on_terminal(80, "deepseek-r1", "--color", "always", NO_COLOR="1")
    assert "\x1b[1m" in on_terminal(80, "deepseek-r1", NO_COLOR="")


def test_json_on_a_terminal_is_indented() -> None:
    assert on_terminal(80, "deepseek-r1", "--json").startswith('{\n  "schema_version": 1,')


def test_a_terminal_is_not_waited_for_a_statement() -> None:
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).with_name("hfp")), "sql"]
    done = subprocess.run(command, stdin=theirs, capture_output=True, text=True, check=False, timeout=60)
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 2
    assert "which statement?" in done.stderr


def bare(*words: str) -> tuple[int, str, str]:
    """`python -m hf_providers` in a checkout in which nothing is installed."""
    command = [sys.executable, "-S", "-m", "hf_providers", *words]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=root)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("typed", ["deepseek r11", "costs r1", "nobody/nothing", "Qwen/Qwen3-33B"])
def test_a_bare_checkout_names_what_is_near(typed: str) -> None:
    code, out, err = bare(*typed.split())
    assert (code, out, len(err.splitlines())) == (1, "", 2)
    assert err.splitlines()[1].startswith(("nearest: ", "did you mean: "))


@pytest.mark.parametrize("command", [["status", "r1"], ["sync", "--from", "https://data.example/"], ["r1", "--live"]])
def test_a_bare_checkout_says_what_is_missing(command: list[str]) -> None:
    code, out, err = bare(*command)
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "hfp: this needs httpx, which is not installed",
        "install what hfp needs: pip install . in the checkout",
    ]


@pytest.mark.parametrize(("command", "extra"), [(["sql", "SELECT 1"], "sql"), (["mcp"], "mcp")])
def test_a_bare_checkout_says_which_extra_is_missing(command: list[str], extra: str) -> None:
    """By a path: the package's name is known to no index before its first release."""
    code, out, err = bare(*command)
    assert (code, out) == (2, "")
    assert err.splitlines()[1] == f"install it: pip install '.[{extra}]' in the checkout"
