"""`python -m tests.sync.killer CACHE URL URL`: syncs to and fro, killed when stdin says; a process without threads.

For each line `NUMBER SECONDS` a fork of it, which has everything imported already, syncs from one address, then the
other, until it is killed with SIGKILL after so long. Then `killed` is printed, or what ended it before.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from hf_providers.sync import sync


def to_and_fro(urls: list[str], cache: Path, first: int) -> None:
    """Sync until killed."""
    for number in itertools.count(first):
        sync(urls[number % 2], cache, force=True, environ={})


def killed(urls: list[str], cache: Path, first: int, delay_s: float) -> str:
    """Return how a fork that was killed so long after its start ended."""
    child = os.fork()
    if not child:
        try:
            to_and_fro(urls, cache, first)
        except BaseException:  # noqa: BLE001 told, and a fork must never return into its parent's loop
            traceback.print_exc()
        finally:
            os._exit(1)
    time.sleep(delay_s)  # the moment itself is what is drawn
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else f"ended with {os.waitstatus_to_exitcode(status)}"


def main() -> None:
    """Do what stdin says, a line at a time."""
    cache, *urls = sys.argv[1:]
    print("ready", flush=True)
    for line in sys.stdin:
        number, delay_s = line.split()
        print(killed(urls, Path(cache), int(number), float(delay_s)), flush=True)


if __name__ == "__main__":
    main()
