"""Whether the archive has a month: only what was downloaded from there and compared is named by its URL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

import httpx

from hf_providers.hub.client import PROJECT_URL
from hf_providers.schema import TABLES
from pipeline.archive_names import asset_of, release_of
from pipeline.dataset import URL, DatasetError, File, inside
from pipeline.disk import move
from pipeline.whole_history import month_of

_TIMEOUT_S = 60.0
_REDIRECTS = 5


@dataclass(slots=True)
class Found:
    """What the archive has: the address of each file by its path, and a line on each it can't be asked to keep."""

    urls: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def closed(files: Iterable[File], now: datetime) -> list[File]:
    """Return the files in the folder of months that ended before last month began."""
    first = now.replace(day=1)
    last_month = f"{first - timedelta(days=1):%Y-%m}"
    partitioned = {table.name for table in TABLES.values() if table.partitioned}
    return [file for file in files if file.table in partitioned and file.url is None and month_of(file) < last_month]


def find(files: Iterable[File], base: str) -> Found:
    """Ask the archive for each file, and compare what it gives with what the manifest says.

    Args:
        files: Files of closed months.
        base: The address under which releases keep their assets.

    Raises:
        DatasetError: `base` is no address that a manifest may name.
    """
    found = Found()
    with _client() as client:
        for file in files:
            url = address(base, file)
            if problem := _problem(client, url, file):
                found.notes.append(f"{file.path} stays in the artifact: {problem}")
            else:
                found.urls[file.path] = url
    return found


def address(base: str, file: File) -> str:
    """Return where a month's file is kept.

    Raises:
        DatasetError: that is no address that a manifest may name.
    """
    month = month_of(file)
    url = f"{base.rstrip('/')}/{release_of(month)}/{asset_of(month, file.path)}"
    if not re.fullmatch(URL, url):
        raise DatasetError(
            f"{url!r:.300} is no address for an archive",
            "give --archive-base as https://HOST/PATH, without credentials",
        )
    return url


def bring(files: Iterable[File], root: Path, stage: Path) -> None:
    """Bring archived files to their places in the folder `root`, by way of `stage`.

    Raises:
        DatasetError: one of them cannot be had with the bytes that the manifest says.
    """
    with _client() as client:
        for file in files:
            part = stage / file.sha256
            with part.open("wb") as handle:
                problem = _problem(client, file.url or "", file, handle)
            if problem:
                raise DatasetError(f"{file.path}: {problem}", "try again later; without it history would be made up")
            move(part, inside(root, file.path), root)


def _client() -> httpx.Client:
    headers = {"User-Agent": f"hf-providers/{version('hf-providers')} (+{PROJECT_URL})", "Accept-Encoding": "identity"}
    return httpx.Client(headers=headers, timeout=_TIMEOUT_S, follow_redirects=True, max_redirects=_REDIRECTS)


def _problem(client: httpx.Client, url: str, file: File, into: BinaryIO | None = None) -> str | None:
    """Why the archive is not to be relied on for this file; None where it has these very bytes, now written `into`."""
    digest, size = hashlib.sha256(), 0
    try:
        with client.stream("GET", url) as response:
            if response.status_code in (404, 410):
                return "the archive does not have it yet"
            if response.status_code != httpx.codes.OK:
                return f"the archive answered {response.status_code}"
            for chunk in response.iter_raw():
                size += len(chunk)
                if size > file.bytes:
                    break
                digest.update(chunk)
                if into is not None:
                    into.write(chunk)
    except httpx.HTTPError as error:
        return f"the archive can't be asked ({type(error).__name__})"
    if (size, digest.hexdigest()) != (file.bytes, file.sha256):
        return f"WRONG BYTES in the archive at {url}"
    return None
