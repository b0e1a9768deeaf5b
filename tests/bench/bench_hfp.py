"""How long `hfp` takes from start to end: medians of whole processes, as ratios to `python -c pass`; and its memory.

    python -m tests.bench hfp

The snapshot is the one that `hfp` would use. The large catalog holds it and synthetic models named after its own; no
figure of those was ever observed.
"""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hf_providers.catalog.locate import open_snapshot
from tests.bench.bench_search import enlarge

ROUNDS = 15
SYNTHETIC_MODELS = 200_000
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Run from a small process, because a child's peak begins with that of what started it."""
Time = Callable[[], float]


def main() -> None:
    hfp = str(Path(sys.executable).with_name("hfp"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "hf_providers"], check=True)
    with open_snapshot(None, os.environ) as small, tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "catalog.sqlite"
        enlarge(small, large, SYNTHETIC_MODELS)
        chosen = {"HFP_SNAPSHOT": small.path}
        grown = {"HFP_SNAPSHOT": str(large)}
        times: dict[str, Time] = {
            "python -c pass": piped([sys.executable, "-c", "pass"], chosen),
            "deepseek-r1": piped([hfp, "deepseek-r1"], chosen),
            "--json": piped([hfp, "deepseek-r1", "--json"], chosen),
            "terminal": on_terminal([hfp, "deepseek-r1"], chosen),
            "typo": piped([hfp, "deepsek-r1"], chosen),
            "large": piped([hfp, "deepseek-r1"], grown),
            "completion": piped([hfp, "__complete", "deepseek-r"], chosen),
        }
        spent = medians(times)
        peak = peak_mib([hfp, "deepseek-r1"], chosen)
    report(spent, peak)


def medians(times: dict[str, Time]) -> dict[str, float]:
    """The median of each, taken in turns so that a busy machine is unfair to none; the first round warms the caches."""
    rounds = [{name: run() for name, run in times.items()} for _ in range(ROUNDS + 1)][1:]
    return {name: statistics.median(one[name] for one in rounds) for name in times}


def piped(command: list[str], environment: dict[str, str]) -> Time:
    def run() -> float:
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=os.environ | environment)
        return time.perf_counter() - started

    return run


def on_terminal(command: list[str], environment: dict[str, str]) -> Time:
    def run() -> float:
        ours, theirs = pty.openpty()
        started = time.perf_counter()
        with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=os.environ | environment) as process:
            os.close(theirs)
            drain(ours)
        spent = time.perf_counter() - started
        os.close(ours)
        assert process.returncode == 0, process.returncode
        return spent

    return run


def drain(terminal: int) -> bytes:
    """All that is written to a terminal, until nobody has it open for writing."""
    read = b""
    try:
        while part := os.read(terminal, 1 << 16):
            read += part
    except OSError:  # Linux says so where others say that it has ended
        pass
    return read


def peak_mib(command: list[str], environment: dict[str, str]) -> float:
    said = subprocess.check_output([sys.executable, "-c", PEAK, *command], env=os.environ | environment)
    return int(said) / 1024


def report(spent: dict[str, float], peak: float) -> None:
    bare = spent["python -c pass"]
    rows = [
        ("`hfp deepseek-r1` into a pipe", "3.0 ×", f"{spent['deepseek-r1'] / bare:.2f} ×"),
        ("`hfp deepseek-r1 --json` into a pipe", "3.0 ×", f"{spent['--json'] / bare:.2f} ×"),
        ("`hfp deepseek-r1` on a terminal", "8.0 ×", f"{spent['terminal'] / bare:.2f} ×"),
        ("`hfp deepsek-r1`, a typo", "5.0 ×", f"{spent['typo'] / bare:.2f} ×"),
        ("completion of `deepseek-r`", "3.0 ×", f"{spent['completion'] / bare:.2f} ×"),
        (
            f"with {SYNTHETIC_MODELS:,} synthetic models, to the small catalog",
            "1.3 ×",
            f"{spent['large'] / spent['deepseek-r1']:.2f} ×",
        ),
        ("peak memory of `hfp deepseek-r1`", "25 MiB", f"{peak:.1f} MiB"),
    ]
    print(f"whole processes, medians of {ROUNDS}, as ratios to `python -c pass` ({bare * 1000:.0f} ms)\n")
    print("| `hfp` | limit | measured |\n|---|---:|---:|")
    print("\n".join(f"| {what} | {limit} | {measured} |" for what, limit, measured in rows))


if __name__ == "__main__":
    main()
