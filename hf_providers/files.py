"""Lock, write, replace and hash files, safely against crashes and planted links.

A file is written next to its target, synced, and renamed: readers see the old file or the new one. Others may write to
the folder and plant a link or a pipe under one of our names, so writing and locking follow no links, and open plain
files only.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WINDOWS: Final = os.name == "nt"
_STAGING: Final = ".staging-"
_PAUSES_S: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.3)
# Not all systems have these: Windows opens no pipe by a file's name, and makes links only with a privilege.
_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK: Final = getattr(os, "O_NONBLOCK", 0)


def advice(error: OSError) -> str:
    """Return a hint for a folder that could not be written."""
    return "free some space" if error.errno in _FULL else "see that the folder can be written"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def holds(path: Path, size: int, digest: str) -> bool:
    """Return whether there is a file of `size` bytes with this SHA-256."""
    return path.is_file() and path.stat().st_size == size and sha256(path) == digest


def read(path: Path, most_bytes: int) -> bytes:
    """Return the bytes of a plain file, at most `most_bytes` + 1: one more means that it is larger.

    Raises:
        OSError: it cannot be read, or is a pipe or a device, which might never end.
    """
    with open(path, "rb", opener=_plain) as file:
        return file.read(most_bytes + 1)


def open_own(path: Path, mode: str) -> IO[Any]:
    """Open a file of our own: never through a link, and no pipe or device.

    Raises:
        OSError: it is one of these, or cannot be opened.
    """
    return open(path, mode, opener=lambda name, flags: _plain(name, flags | _NOFOLLOW))


def _plain(name: str, flags: int) -> int:
    descriptor = os.open(name, flags | _NONBLOCK, 0o666)  # opening a pipe would wait for its other end
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a plain file", name)
    return descriptor


def own_folder(path: Path) -> Path:
    """Make a folder of our own if it is missing, and return it.

    Raises:
        OSError: there is a link, through which we would remove somebody else's files; or it cannot be made.
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, f"{path.name} is a link, which is not followed")
    path.mkdir(parents=True, exist_ok=True)
    return path


def remove_tree(path: Path) -> None:
    """Remove a folder with its content, or the link if there is one."""
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def to_disk(*paths: Path) -> None:
    """Sync files and folders to the disk before returning."""
    for path in paths:
        if _WINDOWS and path.is_dir():
            continue  # Windows opens no folder
        descriptor = os.open(path, os.O_RDWR if _WINDOWS else os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write(path: Path, content: bytes) -> None:
    """Replace a file by `content`, durably and atomically.

    Raises:
        OSError: it cannot be written; the old file is as it was.
    """
    made = path.with_name(f".{path.name.lstrip('.')}.new")
    made.unlink(missing_ok=True)  # left by a write that died, or somebody's link
    with open_own(made, "xb") as file:
        file.write(content)
    move(made, path, path.parent)


def move(made: Path, place: Path, root: Path) -> None:
    """Rename a finished file to its target, durably: sync the file first, then the folders up to `root`."""
    to_disk(made)
    place.parent.mkdir(parents=True, exist_ok=True)
    _replace(made, place)
    to_disk(*(folder for folder in place.parents if folder.is_relative_to(root)))


def _replace(made: Path, place: Path) -> None:
    """Rename over a file; on Windows retry for a second while another program has it open."""
    for pause_s in _PAUSES_S if _WINDOWS else ():
        try:
            made.replace(place)
        except PermissionError:
            time.sleep(pause_s)
        else:
            return
    made.replace(place)


def swap_folder(made: Path, place: Path, aside: Path) -> None:
    """Rename the folder `made` to `place`, and an old one there to `aside`."""
    place.parent.mkdir(exist_ok=True)
    if place.exists():
        place.rename(aside)
    made.rename(place)
    to_disk(place.parent, place.parent.parent)


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Give a new folder in `folder`, removed afterwards. The caller holds the lock: any other is a dead process's."""
    for dead in folder.glob(f"{_STAGING}*"):
        remove_tree(dead)
    stage = Path(tempfile.mkdtemp(prefix=f"{_STAGING}{os.getpid()}-", dir=folder))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def locked(path: Path, busy: Callable[[], Exception] | None = None, *, again: bool = False) -> Iterator[None]:
    """Hold the lock file `path`; the system releases it when the process ends in any way.

    Args:
        path: The lock file; made if it is missing.
        busy: Makes the error where another holds it; None waits for it.
        again: Whether this process may hold it more than once.

    Raises:
        OSError: it cannot be made, or is a link.
        Exception: what `busy` makes.
    """
    import filelock  # not needed for reading

    lock = filelock.FileLock(path, timeout=-1 if busy is None else 0, is_singleton=again, thread_local=not again)
    try:
        lock.acquire()
    except filelock.Timeout:
        if busy is None:
            raise
        raise busy() from None
    try:
        yield
    finally:
        lock.release()
