"""Closed months of measurements as assets of releases: one release a month, nothing in it ever replaced.

A release is filled as a draft, then published. A run that was killed leaves a draft, and the next run continues it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import BaseModel

from pipeline.deploy import archived
from pipeline.deploy.archive_names import asset_of, release_of
from pipeline.deploy.github import GitHub
from pipeline.errors import DatasetError, GitHubError
from pipeline.history.history_guard import month_of
from pipeline.publish.dataset import File, is_here, load_existing
from pipeline.publish.disk import lock


class Asset(BaseModel):
    """A release's file in GitHub's API. One whose upload broke off is not `uploaded`."""

    id: int
    name: str
    size: int
    state: str
    digest: str | None = None


class Release(BaseModel):
    """A release; a draft is visible to maintainers only and has no tag yet."""

    id: int
    tag_name: str
    draft: bool
    upload_url: str


@dataclass(frozen=True, slots=True)
class Archived:
    """The result for one month: how many files it has, and how many of them were (or would be) uploaded."""

    month: str
    uploaded: int
    files: int


def archive(data: Path, github: GitHub, dry_run: bool = False) -> list[Archived]:
    """Make sure that a published release holds each closed month whose files are in the folder `data`.

    A month that the manifest already names in a release of this repository is compared too, and uploaded again where
    it is gone. One in another repository, such as a fork's first months, is left to fetch-state to compare.

    Args:
        data: The dataset's folder.
        github: The repository with the releases.
        dry_run: Compare only, and change nothing.

    Raises:
        DatasetError: there is no whole dataset, or a file to upload is missing.
        GitHubError: GitHub refused something, or has other bytes under a file's name.
    """
    with lock(data):
        dataset = load_existing(data)
        files = archived.closed(dataset.manifest.files, dataset.manifest.checked_at)
        files += [file for file in dataset.manifest.files if file.url and _is_own(file, file.url, github.repository)]
        months = sorted({month_of(file) for file in files})
        releases = github.every("releases", Release) if months else []
        act = _lacking if dry_run else _month
        return [act(data, [f for f in files if month_of(f) == month], github, releases) for month in months]


def _is_own(file: File, url: str, repository: str) -> bool:
    """Return whether the address is a release's of this repository; GitHub ignores the letter case of names."""
    month = month_of(file)
    own = f"/{repository}/releases/download/{release_of(month)}/{asset_of(month, file.path)}"
    return url.lower().endswith(own.lower())


def _month(data: Path, files: Sequence[File], github: GitHub, releases: Sequence[Release]) -> Archived:
    month = month_of(files[0])
    release = _release(month, github, releases)
    uploaded = _fill(data, files, github, release)
    if uploaded:
        _refuse_missing(files, _assets(github, release))
    if release.draft:
        # Not shown as the latest release: that is the program's.
        github.change("PATCH", f"releases/{release.id}", {"draft": False, "make_latest": "false"}, Release)
    return Archived(month, uploaded, len(files))


def _lacking(data: Path, files: Sequence[File], github: GitHub, releases: Sequence[Release]) -> Archived:
    """Return what `_month` would do, after the same comparisons."""
    month = month_of(files[0])
    release = _known(month, releases)
    there = _assets(github, release) if release else {}
    lacking = 0
    for file in files:
        asset = there.get(asset_of(month, file.path))
        if asset is None or asset.state != "uploaded":
            _refuse_altered(data, file)
            lacking += 1
        elif release:
            _refuse_other(asset, file, release)
    return Archived(month, lacking, len(files))


def _known(month: str, releases: Iterable[Release]) -> Release | None:
    """Return the month's release: the published one, else the oldest draft."""
    known = [release for release in releases if release.tag_name == release_of(month)]
    return min(known, key=lambda release: (release.draft, release.id), default=None)


def _release(month: str, github: GitHub, releases: Iterable[Release]) -> Release:
    """Return the month's release; make it as a draft where there is none yet."""
    known, tag = _known(month, releases), release_of(month)
    if known:
        return known
    body = (
        f"Measurements of {month} (UTC), as Parquet. The dataset's manifest names these files by their SHA-256; "
        "they are never replaced."
    )
    wanted = {"tag_name": tag, "name": f"Measurements {month}", "body": body, "draft": True, "make_latest": "false"}
    made = github.create("releases", wanted, Release)
    # Drafts may share a tag: of two made at the same time, the older one is filled.
    kept = _known(month, github.every("releases", Release)) or made
    if kept.id != made.id:
        github.change("DELETE", f"releases/{made.id}", None, type(None))
    return kept


def _assets(github: GitHub, release: Release) -> dict[str, Asset]:
    return {asset.name: asset for asset in github.every(f"releases/{release.id}/assets", Asset)}


def _fill(data: Path, files: Iterable[File], github: GitHub, release: Release) -> int:
    """Upload what the release lacks; return how many files that were."""
    there, uploaded = _assets(github, release), 0
    for file in files:
        name = asset_of(month_of(file), file.path)
        asset = there.get(name)
        if asset is not None and asset.state != "uploaded":
            # An upload that broke off leaves a name without content: removing that loses nothing.
            github.change("DELETE", f"releases/assets/{asset.id}", None, type(None))
            asset = None
        if asset is None:
            _refuse_altered(data, file)
            asset = _upload(data / file.path, name, github, release)
            uploaded += 1
        _refuse_other(asset, file, release)
    return uploaded


def _upload(file: Path, name: str, github: GitHub, release: Release) -> Asset:
    """Upload a file; where another run did so at the same time, return what is there."""
    try:
        return github.upload(release.upload_url, name, file, Asset)
    except GitHubError as error:
        asset = _assets(github, release).get(name) if error.status == httpx.codes.UNPROCESSABLE_ENTITY else None
        if asset is None:
            raise
        return asset


def _refuse_altered(data: Path, file: File) -> None:
    if not is_here(data, file):
        raise DatasetError(
            f"{data / file.path}, which is to be uploaded, is missing or not what the manifest says",
            "fetch the dataset again, or use a copy that has it, such as a mirror's",
        )


def _refuse_other(asset: Asset, file: File, release: Release) -> None:
    """Raise where the asset has other bytes. Without a digest compare the size; a deploy compares all bytes."""
    digest = f"sha256:{file.sha256}"
    if asset.size != file.bytes or (asset.digest or digest) != digest:
        raise GitHubError(
            f"{asset.name} in release {release.tag_name} has other bytes than {file.path}: nothing was replaced",
            "find out which is right; an asset of another dataset must be removed by hand",
        )


def _refuse_missing(files: Iterable[File], there: dict[str, Asset]) -> None:
    """Raise unless GitHub lists every file, before the release is published."""
    for file in files:
        asset = there.get(asset_of(month_of(file), file.path))
        if asset is None or asset.state != "uploaded":
            raise GitHubError(f"{file.path} was uploaded, but GitHub does not list it", "run the command again")
