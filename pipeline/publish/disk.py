"""Publishing into a folder: one writer at a time, and the disk's errors in plain words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from hf_providers import files
from pipeline.errors import DatasetError

NOT_PUBLISHED: Final = "nothing was published, and the folder is as it was"
_LOCK: Final = ".lock"


@contextmanager
def lock(out: Path) -> Iterator[None]:
    """Lock `out` for this process, from reading the last dataset until the next is published.

    It may be entered again. The lock file names the process that holds it.

    Raises:
        DatasetError: another process holds it, or the folder cannot be written.
    """
    out = out.resolve()
    with ExitStack() as held:
        with plainly(out, NOT_PUBLISHED):
            out.mkdir(parents=True, exist_ok=True)
            held.enter_context(files.locked(out / _LOCK, lambda: _held_elsewhere(out), again=True))
            with files.open_own(out / _LOCK, "r+") as handle:
                handle.truncate()
                handle.write(f"{os.getpid()}\n")
        yield


def _held_elsewhere(out: Path) -> DatasetError:
    holder = files.read(out / _LOCK, 20).decode("ascii", "replace").strip()
    return DatasetError(
        f"another run is publishing into {out} (pid {holder if holder.isdigit() else 'unknown'})",
        "wait for it to end, or publish into another folder",
    )


@contextmanager
def plainly(out: Path, state: str) -> Iterator[None]:
    """Turn an error of the disk into a DatasetError that ends with `state`: what `out` now holds."""
    try:
        yield
    except OSError as error:
        message = f"cannot write {out}: {error.strerror or error}; {state}"
        raise DatasetError(message, f"{files.advice(error)}, run again") from error
    except sqlite3.OperationalError as error:
        # The low byte is the primary code. Other codes are errors in a statement, not of the disk.
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise
        raise DatasetError(f"cannot write {out}: {error}; {state}", "free some space, run again") from error
