"""kill -9 at any moment of a sync: the dataset before or the one after, never another, and it opens."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from tests.sync.served import Served
from tests.sync.whole import files, whole

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("HFP_KILLS", "20"))
"""`make drill` kills 200 times."""

BACK_AND_FORTH = """
import itertools, sys
from pathlib import Path
from hf_providers.sync import sync
print("ready", flush=True)
for number in itertools.count(int(sys.argv[3])):
    sync(sys.argv[1 + number % 2], Path(sys.argv[4]), force=True, environ={})
"""


def killed_after(urls: list[str], cache: Path, first: int, delay_s: float) -> None:
    """Sync to and fro, killed so long after it began."""
    command = [sys.executable, "-c", BACK_AND_FORTH, *urls, str(first), str(cache)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            process.wait(timeout=delay_s)
        except subprocess.TimeoutExpired:
            process.kill()
    assert process.returncode == -9


def test_killed_at_random_moments_it_is_old_or_new(served: Served, versions: tuple[Path, Path], tmp_path: Path) -> None:
    served.folder = versions[0].parent
    urls = [served.url.replace("/manifest", f"/{folder.name}/manifest") for folder in versions]
    both = {whole(folder)["version"] for folder in versions}
    cache, moments = tmp_path / "cache", random.Random(20260226)
    begun = time.monotonic()
    killed_after(urls, cache, 0, 2.0)
    one_s = min(2.0, (time.monotonic() - begun) / 4)
    midway, seen = 0, set()
    for number in range(KILLS):
        killed_after(urls, cache, number, moments.uniform(0, one_s))
        manifest = whole(cache)
        assert manifest["version"] in both
        seen.add(manifest["version"])
        midway += (cache / ".parts").exists() or files(cache) != {
            "manifest.json",
            *(file["path"] for file in manifest["files"]),
        }
    assert midway > 0, "no kill fell into the middle of a sync"
    assert seen == both, "no sync got to its end between two kills"
