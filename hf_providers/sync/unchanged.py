"""Ask with the standard library alone whether the synced snapshot is still the published one: importing httpx is slow.

One conditional request for the manifest. Only a 304 counts, without proxy or redirect, and only if the local files are
as they were when verified. In every other case this returns None and `sync` does the work by its own rules, so no bytes
of a body are ever trusted here.
"""

from __future__ import annotations

import os
import re
import sys

from hf_providers import __version__
from hf_providers.sync.address import MOST_BYTES, STATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping
    from typing import IO, Any

REQUEST_S = 30.0
"""The time limit of the request, the same as `sync` has for a small answer."""
CONNECT_S = 10.0
_MOST_HEAD_BYTES = 1 << 16
_MOST_MANIFEST_BYTES = 16 << 20
_LOCK = ".sync.lock"
_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?(/[A-Za-z0-9._~/=+-]{0,1000}\.json)")
_LOCAL = ("localhost", "127.0.0.1")
_PORTS = {"http": 80, "https": 443}
_VALIDATORS = ("If-None-Match", "If-Modified-Since")
_ELSEWHERE = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "SSLKEYLOGFILE")
"""Variables that change how, or whether, a request is made: httpx handles them."""


class Unchanged:
    """The result of a sync that found nothing newer; like `Synced`, without its slow import."""

    newer = False
    files = bytes = 0

    def __init__(self, url: str, folder: str, version: str, checked_at: str) -> None:
        self.url, self.folder, self.version, self.checked_at = url, folder, version, checked_at


def unchanged(url: str, folder: str, environ: Mapping[str, str], *, locks: bool = True) -> Unchanged | None:
    """Return the snapshot in `folder` if it is the one that `url` publishes; None if only `sync` can tell.

    Args:
        url: The address of the manifest, or of its folder.
        folder: The folder of the synced dataset.
        environ: The environment: for proxies and the offline switch.
        locks: Whether another sync in this folder has to end first, as `sync` says.
    """
    if os.name != "posix" or sys.platform == "darwin":  # these systems configure proxies and certificates elsewhere
        return None
    if any(environ.get(name) or environ.get(name.lower()) for name in _ELSEWHERE):
        return None
    try:
        with _held(f"{folder}/{_LOCK}" if locks else os.devnull):
            kept, manifest = _standing(folder)
            address = _address(kept["url"], url)
            condition = _condition(kept["validators"])
            _refuse_altered(folder, manifest)
            if _status(address, condition) == 304:
                return Unchanged(kept["url"], folder, manifest["version"], manifest["checked_at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return None


def _held(path: str) -> IO[bytes]:
    """Return the lock of the folder, held until it is closed, as a file."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    file = open(descriptor, "rb", buffering=0)  # noqa: PTH123, SIM115 - its caller closes it
    if path != os.devnull:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise
    return file


def _standing(folder: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the validators that the last sync kept, and the manifest that it installed.

    Raises:
        ValueError: the manifest has changed since.
    """
    import json
    from hashlib import sha256

    kept = json.loads(_read(f"{folder}/{STATE}", MOST_BYTES))
    body = _read(f"{folder}/manifest.json", _MOST_MANIFEST_BYTES)
    if sha256(body).hexdigest() != kept["sha256"]:
        raise ValueError("the manifest is another one")
    return kept, json.loads(body)


def _read(path: str, most_bytes: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123
        if not os.path.isfile(path):  # noqa: PTH113 - a pipe might never end
            raise ValueError(f"{path} is no file")
        return file.read(most_bytes)


def _refuse_altered(folder: str, manifest: dict[str, Any]) -> None:
    """Raise unless each file is in place, of its size, and unchanged since all were verified.

    They were verified just before the sync wrote its state. Setting a time back would change the inode's own time.
    """
    verified = os.lstat(f"{folder}/{STATE}").st_ctime_ns
    root = os.path.realpath(folder)
    for entry in manifest["files"]:
        if entry.get("url"):
            continue
        path = f"{root}/{entry['path']}"
        status = os.lstat(path)
        same = status.st_size == entry["bytes"] and status.st_ctime_ns < verified
        if not same or os.path.realpath(path) != path:
            raise ValueError(f"{path} has changed")


def _address(kept: str, url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and path of the address that was synced from, if `url` means it.

    Raises:
        ValueError: it is another address, or not a plain one.
    """
    match = _ADDRESS.fullmatch(kept)
    folder = kept.removesuffix("manifest.json")
    if match is None or url.strip() not in (kept, folder, folder.removesuffix("/")):
        raise ValueError("another address")
    scheme, host, port, path = match.groups()
    if scheme == "http" and host not in _LOCAL:
        raise ValueError("not safe")
    return scheme, host, int(port or _PORTS[scheme]), path


def _condition(validators: dict[str, str]) -> str:
    """Return the conditional headers; a server's validator is sent back as it came, if it is plain.

    Raises:
        ValueError: there is none.
    """
    stored = {name: validators[name] for name in _VALIDATORS if name in validators}
    if not stored or not all(re.fullmatch("[ -~]{1,1000}", value) for value in stored.values()):
        raise ValueError("no condition")
    return "".join(f"{name}: {value}\r\n" for name, value in stored.items())


def _status(address: tuple[str, str, int, str], condition: str) -> int:
    """Return the status of the answer to one request.

    Raises:
        OSError, ValueError: there is no whole answer in its time.
    """
    import socket
    from time import monotonic

    scheme, host, port, path = address
    ends_at = monotonic() + REQUEST_S
    with socket.create_connection((host, port), CONNECT_S) as connection:
        named = host if port == _PORTS[scheme] else f"{host}:{port}"
        head = f"GET {path} HTTP/1.1\r\nHost: {named}\r\nUser-Agent: {_agent()}\r\nAccept: */*\r\n"
        head += f"Accept-Encoding: identity\r\nConnection: close\r\n{condition}\r\n"
        with _tls(connection, host) if scheme == "https" else connection as stream:
            stream.sendall(head.encode("ascii"))
            answer = b""
            for piece in _pieces(stream, lambda: ends_at - monotonic()):
                answer += piece
                if b"\r\n\r\n" in answer:
                    break
    match = re.match(rb"HTTP/1\.[01] ([0-9]{3})[ \r]", answer)
    if match is None or b"\r\n\r\n" not in answer:
        raise ValueError("no answer")
    return int(match[1])


def _pieces(stream: socket.socket, remaining_s: Callable[[], float]) -> Iterator[bytes]:
    """Yield the received bytes, up to the time limit and the size of a head."""
    size = 0
    while size < _MOST_HEAD_BYTES and (left := remaining_s()) > 0:
        stream.settimeout(left)
        piece = stream.recv(4096)
        if not piece:
            return
        size += len(piece)
        yield piece


def _tls(connection: socket.socket, host: str) -> socket.socket:
    """Return a TLS connection to a host with a valid certificate.

    The system's certificates are looked up one by one where they are in a folder: reading all takes longer than the
    request. They are enough for a 304, which has no body; where they fail, httpx asks with its own.
    """
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    places = ssl.get_default_verify_paths()
    only_file = os.environ.get("SSL_CERT_FILE") and not os.environ.get("SSL_CERT_DIR")
    if places.capath and not only_file:
        context.load_verify_locations(capath=places.capath)
    elif places.cafile:
        context.load_verify_locations(cafile=places.cafile)
    return context.wrap_socket(connection, server_hostname=host)


def _agent() -> str:
    return f"hf-providers/{__version__} (+https://github.com/hf-providers/hf-providers)"
