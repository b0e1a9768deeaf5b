"""Give memory back to the system between the stages of a run."""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa


def share_one_allocator() -> None:
    """Let Arrow take its memory from the C library, so that `release_freed` returns what Arrow has freed, too."""
    pa.set_memory_pool(pa.system_memory_pool())


def release_freed() -> None:
    """Return freed memory to the system.

    The C library keeps what a thread of the crawl has freed for that thread alone: the stages after it would come on
    top. Where the C library is another one, nothing is done.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
