"""What the tests of sync share."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sync.served import Served, published, serving


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A dataset of one version, and the same with another after it."""
    folder = tmp_path_factory.mktemp("versions")
    one = published(folder / "one", 1)
    shutil.copytree(one, folder / "two")
    return one, published(folder / "two", 2)


@pytest.fixture
def origin(tmp_path: Path, versions: tuple[Path, Path]) -> Path:
    """A dataset of one version."""
    return Path(shutil.copytree(versions[0], tmp_path / "origin"))


@pytest.fixture
def renew(origin: Path, versions: tuple[Path, Path]) -> Callable[[], None]:
    """Publishes the next version into `origin`."""
    return lambda: shutil.copytree(versions[1], origin, dirs_exist_ok=True) and None


@pytest.fixture
def served(origin: Path) -> Iterator[Served]:
    with serving(origin) as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
