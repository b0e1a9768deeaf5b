"""kill -9 at any moment of a sync: the dataset before or the one after, never another, and it opens."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hf_providers.sync.update import sync
from tests.sync.served import Served
from tests.sync.whole import files, whole

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("HFP_KILLS", "40"))
"""`make drill` kills 200 times."""

STEPS = 400
"""More steps on the disk than one sync of the tests' dataset takes, fewer than three do."""


class Killer:
    """A process that syncs between two addresses into one folder, killed when it is told to be."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert self._line() == "ready\n"

    def _line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def kill(self, first: int, when: str) -> None:
        """Have a sync from address `first` on killed `after` so many seconds or `at` a step on the disk."""
        assert self.process.stdin
        self.process.stdin.write(f"{first} {when}\n")
        self.process.stdin.flush()
        assert self._line() == "killed\n"


@contextmanager
def killing(cache: Path, urls: list[str]) -> Iterator[Killer]:
    """Give a killer, ended at the end."""
    command = [sys.executable, "-m", "tests.sync.killer", str(cache), *urls]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        yield Killer(process)


def test_killed_at_random_moments_it_is_old_or_new(served: Served, versions: tuple[Path, Path], tmp_path: Path) -> None:
    served.folder = versions[0].parent
    urls = [served.url.replace("/manifest", f"/{folder.name}/manifest") for folder in versions]
    both = {whole(folder)["version"] for folder in versions}
    cache, moments = tmp_path / "cache", random.Random(20260226)
    begun = time.monotonic()
    for url in (*urls, urls[0]):
        sync(url, cache, force=True, environ={})
    one_s = (time.monotonic() - begun) / 3
    midway, seen = 0, set()
    with killing(cache, urls) as killer:
        for number in range(KILLS):
            timed = number % 4 == 0
            killer.kill(
                number, f"after {moments.uniform(0, 1.5 * one_s)}" if timed else f"at {moments.randint(1, STEPS)}"
            )
            manifest = whole(cache)
            assert manifest["version"] in both
            seen.add(manifest["version"])
            midway += left_over(cache, manifest)
    assert midway >= KILLS // 10, "hardly a kill fell into the middle of a sync"
    assert seen == both, "no sync got to its end between two kills"


def left_over(cache: Path, manifest: dict[str, Any]) -> bool:
    """Whether there is anything of a sync that did not come to its end."""
    named = {"manifest.json", *(file["path"] for file in manifest["files"])}
    return (cache / ".parts").exists() or files(cache) != named
