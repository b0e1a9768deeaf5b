"""kill -9 while old versions are removed, and while the folder to upload is made: more may stay, never less.

The process is killed right before its n-th change to a folder, as Python's audit events tell them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.deploy.artifact import deploy
from pipeline.publish import versions
from pipeline.publish.versions import publish
from tests.dataset_samples import manifest_of, outcome, sample
from tests.deploy.served import files_in
from tests.forks import Forks, forking

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.copyfile"}


class Watch:
    """Prints each change to a folder, and kills this process right before the one that is asked for."""

    def __init__(self, moment: int, *, armed: bool) -> None:
        self.moment, self.armed, self.seen = moment, armed, 0
        sys.addaudithook(self.hook)

    def hook(self, event: str, _: object) -> None:
        if self.armed and event in CHANGES:
            if self.seen == self.moment:
                os.kill(os.getpid(), signal.SIGKILL)
            self.seen += 1
            print(event, flush=True)


def prune(folder: str, moment: int) -> None:
    """Publish one more version, and watch how those that are too old are removed."""
    watch, real = Watch(moment, armed=False), versions.prune

    def watched(*arguments: Any) -> None:
        watch.armed = True
        real(*arguments)
        watch.armed = False

    versions.prune = watched
    versions.publish(Path(folder) / "dataset", sample(4), outcome(4))


def make_upload(folder: str, moment: int) -> None:
    """Make the folder to upload, watched."""
    root = Path(folder)
    Watch(moment, armed=True)
    deploy(root / "dataset", root / "up", root / "site")


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with forking("tests.deploy.test_kill") as made:
        yield made


def worked(forks: Forks, work: str, folder: Path, moment: int = -1) -> list[str] | None:
    """The changes to folders that the work made; None where it was killed before the one at `moment`."""
    said = folder.parent / f"{folder.name}-changes"
    code = forks.wait(forks.start(work, str(folder), moment, output=said))
    assert code in (0, -signal.SIGKILL)
    return said.read_text().split() if code == 0 else None


def published(folder: Path) -> None:
    for k in range(4):
        publish(folder / "dataset", sample(k), outcome(k))


def whole(out: Path) -> str:
    """The version that stands, once every file of it and of the two before is found to be as the manifest says."""
    document = json.loads((out / "manifest.json").read_bytes())
    assert len(document["superseded"]) == 2
    for file in (*document["files"], *(file for entry in document["superseded"] for file in entry["files"])):
        content = (out / file["path"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"]), file
    return str(document["version"])


def test_killed_while_it_removes_old_versions(forks: Forks, tmp_path: Path) -> None:
    published(tmp_path / "before")
    shutil.copytree(tmp_path / "before", tmp_path / "all")
    changes = worked(forks, "prune", tmp_path / "all")
    assert changes
    assert changes.count("os.remove") > 10
    left = []
    for moment in {0, 1, len(changes) // 2, len(changes) - 2, len(changes) - 1}:
        folder = tmp_path / str(moment)
        shutil.copytree(tmp_path / "before", folder)
        oldest = manifest_of(folder / "dataset")["superseded"][1]["version"]
        assert worked(forks, "prune", folder, moment) is None
        assert whole(folder / "dataset") == whole(tmp_path / "all/dataset")
        left.append((folder / "dataset/v1" / oldest).exists())
        publish(folder / "dataset", sample(5), outcome(5))
        document = manifest_of(folder / "dataset")
        named = {f["path"] for entry in (document, *document["superseded"]) for f in entry["files"]}
        assert {path for path in files_in(folder / "dataset") if path.startswith("v1/")} == named
        assert not (folder / "dataset/v1" / oldest).exists()
    assert any(left)


def test_killed_while_it_makes_the_folder_to_upload(forks: Forks, tmp_path: Path) -> None:
    tmp_path = tmp_path / "all"
    published(tmp_path)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text("<p>1")
    deploy(tmp_path / "dataset", tmp_path / "up", tmp_path / "site")
    changes = worked(forks, "make_upload", tmp_path)
    assert changes
    old = whole(tmp_path / "up/data")
    aside, place = (n for n, event in enumerate(changes) if event == "os.rename")
    publish(tmp_path / "dataset", sample(4), outcome(4))
    (tmp_path / "site/index.html").write_text("<p>2")
    new = manifest_of(tmp_path / "dataset")["version"]
    seen = set()
    for moment in (0, aside // 3, aside // 2, aside - 1, aside, place, place + 1, len(changes) - 1, place + 9):
        assert worked(forks, "make_upload", tmp_path, moment) is None
        if moment == place:
            assert not (tmp_path / "up").exists()
            deploy(tmp_path / "dataset", tmp_path / "up", tmp_path / "site")
        version = whole(tmp_path / "up/data")
        assert (tmp_path / "up/index.html").read_text() == {old: "<p>1", new: "<p>2"}[version]
        assert version == (old if moment < place else new)
        seen.add(version)
        for left in tmp_path.glob(".up.making/.staging-*") if moment != place + 9 else ():
            # The next would remove it first, and not count its changes from where this one did.
            shutil.rmtree(left)
    assert seen == {old, new}
    assert list(tmp_path.glob(".up.making/.staging-*"))
    deploy(tmp_path / "dataset", tmp_path / "up", tmp_path / "site")
    assert {path.name for path in tmp_path.iterdir()} == {"dataset", "site", "up"}
