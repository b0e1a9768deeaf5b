"""Closed months of measurements as assets of releases: one release a month, nothing in it ever replaced.

A release is filled as a draft and published whole. A run that was killed leaves a draft: the next goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from pipeline import archived
from pipeline.archive_names import asset_of, release_of
from pipeline.dataset import DatasetError, File, load, sha256
from pipeline.disk import lock
from pipeline.github import GitHub, GitHubError
from pipeline.whole_history import month_of


class Asset(BaseModel):
    """A release's file, as GitHub tells of it. One whose upload broke off is not `uploaded`."""

    id: int
    name: str
    size: int
    state: str
    digest: str | None = None


class Release(BaseModel):
    """A release; a draft is seen by maintainers alone and has no tag yet."""

    id: int
    tag_name: str
    draft: bool
    upload_url: str


@dataclass(frozen=True, slots=True)
class Archived:
    """What was done for one month: how many files went up, and how many the release has of this dataset."""

    month: str
    uploaded: int
    files: int


def archive(data: Path, github: GitHub) -> list[Archived]:
    """Have a published release hold each closed month whose files are in the folder `data`.

    Raises:
        DatasetError: there is no whole dataset.
        GitHubError: GitHub refused something, or has other bytes under a file's name.
    """
    with lock(data):
        dataset = load(data)
        if dataset is None:
            raise DatasetError(f"there is no dataset in {data}", "fetch one first: python -m pipeline fetch-state")
        files = archived.closed(dataset.manifest.files, dataset.manifest.checked_at)
        months = sorted({month_of(file) for file in files})
        releases = github.every("releases", Release) if months else []
        return [_month(data, [f for f in files if month_of(f) == month], github, releases) for month in months]


def _month(data: Path, files: Sequence[File], github: GitHub, releases: Sequence[Release]) -> Archived:
    month = month_of(files[0])
    release = _release(month, github, releases)
    uploaded = _fill(data, files, github, release)
    if uploaded:
        _refuse_missing(files, _assets(github, release))
    if release.draft:
        # Never the one that is shown as the latest: that is the program's.
        github.change("PATCH", f"releases/{release.id}", {"draft": False, "make_latest": "false"}, Release)
    return Archived(month, uploaded, len(files))


def _release(month: str, github: GitHub, releases: Iterable[Release]) -> Release:
    """The month's release: the published one, else the oldest draft, else a new draft."""
    tag = release_of(month)
    known = sorted((found for found in releases if found.tag_name == tag), key=lambda found: (found.draft, found.id))
    if known:
        return known[0]
    body = (
        f"Measurements of {month} (UTC), as Parquet. The dataset's manifest names these files by their SHA-256; "
        "they are never replaced."
    )
    wanted = {"tag_name": tag, "name": f"Measurements {month}", "body": body, "draft": True, "make_latest": "false"}
    return github.create("releases", wanted, Release)


def _assets(github: GitHub, release: Release) -> dict[str, Asset]:
    return {asset.name: asset for asset in github.every(f"releases/{release.id}/assets", Asset)}


def _fill(data: Path, files: Iterable[File], github: GitHub, release: Release) -> int:
    """Upload what the release lacks; return how many files that were."""
    there, uploaded = _assets(github, release), 0
    for file in files:
        name = asset_of(month_of(file), file.path)
        asset = there.get(name)
        if asset is not None and asset.state != "uploaded":
            # An upload that broke off leaves a name without content: no file of ours is removed here.
            github.change("DELETE", f"releases/assets/{asset.id}", None, type(None))
            asset = None
        if asset is None:
            _refuse_altered(data, file)
            asset = github.upload(release.upload_url, name, data / file.path, Asset)
            uploaded += 1
        _refuse_other(asset, file, release)
    return uploaded


def _refuse_altered(data: Path, file: File) -> None:
    if sha256(data / file.path) != file.sha256:
        raise DatasetError(f"{data / file.path} is not what the manifest says", "fetch the dataset again")


def _refuse_other(asset: Asset, file: File, release: Release) -> None:
    """Raise where the asset has other bytes. Without a digest its size must do: a deploy compares every byte."""
    digest = f"sha256:{file.sha256}"
    if asset.size != file.bytes or (asset.digest or digest) != digest:
        raise GitHubError(
            f"{asset.name} in release {release.tag_name} has other bytes than {file.path}: nothing was replaced",
            "find out which is right; an asset of another dataset must be removed by hand",
        )


def _refuse_missing(files: Iterable[File], there: dict[str, Asset]) -> None:
    """Raise unless every file is there as GitHub now tells, before the release is published."""
    for file in files:
        asset = there.get(asset_of(month_of(file), file.path))
        if asset is None or asset.state != "uploaded":
            raise GitHubError(f"{file.path} was uploaded, but GitHub does not list it", "run the command again")
