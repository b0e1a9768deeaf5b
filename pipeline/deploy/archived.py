"""Check whether the archive has a month: only a file downloaded from there and compared is named by its URL."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Final

import httpx

from hf_providers.catalog.schema import TABLES
from hf_providers.errors import FileGone, OtherBytes, SyncError
from hf_providers.files import move
from hf_providers.hub.timed_http import Deadline
from hf_providers.sync.download import Client, Known
from pipeline.deploy.archive_names import asset_of, release_of
from pipeline.errors import DatasetError
from pipeline.history.history_guard import month_of
from pipeline.publish.dataset import URL, File, inside

_ALL_S: Final = 900.0
_RESTORE: Final = "restore it there, with the same name and bytes: docs/operate.md, Restoring"


@dataclass(slots=True)
class Found:
    """The archive's files: the address of each by its path, and a note on each file that is not usable there."""

    urls: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def closed(files: Iterable[File], now: datetime) -> list[File]:
    """Return the files in the folder of months that ended before last month began."""
    first = now.replace(day=1)
    last_month = f"{first - timedelta(days=1):%Y-%m}"
    partitioned = {table.name for table in TABLES.values() if table.partitioned}
    return [file for file in files if file.table in partitioned and file.url is None and month_of(file) < last_month]


def find(files: Iterable[File], base: str, deadline: Deadline | None = None) -> Found:
    """Download each file from the archive, and compare it with the manifest.

    Args:
        files: Files of closed months.
        base: The address under which releases keep their assets.
        deadline: The end of all requests; by default in a quarter of an hour.

    Raises:
        DatasetError: `base` is no address that a manifest may name.
    """
    result = Found()
    with _client(deadline) as client, tempfile.TemporaryDirectory() as folder:
        for file in files:
            url = address(base, file)
            try:
                _fetch(client, url, file, Path(folder) / file.sha256)
            except FileGone:
                result.notes.append(f"{file.path} stays in the artifact: the archive does not have it yet")
            except OtherBytes:
                result.notes.append(f"{file.path} stays in the artifact: WRONG BYTES in the archive at {url}")
            except SyncError as problem:
                result.notes.append(f"{file.path} stays in the artifact: {problem}")
            else:
                result.urls[file.path] = url
                (Path(folder) / file.sha256).unlink()
    return result


def address(base: str, file: File) -> str:
    """Return the address of a month's file in the archive.

    Raises:
        DatasetError: a manifest may not name that address.
    """
    month = month_of(file)
    url = f"{base.rstrip('/')}/{release_of(month)}/{asset_of(month, file.path)}"
    if not re.fullmatch(URL, url):
        raise DatasetError(
            f"{url!r:.300} is no address for an archive",
            "give --archive-base as https://HOST/PATH, without credentials",
        )
    return url


def bring(files: Iterable[File], root: Path, stage: Path, deadline: Deadline | None = None) -> None:
    """Fetch archived files into the folder `root`, through `stage`.

    Raises:
        DatasetError: one of them cannot be fetched.
    """
    with _client(deadline) as client:
        for file in files:
            part = stage / file.sha256
            _fetch_or_say(client, file, part)
            move(part, inside(root, file.path), root)


def _fetch_or_say(client: Client, file: File, part: Path) -> None:
    url = file.url or ""
    try:
        _fetch(client, url, file, part)
    except FileGone:
        raise DatasetError(
            f"no state was fetched: the archive no longer has {file.path}, which was at {url}", _RESTORE
        ) from None
    except OtherBytes:
        raise DatasetError(
            f"no state was fetched: the archive has other bytes than {file.path} at {url}", _RESTORE
        ) from None
    except SyncError as problem:
        raise DatasetError(
            f"no state was fetched: {file.path}: {problem}", "try again later: without it the history would have a hole"
        ) from None


def _client(deadline: Deadline | None) -> Client:
    return Client(sleep, deadline or Deadline(_ALL_S), anywhere=True)


def _fetch(client: Client, url: str, file: File, part: Path) -> None:
    client.file(httpx.URL(url), Known(file.path, file.sha256, file.bytes), part, lambda _: None)
