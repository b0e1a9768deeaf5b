"""Fetch a newer published dataset, verify it, and install all of it or nothing.

The manifest is requested first, if it has changed; then only the missing files. They are collected in `.parts/`,
renamed into place next to the current version's, the new catalog is opened, and only then the manifest is renamed over
the old one. If the process is killed at any moment, the folder holds the old or the new dataset; the next sync uses the
files that were fetched.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256 as digest_of
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx

from hf_providers import files
from hf_providers.catalog import manifest
from hf_providers.catalog.database import FILE as CATALOG
from hf_providers.catalog.database import Catalog
from hf_providers.catalog.manifest import MANIFEST, Document
from hf_providers.errors import FileGone, ManifestError, NoManifest, SnapshotError, SyncError
from hf_providers.hub.settings import is_true
from hf_providers.hub.timed_http import Deadline
from hf_providers.sync import cleanup
from hf_providers.sync.address import STATE
from hf_providers.sync.download import Client, Known, manifest_url, plainly, shown

__all__ = ["NoManifest", "SyncError", "Synced", "sync"]

SYNC_S: Final = 1800.0
"""The time limit of all requests of a sync; the next sync continues."""
CLOCK_TOLERANCE: Final = timedelta(minutes=10)
"""How far this machine's clock may be behind the publisher's."""
MOST_BYTES: Final = 2**30
"""Most bytes that one sync fetches."""
_PARTS: Final = ".parts"
_LOCK: Final = ".sync.lock"

Progress = Callable[[int, int], None]
"""Called with the number of fetched bytes, and the total."""


@dataclass(frozen=True, slots=True)
class Synced:
    """The result of a sync.

    Attributes:
        url: The manifest's address, as it may be shown.
        folder: The dataset's folder.
        version: The published version.
        checked_at: When its facts were last checked, ISO text in UTC.
        newer: Whether that was newer than the local one.
        files: How many files were fetched.
        bytes: How many bytes of files were fetched.
    """

    url: str
    folder: Path
    version: str
    checked_at: str
    newer: bool
    files: int = 0
    bytes: int = 0


def sync(
    url: str,
    folder: Path,
    *,
    force: bool = False,
    check: bool = False,
    trust_dates: bool = False,
    wanted: Callable[[Document], bool] | None = None,
    progress: Progress | None = None,
    environ: Mapping[str, str] = os.environ,
    sleep: Callable[[float], None] = time.sleep,
    deadline: Deadline | None = None,
) -> Synced:
    """Update the dataset in `folder` to the one published at `url`, and return the result.

    Args:
        url: The address of a manifest, or of the folder it is in.
        folder: A dataset's folder; made if it is not there.
        force: Accept an older one, too, and one from the future.
        trust_dates: Accept one that is dated later than this machine's clock.
        check: Only check whether there is a newer one: request the manifest only, write nothing.
        wanted: Which entries of the manifest's `files` to fetch; by default all that are not archived (`url`).
        progress: Called with the progress.
        environ: The environment: HF_HUB_OFFLINE forbids all network.
        sleep: Waits between tries.
        deadline: The time limit of all requests; by default half an hour.

    Raises:
        NoManifest: nothing is published there.
        SyncError: nothing was taken over; the local dataset is as it was.
    """
    if is_true(environ.get("HF_HUB_OFFLINE") or environ.get("TRANSFORMERS_OFFLINE")):
        raise SyncError("HF_HUB_OFFLINE forbids the network", "unset HF_HUB_OFFLINE, then try again")
    address = manifest_url(url)
    with Client(sleep, deadline or Deadline(SYNC_S)) as client:
        if check:
            return _compare(client, address, folder, force=force, trust_dates=trust_dates or force)[0]
        with plainly(folder), _locked(folder):
            return _Sync(client, address, folder, wanted or _is_here, progress or _silent).run(
                force=force, trust_dates=trust_dates or force
            )


class _Published(NamedTuple):
    """The published manifest; `document` is None where it is the local one."""

    document: Document | None
    body: bytes = b""
    validators: Mapping[str, str] = MappingProxyType({})


def _compare(
    client: Client, address: httpx.URL, folder: Path, *, force: bool, trust_dates: bool
) -> tuple[Synced, _Published]:
    """Compare the published with the local manifest. Nothing is written."""
    standing = _standing(folder)
    answer = client.small(address, manifest.MOST_BYTES, _validators(folder, address, standing))
    if answer.body is None and standing is not None:
        return _synced(address, folder, standing[0], newer=False), _Published(None)
    body = answer.body or b""
    published = _parse(body, shown(address))
    if not trust_dates:
        _refuse_future(published, address)
    if standing is not None:
        _refuse_older(standing[0], published, address, force=force)
    newer = standing is None or standing[1] != body
    return _synced(address, folder, published, newer=newer), _Published(published, body, answer.validators)


def _synced(address: httpx.URL, folder: Path, document: Document, **more: Any) -> Synced:
    return Synced(shown(address), folder, document["version"], document["checked_at"], **more)


class _Sync:
    """One sync into a locked folder."""

    def __init__(
        self, client: Client, address: httpx.URL, folder: Path, wanted: Callable[[Document], bool], progress: Progress
    ) -> None:
        self.client, self.address, self.folder = client, address, folder
        self.wanted, self.progress = wanted, progress
        self.parts = folder / _PARTS
        self.done = self.total = 0
        self.fetched: list[Known] = []

    def run(self, *, force: bool, trust_dates: bool, tries: int = 3) -> Synced:
        """Sync; try again where a file is gone because another version was published meanwhile."""
        synced, published = _compare(self.client, self.address, self.folder, force=force, trust_dates=trust_dates)
        standing = _standing(self.folder)
        document = published.document
        missing = self._missing(document or (standing[0] if standing else {}))
        if document is None and missing:
            (self.folder / STATE).unlink(missing_ok=True)  # asked again without a condition
            return self.run(force=force, trust_dates=trust_dates)
        if document is None:
            _note_verified(self.folder / STATE)
            return synced
        try:
            self._fetch(missing)
        except FileGone:
            if tries == 1 or self._stands_still(published):
                raise
            return self.run(force=force, trust_dates=trust_dates, tries=tries - 1)
        self._move_into_place(missing)
        _opens(self.folder, document)
        if synced.newer:
            files.write(self.folder / MANIFEST, published.body)
        _remember(self.folder, self.address, published)
        with suppress(OSError):  # the next sync uses or removes what stays
            files.remove_tree(self.parts)
        cleanup.remove(self.folder, [entry["path"] for entry in document["files"]])
        return _synced(
            self.address, self.folder, document, newer=synced.newer, files=len(self.fetched), bytes=self.total
        )

    def _stands_still(self, published: _Published) -> bool:
        """Return whether the manifest is still the published one."""
        return self.client.small(self.address, manifest.MOST_BYTES, {}).body == published.body

    def _missing(self, document: Document) -> list[Known]:
        """Return the wanted files that are missing here or differ from the manifest."""
        entries = [Known(e["path"], e["sha256"], e["bytes"]) for e in document.get("files", ()) if self.wanted(e)]
        missing = [entry for entry in entries if not _has(self.folder, entry)]
        local = _standing(self.folder)
        standing = {entry["path"]: entry["sha256"] for entry in local[0]["files"]} if local else {}
        for entry in missing:
            if standing.get(entry.path, entry.sha256) != entry.sha256:
                raise SyncError(
                    f"{entry.path} has changed in place at {shown(self.address)}: it cannot be replaced safely",
                    f"sync a published dataset, or remove {self.folder} first",
                )
        if sum(entry.bytes for entry in missing) > MOST_BYTES:
            raise SyncError(
                f"{shown(self.address)} names more than {MOST_BYTES:,} bytes", "report it: no dataset is so large"
            )
        return missing

    def _fetch(self, missing: Iterable[Known]) -> None:
        missing = list(missing)
        files.own_folder(self.parts)
        hashes = {entry.sha256 for entry in missing}
        for part in self.parts.iterdir():
            if part.name not in hashes:
                part.unlink()
        copied = self._copy_standing(missing)
        self.fetched = [entry for entry in missing if entry.sha256 not in copied]
        self.total = sum(entry.bytes for entry in self.fetched)
        for entry in missing:
            address = self.address.join(quote(entry.path, safe="/="))
            # A wrong copy is fetched anyway: every part is verified before use.
            progress = _ignored if entry.sha256 in copied else self._count_fetched
            self.client.file(address, entry, self.parts / entry.sha256, progress)

    def _copy_standing(self, missing: Iterable[Known]) -> set[str]:
        """Copy to the parts the files that are here under another name, as a table unchanged since another version."""
        standing = _standing(self.folder)
        places = {entry["sha256"]: self.folder / entry["path"] for entry in standing[0]["files"]} if standing else {}
        copied = set()
        for entry in missing:
            source, part = places.get(entry.sha256), self.parts / entry.sha256
            if source is None or part.exists():
                continue
            _inside(self.folder, source)
            if files.holds(source, entry.bytes, entry.sha256):
                shutil.copyfile(source, part)
                copied.add(entry.sha256)
        return copied

    def _count_fetched(self, count: int) -> None:
        self.done += count
        self.progress(self.done, self.total)

    def _move_into_place(self, missing: Iterable[Known]) -> None:
        """Rename every file into place, next to the current version's files, which have other names."""
        folders: set[Path] = set()
        placed: dict[str, Path] = {}
        for entry in missing:
            target = self.folder / entry.path
            _inside(self.folder, target)
            target.parent.mkdir(parents=True, exist_ok=True)
            part = self.parts / entry.sha256
            if entry.sha256 in placed:
                shutil.copyfile(placed[entry.sha256], part)
                files.to_disk(part)
            part.replace(target)
            placed[entry.sha256] = target
            folders |= {folder for folder in target.parents if folder.is_relative_to(self.folder)}
        files.to_disk(*folders)


def _silent(done: int, total: int) -> None:
    """Do nothing."""


def _ignored(count: int) -> None:
    """Do not count copied bytes as fetched."""


def _is_here(entry: Document) -> bool:
    """Return whether a file is published with the manifest, not archived elsewhere."""
    return not entry.get("url")


def _parse(body: bytes, where: str) -> Document:
    try:
        return manifest.parse(body, where)
    except ManifestError as error:
        raise SyncError(str(error), error.hint) from None


def _standing(folder: Path) -> tuple[Document, bytes] | None:
    """Return the manifest in the folder, and its bytes; None where it is missing or unreadable."""
    try:
        return manifest.read(folder)
    except ManifestError:
        return None


def _refuse_future(published: Document, address: httpx.URL) -> None:
    """Raise if a manifest is dated later than this machine's clock: it would block all others until then."""
    there, now = _moment(published), datetime.now(UTC)
    if there > now + CLOCK_TOLERANCE:
        raise SyncError(
            f"{shown(address)} is dated {there:%Y-%m-%d %H:%M} UTC,"
            f" and this machine's clock says {now:%Y-%m-%d %H:%M} UTC",
            "if this machine's clock is slow, set it, or pass --force; else report it",
        )


def _refuse_older(standing: Document, published: Document, address: httpx.URL, *, force: bool) -> None:
    here, there = _moment(standing), _moment(published)
    if there < here and not force:
        raise SyncError(
            f"{shown(address)} was checked at {there:%Y-%m-%d %H:%M} UTC, before what is here ({here:%Y-%m-%d %H:%M})",
            "accept it anyway: --force",
        )


def _moment(document: Document) -> datetime:
    return datetime.fromisoformat(document["checked_at"]).astimezone(UTC)


def _has(folder: Path, entry: Known) -> bool:
    """Return whether the file is there, not as a link, with the right bytes."""
    path = folder / entry.path
    _inside(folder, path)
    return files.holds(path, entry.bytes, entry.sha256)


def _inside(folder: Path, path: Path) -> None:
    """Raise where a symbolic link leads out of the folder."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SyncError(f"{path} leads out of {folder}", "remove the link, then try again", local=True)


def _opens(folder: Path, document: Document) -> None:
    """Raise unless this program can read the new catalog."""
    path = next((entry["path"] for entry in document["files"] if PurePosixPath(entry["path"]).name == CATALOG), None)
    if path is None or not (folder / path).is_file():
        return
    try:
        with Catalog(str(folder / path)) as catalog:
            version = catalog.meta().get("version")
    except SnapshotError as error:
        raise SyncError(f"the new catalog cannot be read: {error}", error.hint) from None
    if version != document["version"]:
        raise SyncError("the new catalog is of another version than its manifest says", manifest.LATER)


def _validators(folder: Path, address: httpx.URL, standing: tuple[Document, bytes] | None) -> Mapping[str, str]:
    """Return the validators for asking whether the local manifest is still the published one."""
    try:
        kept = json.loads(files.read(folder / STATE, manifest.MOST_BYTES))
        same = standing is not None and kept["sha256"] == digest_of(standing[1]).hexdigest()
        validators = dict(kept["validators"]) if same and kept["url"] == str(address) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {name: value for name, value in validators.items() if isinstance(value, str) and value.isascii()}


def _remember(folder: Path, address: httpx.URL, published: _Published) -> None:
    """Store the validators for the next request. They count only for the manifest that they were sent with."""
    digest = digest_of(published.body).hexdigest()
    kept = {"url": str(address), "sha256": digest, "validators": dict(published.validators)}
    files.write(folder / STATE, json.dumps(kept).encode())


def _note_verified(state: Path) -> None:
    """Touch the stored validators: all files were verified before now, so the next sync need not read them."""
    if os.utime in os.supports_follow_symlinks:
        with suppress(OSError):  # the next sync reads them then
            os.utime(state, follow_symlinks=False)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder; the system releases it when the process ends in any way."""
    folder.mkdir(parents=True, exist_ok=True)
    busy = SyncError(f"another sync is at work in {folder}", "wait for it to end, then try again", local=True)
    with files.locked(folder / _LOCK, lambda: busy):
        yield
