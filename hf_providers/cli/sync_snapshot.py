"""Sync with a progress bar on a terminal, and errors in the form of `hfp`."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path

from hf_providers.cli.exits import NETWORK, NO_SNAPSHOT, USAGE, Stop
from hf_providers.errors import BadAddress, SyncError
from hf_providers.sync.update import Synced, sync

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


def synced(url: str, folder: str, *, force: bool, check: bool) -> Synced:
    """Sync, and return what was done.

    Raises:
        Stop: nothing was taken over.
    """
    try:
        with _shown() as progress:
            return sync(url, Path(folder), force=force, check=check, progress=progress, environ=os.environ)
    except BadAddress as error:
        raise Stop(USAGE, str(error), error.hint) from None
    except SyncError as error:
        raise Stop(NO_SNAPSHOT if error.local else NETWORK, str(error), error.hint) from None


def _shown() -> AbstractContextManager[Callable[[int, int], None] | None]:
    """Return a context with the progress callback: a bar on a terminal's stderr, otherwise None."""
    if not sys.stderr.isatty():
        return nullcontext()
    return _bar()


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("sync"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("sync", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
