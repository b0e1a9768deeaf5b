"""The folder that is uploaded as one artifact: the site, and the dataset as readers fetch it, in `data/`.

It has the dataset's manifest, the current version and the two before it, `latest/`, and the months that are not in the
archive. It is made in a neighbouring folder and renamed into place.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hf_providers.files import staging, swap_folder
from pipeline.deploy import archived, program
from pipeline.errors import DatasetError
from pipeline.publish import answers
from pipeline.publish.dataset import MANIFEST, VERSIONS, Dataset, File, Manifest, in_place, load_existing, verifies
from pipeline.publish.disk import lock, plainly
from pipeline.publish.versions import LATEST

DATA: Final = "data"
NO_JEKYLL: Final = ".nojekyll"
"""An empty file that makes GitHub Pages serve the others as they are."""
LIMIT: Final = 10**9
"""The most bytes that GitHub Pages accepts."""
_WARN_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Item:
    """One file to upload: its path in the folder, where its bytes are, and which part it belongs to."""

    place: str
    content: Path | bytes
    part: str

    @property
    def bytes(self) -> int:
        """Its size."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size


@dataclass(frozen=True, slots=True)
class Deployed:
    """The folder that was made: its manifest, its size, and notes for a person."""

    manifest: Manifest
    files: int
    bytes: int
    notes: tuple[str, ...]


def deploy(data: Path, out: Path, site: Path | None = None, archive_base: str | None = None) -> Deployed:
    """Make the folder `out` from the dataset in `data` and a site.

    Args:
        data: The dataset's folder.
        out: The folder to upload; an earlier one there is replaced.
        site: The site's folder; its files go to the top.
        archive_base: The address under which releases keep closed months; without it all of them are uploaded.

    Raises:
        DatasetError: there is no whole dataset, the folder would be larger than may be uploaded, or it cannot be
            written. `out` is then as it was.
    """
    _refuse_foreign(out, data, site)
    with lock(data):
        dataset = load_existing(data)
        if not in_place(dataset.manifest):
            raise DatasetError(f"{data} is laid out for a release", "give the folder that a run publishes into")
        manifest, notes = _as_deployed(dataset, archive_base)
        items = [*_site_items(site), *_data_items(data, manifest), Item(NO_JEKYLL, b"", "site")]
        total = sum(item.bytes for item in items)
        notes += _refuse_too_large(items, total)
        _write(out, items)
    return Deployed(manifest, len(items), total, tuple(notes))


def _refuse_foreign(out: Path, data: Path, site: Path | None) -> None:
    """Refuse to replace anything but such a folder, or one that overlaps with the inputs."""
    target = out.resolve()
    for other in (data.resolve(), *([site.resolve()] if site else [])):
        if target.is_relative_to(other) or other.is_relative_to(target):
            raise DatasetError(f"{out} and {other} overlap", "name another --out")
    if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or (target / NO_JEKYLL).is_file())):
        raise DatasetError(f"{out} is not empty and was not made by this command", "name another --out, or remove it")


def _as_deployed(dataset: Dataset, archive_base: str | None) -> tuple[Manifest, list[str]]:
    """Return the manifest to upload, with archived months by their address and only complete versions, and notes."""
    manifest = dataset.manifest
    closed = archived.closed(manifest.files, manifest.checked_at)
    archive = archived.find(closed, archive_base) if archive_base else archived.Found()
    whole = tuple(entry for entry in manifest.superseded if all(verifies(dataset.root, f) for f in entry.files))
    left_out = [entry.version for entry in manifest.superseded if entry not in whole]
    notes = [*archive.notes, *(f"the earlier version {version} is not whole here: left out" for version in left_out)]
    superseded = tuple(entry.model_copy(update={"files": _named(entry.files, archive.urls)}) for entry in whole)
    left = answers.named(manifest)
    update = {
        "files": _named(manifest.files, archive.urls),
        "superseded": superseded,
        "answers": left if left and verifies(dataset.root, left) else None,
        "made_by": program.digest(),
    }
    return manifest.model_copy(update=update), notes


def _named(files: Sequence[File], urls: Mapping[str, str]) -> tuple[File, ...]:
    return tuple(file.model_copy(update={"url": urls[file.path]}) if file.path in urls else file for file in files)


def _site_items(site: Path | None) -> Iterator[Item]:
    """Yield the site's files, without hidden ones."""
    if site is None:
        return
    if not site.is_dir():
        raise DatasetError(f"there is no site in {site}", "make it first: python -m pipeline site")
    for path in sorted(site.rglob("*")):
        relative = path.relative_to(site)
        if any(part.startswith(".") for part in relative.parts):
            continue
        if path.is_symlink() or relative.parts[0] == DATA:
            raise DatasetError(f"{path} does not belong in a site", f"remove it: links and {DATA}/ are not uploaded")
        if path.is_file():
            yield Item(relative.as_posix(), path, "site")


def _data_items(data: Path, manifest: Manifest) -> Iterator[Item]:
    """Yield the dataset's files: those of the manifest and its superseded versions, and the alias of the version."""
    entries = {file.path: file for file in manifest.files}
    for entry in manifest.superseded:
        entries = {file.path: file for file in entry.files} | entries
    home = f"{VERSIONS}/{manifest.version}/"
    for path, file in sorted(entries.items()):
        if file.url is None:
            yield Item(f"{DATA}/{path}", data / path, "/".join(path.split("/")[:2]))
        if path.startswith(home):
            yield Item(f"{DATA}/{LATEST}/{path.removeprefix(home)}", data / path, LATEST)
    if manifest.answers is not None:
        yield Item(f"{DATA}/{manifest.answers.path}", data / manifest.answers.path, "answers")
    yield Item(f"{DATA}/{MANIFEST}", manifest.to_json(), MANIFEST)


def _refuse_too_large(items: Sequence[Item], total: int) -> list[str]:
    """Raise above the limit, naming the largest parts; from four fifths of it on, return that as a warning."""
    if total < _WARN_SHARE * LIMIT:
        return []
    parts: dict[str, int] = {}
    for item in items:
        parts[item.part] = parts.get(item.part, 0) + item.bytes
    largest = sorted(parts, key=lambda part: -parts[part])[:4]
    sizes = ", ".join(f"{part} {parts[part] / 1e6:,.0f} MB" for part in largest)
    if total > LIMIT:
        raise DatasetError(
            f"the artifact would have {total:,} bytes, more than the {LIMIT:,} that may be uploaded: {sizes}",
            "archive closed months and give --archive-base, or make the largest part smaller",
        )
    return [f"the artifact has {total / LIMIT:.0%} of the bytes that may be uploaded: {sizes}"]


def _write(out: Path, items: Sequence[Item]) -> None:
    """Write every file into a new folder next to `out`, then rename it."""
    out = out.resolve()
    unfinished = out.with_name(f".{out.name}.making")
    if unfinished.is_symlink():
        raise DatasetError(f"{unfinished} is a link, which is not followed", "remove it, then run again")
    with lock(unfinished), plainly(out, "the folder is as it was"), staging(unfinished) as stage:
        for item in items:
            target = stage / out.name / item.place
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(item.content, bytes):
                target.write_bytes(item.content)
            else:
                shutil.copyfile(item.content, target)
        swap_folder(stage / out.name, out, stage / "old")
    shutil.rmtree(unfinished, ignore_errors=True)
