"""A second Ctrl-C ends the process at once: Python itself handles the first only when its own code runs again."""

from __future__ import annotations

import os
from _thread import start_new_thread

INTERRUPTED = 130
_SIGINT = 2


def end_at_second() -> None:
    """Watch for the second Ctrl-C outside the main thread, which may be waiting in a library.

    Only for a process of its own: it ends without cleaning up, which is safe for everything that we write.
    """
    import _signal  # type: ignore[import-not-found] # `signal` itself imports enum, which an answer does without

    reader, writer = os.pipe()
    if hasattr(os, "set_blocking"):  # Windows has it for pipes from Python 3.12 on, and takes one that waits, too
        os.set_blocking(writer, False)
    try:
        _signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    except ValueError:  # not the main thread: then it is no process of its own
        return
    start_new_thread(_watch, (reader,))


def _watch(reader: int) -> None:
    heard = 0
    while signals := os.read(reader, 64):
        heard += signals.count(_SIGINT)
        if heard > 1:
            os._exit(INTERRUPTED)
