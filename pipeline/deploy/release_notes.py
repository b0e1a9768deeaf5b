"""A release's tag, which is the program's version, and its notes, which are the changelog's section."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pydantic import BaseModel

from pipeline.deploy.github import GitHub
from pipeline.errors import DatasetError


class Published(BaseModel):
    """A release in GitHub's API."""

    tag_name: str
    html_url: str


def notes(root: Path, tag: str) -> str:
    """Return the changelog's section about the version that `tag` names.

    Raises:
        DatasetError: the tag is not `v` and the version of pyproject.toml, or the changelog does not date it.
    """
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tag != f"v{version}":
        raise DatasetError(
            f"the tag {tag!r:.100} is not v{version}, as pyproject.toml says",
            "set the version there, commit, and tag that commit",
        )
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(
        rf"^## {re.escape(version)} \((\d{{4}}-\d\d-\d\d)\)\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if section is None or not section[2].strip():
        raise DatasetError(
            f"CHANGELOG.md does not say what is in {version} and when it was released",
            f"give it a section '## {version} (YYYY-MM-DD)', commit, and tag that commit",
        )
    return section[2].strip() + "\n"


def publish(github: GitHub, tag: str, body: str) -> str:
    """Make the release of `tag`, unless there is one already; return its page.

    Raises:
        GitHubError: GitHub refused it, or cannot be reached.
    """
    for release in github.every("releases", Published):
        if release.tag_name == tag:
            return release.html_url
    return github.create("releases", {"tag_name": tag, "name": tag, "body": body}, Published).html_url
