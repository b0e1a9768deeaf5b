"""The built package in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_NETWORK = """
import socket

def refuse(*_):
    raise RuntimeError("this command opened a socket")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""


def pip(*argv: str, into: Path | None = None) -> None:
    """Run this environment's pip, for another one that needs none of its own."""
    other = ["--python", str(into)] if into else []
    command = [sys.executable, "-m", "pip", *other, "--quiet", "--disable-pip-version-check", *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    unreachable = "No matching distribution found" in done.stderr or "Temporary failure in name" in done.stderr
    if done.returncode and unreachable and not os.environ.get("CI"):
        pytest.skip("pip needs its package index for the dependencies, and can't reach it")
    assert done.returncode == 0, done.stderr


class Installed:
    """An environment with the package and what it depends on, and nothing else; its commands have no network."""

    def __init__(self, folder: Path, wheel: Path, extra: str = "") -> None:
        venv.create(folder / "venv")
        self.bin = folder / "venv" / "bin"
        self.home = folder / "home"
        # What a command imports is compiled then; all of it would take longer than the rest of the installation.
        pip("install", "--no-compile", f"{wheel}[{extra}]" if extra else str(wheel), into=self.bin / "python")
        blocker = folder / "blocker"
        blocker.mkdir()
        (blocker / "sitecustomize.py").write_text(NO_NETWORK)
        self.environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.home), "PYTHONPATH": str(blocker)}

    def run(self, *command: str, code: int = 0) -> tuple[str, str]:
        """What a command prints to stdout and stderr; it must end with `code`."""
        folder = self.bin.parent
        done = subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            capture_output=True, text=True, check=False, env=self.environment, cwd=folder,
        )  # fmt: skip
        assert done.returncode == code, (command, done.stdout, done.stderr)
        return done.stdout, done.stderr
