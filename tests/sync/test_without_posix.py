"""`hfp` in a process that lacks what only POSIX has, as Python on Windows does: it answers, prices and syncs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dataset_samples import ROOT
from tests.sync.served import Served

WITHOUT = """
import os, signal, sys
os.supports_dir_fd.clear()
os.supports_fd.clear()
for name in (
    "fork forkpty getuid geteuid getgid getegid setsid killpg set_blocking get_blocking sysconf pread pwrite "
    "fchmod fchown chown mkfifo uname statvfs fstatvfs sendfile nice getloadavg sched_getaffinity openpty ttyname "
    "O_NOFOLLOW O_NONBLOCK O_DIRECTORY O_CLOEXEC O_SYNC"
).split():
    vars(os).pop(name, None)
for name in "SIGALRM SIGHUP SIGKILL SIGPIPE SIGQUIT SIGTSTP SIGUSR1 SIGWINCH pause alarm pthread_kill".split():
    vars(signal).pop(name, None)
sys.modules.update(dict.fromkeys("fcntl grp pty pwd resource syslog termios tty".split()))
from hf_providers.sync import unchanged
unchanged.os = type("Windows", (), {"name": "nt"})  # asks no further there
from hf_providers.cli.main import main
sys.exit(main())
"""


def hfp(*argv: str, cache: Path) -> str:
    """What `hfp` prints without what POSIX alone has; it must succeed."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HFP_CACHE": str(cache)}
    # On Windows filelock has another lock; without the locks of both systems it warns, and takes its simplest.
    command = [sys.executable, "-W", "ignore:only soft file lock:UserWarning", "-c", WITHOUT, *argv]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    "argv",
    [["deepseek", "r1"], ["models"], ["cost", "r1", "--in", "1M"], ["need", "r1"], ["info", "--verify"], ["--help"]],
)
def test_it_answers(argv: list[str], cache: Path) -> None:
    assert hfp(*argv, cache=cache)


def test_it_syncs_and_answers_from_that(served: Served, origin: Path, cache: Path) -> None:
    hfp("sync", "--from", served.url, cache=cache)
    told = json.loads(hfp("info", "--json", "--snapshot", str(cache), cache=cache))
    assert told["snapshot"]["version"] == json.loads((origin / "manifest.json").read_bytes())["version"]
