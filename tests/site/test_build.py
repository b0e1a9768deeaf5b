"""The site's folder: the same dataset gives the same bytes, and nothing is written or lost beside it."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from pipeline.errors import DatasetError
from pipeline.site.build import build
from tests.site.conftest import Once

PLAIN = re.compile(r"[A-Za-z0-9~_-][A-Za-z0-9~_.-]*")
HIDDEN = {".nojekyll"}
LONGEST_NAME = 200
"""Characters; file systems take 255 bytes, and archives put something before it."""


def hashes(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in site.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def ready(site: Path, tmp_path: Path) -> Path:
    """The built site's assets as `build` takes them."""
    from json import dumps

    folder = tmp_path / "ready"
    shutil.copytree(site / "assets", folder / "assets")
    names = {re.sub(r"-[A-Z0-9]{8}\.", ".", path.name): f"assets/{path.name}" for path in (site / "assets").iterdir()}
    (folder / "entries.json").write_text(dumps(names))
    return folder


def test_it_builds_the_same_bytes_again(once: Once, data: Path, site: Path) -> None:
    again = once("site-again", lambda out: build(data, out))
    assert hashes(again) == hashes(site)


def test_a_hostile_dataset_builds_the_same_bytes_again_over_what_stands(
    hostile_site: Path, hostile_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "there"
    shutil.copytree(hostile_site, out)
    (out / "left-over.html").write_text("of an earlier version")
    before = hashes(hostile_site)
    build(hostile_data, out)
    assert hashes(out) == before


@pytest.mark.parametrize("kind", ["site", "hostile_site"])
def test_every_file_name_is_plain(kind: str, request: pytest.FixtureRequest) -> None:
    site: Path = request.getfixturevalue(kind)
    paths = [path for path in site.rglob("*") if path.name not in HIDDEN]
    assert len(paths) > 20
    assert [path for path in paths if not PLAIN.fullmatch(path.name) or len(path.name) > LONGEST_NAME] == []
    assert [path for path in paths if path.is_symlink()] == []


def test_nothing_is_written_beside_it(hostile_data: Path, ready: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "site"
    build(hostile_data, out, assets=ready)
    assert [path.name for path in out.parent.iterdir()] == ["site"]
    assert {path.name for path in tmp_path.iterdir()} == {"deep", "ready"}
    assert {path.name for path in out.iterdir()} >= {"index.html", "models", "providers", "assets"}


def test_what_is_no_site_is_not_replaced(data: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("of three years")
    with pytest.raises(DatasetError, match="no site of this project"):
        build(data, tmp_path)
    with pytest.raises(DatasetError, match="no site of this project"):
        build(data, tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "of three years"


def test_without_a_dataset_what_stood_stays(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    shutil.copytree(site, out)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="no dataset"):
        build(tmp_path / "empty", out)
    assert hashes(out) == hashes(site)


def test_every_model_and_provider_has_its_files(hostile_site: Path) -> None:
    """As many pages as models with a route of their own, whatever they are called: none fell onto another."""
    from tests.site.hostile import ADAPTER, ORPHAN, PROVIDERS, names

    models = list((hostile_site / "models").rglob("index.html"))
    answers = list((hostile_site / "api/v1/models").rglob("*.json"))
    providers = list((hostile_site / "providers").glob("*/index.html"))
    assert Counter(models=len(models), providers=len(providers)) == Counter(
        models=len(names() - {ADAPTER, ORPHAN}), providers=len(PROVIDERS)
    )
    assert len(answers) >= len(models)
