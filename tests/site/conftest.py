"""The built sites that tests read: of the committed dataset and of a hostile one, each made once for all workers."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.site import assets
from pipeline.site.build import build
from tests.site.hostile import hostile

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
SINCE = "(SELECT max(observed_at) - INTERVAL 45 DAY FROM offers)"
"""From when on an observation is recent, in SQL of the tests' own."""


class _Assets(dict[str, str]):
    """An address for the asset of any name: for pages that are rendered without bundling."""

    def __missing__(self, name: str) -> str:
        return f"assets/{name}"


ASSETS = _Assets()
Once = Callable[[str, Callable[[Path], object]], Path]


def skip_unless_ci(reason: str) -> None:
    """Skip, but never where CI=true: there a missing tool is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Return a function from a name and what fills a folder to that folder: the first of all workers fills it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        place, stage = shared / name, shared / f"{name}.part"
        with (shared / f"{name}.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if not place.exists():
                shutil.rmtree(stage, ignore_errors=True)
                fill(stage)
                stage.rename(place)
        return place

    return make


@pytest.fixture(scope="session")
def hostile_data(once: Once) -> Path:
    """A published dataset of hostile names."""
    return once("hostile-data", hostile)


@pytest.fixture(scope="session")
def site(once: Once, data: Path) -> Path:
    """The site of the committed dataset, with its real scripts and styles."""
    return once("site", lambda out: _build(data, out))


@pytest.fixture(scope="session")
def hostile_site(once: Once, hostile_data: Path) -> Path:
    """The site of the hostile dataset, with its real scripts and styles."""
    return once("hostile-site", lambda out: _build(hostile_data, out))


def _build(data: Path, out: Path) -> None:
    try:
        build(data, out)
    except assets.AssetError as error:
        skip_unless_ci(f"the site's scripts cannot be bundled: {error}; {error.hint}")


@pytest.fixture(scope="session")
def node() -> str:
    """The machine's node, with the packages that the scripts import."""
    found = shutil.which("node")
    if found is None:
        skip_unless_ci("there is no node on this machine: install node 20 or newer to test the site's scripts")
    try:
        assets.install()
    except assets.AssetError as error:
        skip_unless_ci(f"the scripts' packages cannot be installed: {error}")
    assert found
    return found
