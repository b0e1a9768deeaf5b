"""Whether the archive has a month: only what was downloaded from there and compared is named by its URL."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from time import sleep
from typing import Final

import httpx

from hf_providers.catalog.schema import TABLES
from hf_providers.errors import HfProvidersError
from hf_providers.files import move
from hf_providers.hub.client import PROJECT_URL
from hf_providers.hub.ratelimit import retry_after_s
from hf_providers.retry import TryAgain, with_backoff
from pipeline.deploy.archive_names import asset_of, release_of
from pipeline.errors import DatasetError
from pipeline.history.history_guard import month_of
from pipeline.publish.dataset import URL, File, inside

_TIMEOUT_S: Final = 60.0
_REDIRECTS: Final = 5
_LONGEST_WAIT_S: Final = 30.0
_GONE: Final = (404, 410)
_AGAIN: Final = (408, 425, 429, 500, 502, 503, 504)
_RESTORE: Final = "have it there again, with the same name and bytes: docs/operate.md, Restoring"


class _Unavailable(HfProvidersError):
    """Why a file can't be had from the archive now; it may be there all the same."""


class _Gone(HfProvidersError):
    """The archive says that it has no such file."""


class _OtherBytes(HfProvidersError):
    """Under the file's name the archive has something else."""


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
            try:
                _fetch(client, url, file, Path(os.devnull))
            except _Gone:
                found.notes.append(f"{file.path} stays in the artifact: the archive does not have it yet")
            except _OtherBytes:
                found.notes.append(f"{file.path} stays in the artifact: WRONG BYTES in the archive at {url}")
            except _Unavailable as problem:
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
            _fetch_or_say(client, file, part)
            move(part, inside(root, file.path), root)


def _fetch_or_say(client: httpx.Client, file: File, part: Path) -> None:
    url = file.url or ""
    try:
        _fetch(client, url, file, part)
    except _Gone:
        raise DatasetError(
            f"no state was fetched: the archive no longer has {file.path}, which was at {url}", _RESTORE
        ) from None
    except _OtherBytes:
        raise DatasetError(
            f"no state was fetched: the archive has other bytes than {file.path} at {url}", _RESTORE
        ) from None
    except _Unavailable as problem:
        raise DatasetError(
            f"no state was fetched: {file.path}: {problem}", "try again later; without it history would be made up"
        ) from None


def _client() -> httpx.Client:
    headers = {"User-Agent": f"hf-providers/{version('hf-providers')} (+{PROJECT_URL})", "Accept-Encoding": "identity"}
    return httpx.Client(headers=headers, timeout=_TIMEOUT_S, follow_redirects=True, max_redirects=_REDIRECTS)


def _fetch(client: httpx.Client, url: str, file: File, part: Path) -> None:
    """Write into `part` what the archive has, which are these very bytes; asked again where a failure may pass."""
    with_backoff(lambda: _fetch_once(client, url, file, part), sleep, longest_wait_s=_LONGEST_WAIT_S)


def _fetch_once(client: httpx.Client, url: str, file: File, part: Path) -> None:
    digest, size = hashlib.sha256(), 0
    try:
        with client.stream("GET", url) as response, part.open("wb") as handle:
            _refuse_other(response)
            for chunk in response.iter_raw():
                size += len(chunk)
                if size > file.bytes:
                    break
                digest.update(chunk)
                handle.write(chunk)
    except httpx.HTTPError as error:
        problem = _Unavailable(f"the archive can't be asked ({type(error).__name__})")
        raise TryAgain(problem) if isinstance(error, httpx.TransportError) else problem from None
    if (size, digest.hexdigest()) != (file.bytes, file.sha256):
        raise _OtherBytes(f"the archive has other bytes of {file.path}")


def _refuse_other(response: httpx.Response) -> None:
    """Raise unless the answer is a file."""
    status = response.status_code
    if status in _GONE:
        raise _Gone("the archive has no such file")
    if status != httpx.codes.OK:
        problem = _Unavailable(f"the archive answered {status}")
        raise TryAgain(problem, retry_after_s(response.headers)) if status in _AGAIN else problem
