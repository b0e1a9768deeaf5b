"""Download files of known size and SHA-256 over HTTP: bounded, resumed after a break, verified.

Requests do not identify the reader: no token, no cookie. Only bytes with the right hash are accepted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeVar

import httpx

from hf_providers.errors import BadAddress, FileGone, NoManifest, OtherBytes, SyncError
from hf_providers.files import advice, holds, open_own, to_disk
from hf_providers.hub.ratelimit import retry_after_s
from hf_providers.hub.text import clean
from hf_providers.hub.timed_http import Deadline, TimedClient, TimeOver, transfer_s, user_agent
from hf_providers.retry import TryAgain, with_backoff

T = TypeVar("T")

LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_REDIRECTS: Final = 3
_REQUEST_S: Final = 30.0
"""The time limit for a small answer, and for the start of a file."""
_TIMEOUT: Final = httpx.Timeout(_REQUEST_S, connect=10.0)
_LONGEST_WAIT_S: Final = 30.0
_CONDITIONS: Final = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
_GONE: Final = (404, 410)
_ADDRESS: Final = "see that the address is right: --from URL"
_AGAIN: Final = (408, 425, 429, 500, 502, 503, 504)


class Known(NamedTuple):
    """A file of known size and hash."""

    path: str
    sha256: str
    bytes: int


class Answer(NamedTuple):
    """A small body, or None if it is unchanged (304), and the validators for the next request."""

    body: bytes | None
    validators: Mapping[str, str]


def manifest_url(text: str) -> httpx.URL:
    """Return the address of a manifest; for a folder, which does not end with .json, that of the manifest in it.

    Raises:
        BadAddress: it is no https address (http on this machine), or has credentials in it.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.userinfo:
        raise BadAddress(f"{shown(url)} has a name or password in it", "leave it out: the data is public")
    if not _is_safe(url):
        plain = "an address with an @ in it" if "@" in text else repr(text.partition("?")[0][:200])
        raise BadAddress(
            f"{plain} is not an https address (http is accepted for this machine only)",
            "give the address of a manifest: https://HOST/PATH/manifest.json",
        )
    return url if url.path.endswith(".json") else url.copy_with(path=url.path.rstrip("/") + "/manifest.json")


def shown(url: httpx.URL) -> str:
    """Return an address for people and logs: without a name, a password or a query, which may hold a key."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))


def _is_safe(url: httpx.URL) -> bool:
    """Return whether nobody on the way can change the answer: https, or http on this machine."""
    return bool(url.host) and (url.scheme == "https" or (url.scheme == "http" and url.host in LOCAL))


class Client:
    """Asks a server for files.

    Args:
        sleep: Waits between two tries.
        deadline: The time limit of all requests.
        anywhere: Whether a redirect may lead to another host, as for a release's files.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        deadline: Deadline | None = None,
        *,
        anywhere: bool = False,
    ) -> None:
        # The hash is of uncompressed bytes, and compressed ones could be a bomb.
        headers = {"User-Agent": user_agent(), "Accept-Encoding": "identity"}
        self._deadline = deadline or Deadline()
        self._client = TimedClient(self._deadline, headers=headers, timeout=_TIMEOUT)
        self._sleep = sleep
        self._anywhere = anywhere

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def small(self, url: httpx.URL, most_bytes: int, validators: Mapping[str, str]) -> Answer:
        """Return a body of at most `most_bytes`, or None where it is unchanged by the validators.

        Raises:
            NoManifest: the server says that there is none.
            SyncError: it cannot be had.
        """
        return self._with_retry(lambda: self._small(url, most_bytes, validators))

    def _small(self, url: httpx.URL, most_bytes: int, validators: Mapping[str, str]) -> Answer:
        with self._asking(url, validators) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED and validators:
                return Answer(None, validators)
            if response.status_code in _GONE:
                raise NoManifest(f"there is no manifest at {shown(url)}", "see that the address is right: --from URL")
            _refuse_other(response, url)
            body = bytearray()
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > most_bytes:
                    raise SyncError(f"{shown(url)} is larger than {most_bytes:,} bytes: no manifest", "try again later")
        stated = {
            "If-None-Match": response.headers.get("etag"),
            "If-Modified-Since": response.headers.get("last-modified"),
        }
        return Answer(bytes(body), {name: value for name, value in stated.items() if value})

    def file(self, url: httpx.URL, known: Known, part: Path, progress: Callable[[int], None]) -> None:
        """Fetch a file into `part`, continuing an earlier try; verify it and sync it to the disk.

        Args:
            url: Its address.
            known: Its size and hash.
            part: The file for its bytes.
            progress: Called with the number of new bytes, also those of an earlier try; negative for discarded ones.

        Raises:
            SyncError: it cannot be had, is something else, or cannot be written.
        """
        reported = 0

        def at(size: int) -> None:
            nonlocal reported
            progress(size - reported)
            reported = size

        with plainly(part.parent):
            self._with_retry(lambda: self._file(url, known, part, at))

    def _file(self, url: httpx.URL, known: Known, part: Path, at: Callable[[int], None]) -> None:
        if part.is_symlink():
            part.unlink()  # a link's target could be changed after it was verified
        have = part.stat().st_size if part.exists() else 0
        if have > known.bytes:
            part.unlink()
            have = 0
        at(have)
        if have < known.bytes or not known.bytes:
            self._append(url, known, part, have, at)
        if holds(part, known.bytes, known.sha256):
            to_disk(part)
            return
        part.unlink()
        at(0)
        wrong = OtherBytes(
            f"{shown(url)} is not the file that the manifest names",
            "try again in a minute: a newer one may just be published",
        )
        # The earlier part may be of another file: start again.
        raise TryAgain(wrong) if have else wrong

    def _append(self, url: httpx.URL, known: Known, part: Path, have: int, at: Callable[[int], None]) -> None:
        with self._asking(url, {"Range": f"bytes={have}-"} if have else {}) as response:
            resumed = _resumes(response, have)
            if not resumed:
                if response.status_code in _GONE:
                    raise FileGone(f"{shown(url)} answered {response.status_code}", "try again later")
                _refuse_other(response, url)
            stated = response.headers.get("content-length", "")
            expected = known.bytes - have if resumed else known.bytes
            if stated.isdecimal() and int(stated) != expected:
                raise OtherBytes(f"{shown(url)} has {stated:.20} bytes, not {expected}", "try again in a minute")
            self._client.extend(transfer_s(expected))
            with open_own(part, "ab" if resumed else "wb") as file:
                for chunk in response.iter_raw():
                    if file.tell() + len(chunk) > known.bytes:
                        raise OtherBytes(f"{shown(url)} has more than {known.bytes} bytes", "try again in a minute")
                    file.write(chunk)
                    at(file.tell())

    def _with_retry(self, ask: Callable[[], T]) -> T:
        return with_backoff(ask, self._sleep, longest_wait_s=_LONGEST_WAIT_S, remaining_s=self._deadline.remaining_s)

    @contextmanager
    def _asking(self, url: httpx.URL, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Give the answer to a request, redirects on the same host followed."""
        target = url
        try:
            for _ in range(_REDIRECTS + 1):
                with self._client.stream("GET", target, _REQUEST_S, headers=dict(headers)) as response:
                    if not response.has_redirect_location:
                        yield response
                        return
                    target = self._followed(url, response)
        except TimeOver as error:
            raise SyncError(str(error), error.hint) from None
        except httpx.TransportError as error:
            raise TryAgain(_unreachable(url, str(error) or type(error).__name__)) from None
        except httpx.HTTPError as error:
            raise _unreachable(url, str(error) or type(error).__name__) from None
        except (httpx.InvalidURL, ValueError):  # httpx looks at a redirect even where it is not to follow it
            raise SyncError(f"{shown(url)} redirects to an invalid address", _ADDRESS) from None
        raise SyncError(f"{shown(url)} redirects without end", _ADDRESS)

    def _followed(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        """Return the target of a redirect, if it is on the same server or another is allowed."""
        target = None if response.next_request is None else response.next_request.url
        if target and (target.host, target.scheme, target.port) == (url.host, url.scheme, url.port):
            return target
        if target and self._anywhere and not target.userinfo and _is_safe(target):
            return target
        where = "nowhere" if target is None else clean(target.host, 100)
        raise SyncError(
            f"{shown(url)} redirects to another host ({where})", "give the address where it really is: --from URL"
        )


def _refuse_other(response: httpx.Response, url: httpx.URL) -> None:
    """Raise unless the answer is the complete requested range."""
    status = response.status_code
    if status == httpx.codes.OK:
        return
    error = SyncError(f"{shown(url)} answered {status}", "try again later")
    raise TryAgain(error, retry_after_s(response.headers)) if status in _AGAIN else error


def _resumes(response: httpx.Response, have: int) -> bool:
    stated = response.headers.get("content-range", "")
    return bool(have) and response.status_code == httpx.codes.PARTIAL_CONTENT and stated.startswith(f"bytes {have}-")


def _unreachable(url: httpx.URL, reason: str) -> SyncError:
    return SyncError(f"{url.host} cannot be reached: {reason:.200}", "check the network, then try again")


@contextmanager
def plainly(folder: Path) -> Iterator[None]:
    """Turn an error of the disk into a SyncError."""
    try:
        yield
    except OSError as error:
        message = f"cannot write {folder}: {error.strerror or error}"
        raise SyncError(message, f"{advice(error)}, then try again", local=True) from None
