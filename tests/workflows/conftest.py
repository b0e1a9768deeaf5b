"""A GitHub on this machine, and the environment of a job in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workflows.github_server import Server, github


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A GitHub that the environment names."""
    with github() as server:
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        yield server
