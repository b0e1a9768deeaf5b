"""A release's tag is the program's version, its notes are the changelog's; a partial snapshot is judged red."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.deploy import release_notes
from pipeline.deploy.github import GitHub
from pipeline.errors import DatasetError
from pipeline.publish.versions import publish
from tests.dataset_samples import manifest_of, outcome, sample
from tests.workflows.github_server import Server

CHANGELOG = """# Changelog

## 1.2.0 (unreleased)

- Later.

## 1.1.0 (2026-03-01)

- This, and
- that.

## 1.0.0 (2026-02-01)

- First.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of version 1.1.0."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_the_notes_are_the_section_of_the_version(root: Path) -> None:
    assert release_notes.notes(root, "v1.1.0") == "- This, and\n- that.\n"


@pytest.mark.parametrize("tag", ["v1.0.0", "1.1.0", "v1.1", "v1.1.0\n", ""])
def test_a_tag_that_is_not_the_version_is_refused(root: Path, tag: str) -> None:
    with pytest.raises(DatasetError, match=r"is not v1\.1\.0"):
        release_notes.notes(root, tag)


@pytest.mark.parametrize("section", ["## 1.1.0 (unreleased)\n\n- This.\n", "## 1.1.0 (2026-03-01)\n\n", ""])
def test_a_version_that_the_changelog_does_not_date_or_describe_is_refused(root: Path, section: str) -> None:
    (root / "CHANGELOG.md").write_text(f"# Changelog\n\n{section}## 1.0.0 (2026-02-01)\n\n- First.\n")
    with pytest.raises(DatasetError, match=r"does not say what is in 1\.1\.0") as caught:
        release_notes.notes(root, "v1.1.0")
    assert "(YYYY-MM-DD)" in caught.value.hint


def test_the_command_reads_this_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "--tag", "v0.0.0"]) == 1
    assert "'v0.0.0' is not v" in capsys.readouterr().err


def test_publishing_makes_the_release_once(hub: Server) -> None:
    hub.create_release({"tag_name": "measurements-2026-02", "draft": True})
    with GitHub(hub.environ) as client:
        first = release_notes.publish(client, "v1.1.0", "notes\n")
        assert release_notes.publish(client, "v1.1.0", "notes\n") == first
    assert first.endswith("/releases/tag/v1.1.0")
    _, release = hub.releases
    assert (release["tag_name"], release["body"], release["draft"]) == ("v1.1.0", "notes\n", False)


def test_the_verdict_is_that_of_the_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verdict", "--data", str(tmp_path / "none")]) == 1
    publish(tmp_path / "d", sample(0), outcome(0))
    assert main(["verdict", "--data", str(tmp_path / "d")]) == 0
    manifest = manifest_of(tmp_path / "d")
    source = {"source": "hub-list", "observed_at": None, "listed_offers": None}
    sources = [source | {"provider": name, "result": result} for name, result in (("groq", "ok"), ("novita", "failed"))]
    manifest |= {"result": "partial", "sources": [*sources, source | {"provider": "", "result": "skipped"}]}
    (tmp_path / "d" / "manifest.json").write_text(json.dumps(manifest))
    capsys.readouterr()
    assert main(["verdict", "--data", str(tmp_path / "d")]) == 4
    assert capsys.readouterr().err.splitlines()[0] == "partial: hub-list novita"
