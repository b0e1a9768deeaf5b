"""The wheel that the tests install."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.package.installed import ROOT, pip


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / "data" / "manifest.json").is_file():
        pytest.skip("the repository's data/ holds no dataset to install along")
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built
