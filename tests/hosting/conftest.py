"""No test asks an ollama that runs on this machine."""

from __future__ import annotations

import socket

import pytest

from hf_providers.cli import this_machine


@pytest.fixture(autouse=True)
def no_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(this_machine, "OLLAMA", free.getsockname())
