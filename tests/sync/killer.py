"""`python -m tests.sync.killer CACHE URL URL`: syncs to and fro, killed when stdin says; a process without threads.

For each line `NUMBER after SECONDS` or `NUMBER at STEP` a fork of it, which has everything imported already, syncs from
one address, then the other, until it is killed with SIGKILL: after so long, or before its so-manieth step on the disk,
because what matters most there takes no time. Then `killed` is printed, or what ended it before.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from hf_providers.sync.update import sync

STEPS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree"}
"""Audit events of what a sync does on the disk."""


def die_at(step: int) -> None:
    """Kill this very process before its so-manieth step on the disk."""
    left = itertools.count(step - 1, -1)

    def watch(event: str, _: object) -> None:
        if event in STEPS and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def to_and_fro(urls: list[str], cache: Path, first: int) -> None:
    """Sync until killed."""
    for number in itertools.count(first):
        sync(urls[number % 2], cache, force=True, environ={})


def killed(urls: list[str], cache: Path, first: int, *, step: int | None, after_s: float) -> str:
    """Return how a fork that was to be killed at that step, else after so long, ended."""
    child = os.fork()
    if not child:
        try:
            if step is not None:
                die_at(step)
            to_and_fro(urls, cache, first)
        except BaseException:  # noqa: BLE001 told, and a fork must never return into its parent's loop
            traceback.print_exc()
        finally:
            os._exit(1)
    if step is None:
        time.sleep(after_s)  # the moment itself is what is drawn
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else f"ended with {os.waitstatus_to_exitcode(status)}"


def main() -> None:
    """Do what stdin says, a line at a time."""
    cache, *urls = sys.argv[1:]
    print("ready", flush=True)
    for line in sys.stdin:
        number, how, when = line.split()
        step = int(when) if how == "at" else None
        print(killed(urls, Path(cache), int(number), step=step, after_s=float(when)), flush=True)


if __name__ == "__main__":
    main()
