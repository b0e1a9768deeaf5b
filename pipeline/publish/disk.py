"""Writing a folder so that it survives: one writer, staging, fsync before rename, refusals in plain words."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from pipeline.errors import DatasetError

NOT_PUBLISHED: Final = "nothing was published and what stands there is as it was"
_STAGING: Final = ".staging-"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_HELD: Final[set[Path]] = set()
"""Folders this process has locked. flock would refuse the same process a second time."""


@contextmanager
def lock(out: Path) -> Iterator[None]:
    """Hold `out` for this process, best from reading the last dataset until the next is published.

    It may be entered again. The kernel releases it when the process ends, however it ends.

    Raises:
        DatasetError: another process holds it, or the folder cannot be written.
    """
    out = out.resolve()
    if out in _HELD:
        yield
        return
    with _acquire(out) as handle:
        _HELD.add(out)
        try:
            yield
        finally:
            _HELD.discard(out)
            fcntl.flock(handle, fcntl.LOCK_UN)


def _acquire(out: Path) -> IO[str]:
    with plainly(out, NOT_PUBLISHED):
        out.mkdir(parents=True, exist_ok=True)
        handle = (out / ".lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            handle.truncate(0)
            handle.write(f"{os.getpid()}\n")
            handle.flush()
        except BlockingIOError:
            raise _held_elsewhere(out, handle) from None
        except OSError:
            handle.close()
            raise
        return handle


def _held_elsewhere(out: Path, handle: IO[str]) -> DatasetError:
    with handle:
        handle.seek(0)
        holder = handle.read(20).strip()
    return DatasetError(
        f"another run is publishing into {out} (pid {holder if holder.isdigit() else 'unknown'})",
        "wait for it to end, or publish into another folder",
    )


@contextmanager
def plainly(out: Path, state: str) -> Iterator[None]:
    """Turn what the disk refuses into a DatasetError that ends with `state`: what now stands in `out`."""
    try:
        yield
    except OSError as error:
        hint = "free some space" if error.errno in _FULL else "see that the folder can be written"
        raise DatasetError(f"cannot write {out}: {error.strerror or error}; {state}", f"{hint}, run again") from error
    except sqlite3.OperationalError as error:
        # The low byte is the primary code. Other codes are mistakes in a statement, not the disk's.
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise
        raise DatasetError(f"cannot write {out}: {error}; {state}", "free some space, run again") from error


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """A new folder in `out`, gone afterwards. The lock is held: any other there is of a run that died."""
    for dead in out.glob(f"{_STAGING}*"):
        shutil.rmtree(dead)
    stage = Path(tempfile.mkdtemp(prefix=f"{_STAGING}{os.getpid()}-", dir=out))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def move(made: Path, place: Path, root: Path) -> None:
    """Rename a finished file to its place, durably: the file first, then the folders from there to `root`."""
    sync(made)
    place.parent.mkdir(parents=True, exist_ok=True)
    made.replace(place)
    sync(*(folder for folder in place.parents if folder.is_relative_to(root)))


def swap_folder(made: Path, place: Path, aside: Path) -> None:
    """Rename the folder `made` to `place`, and what stood there to `aside`."""
    place.parent.mkdir(exist_ok=True)
    if place.exists():
        place.rename(aside)
    made.rename(place)
    sync(place.parent, place.parent.parent)


def sync(*paths: Path) -> None:
    """Have the files and folders on the disk before returning."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
