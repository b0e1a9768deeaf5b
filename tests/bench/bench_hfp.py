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
DATA = Path(__file__).resolve().parents[2] / "data"
SYNTHETIC_MODELS = 200_000
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], capture_output=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Run from a small process, because a child's peak begins with that of what started it."""
Time = Callable[[], float]


ANSWER, NOTHING = "hfp deepseek-r1", "hfp nobody/nothing"
LIMITS = {
    ANSWER: 2.2,
    "hfp deepseek-r1 --json": 2.5,
    "hfp deepsek-r1": 2.5,
    "hfp __complete deepseek-r": 1.7,
    "hfp models": 2.2,
    "hfp providers": 3.0,
    "hfp providers --compare deepseek-r1": 3.0,
    "hfp need deepseek-r1": 3.0,
    "hfp run deepseek-r1": 3.0,
    "hfp cost deepseek-r1 --in 10M --out 1M": 3.0,
    "hfp history deepseek-r1": 3.0,
    "hfp info": 3.0,
    NOTHING: 3.0,
    "hfp --help": 3.0,
}
"""Commands that write into a pipe, and how many times as long as `python -c pass` each may take."""
SQL, DUCKDB = 'hfp sql "SELECT 1"', "import duckdb; duckdb.connect()"
SQL_LIMIT = 1.5


def main() -> int:
    hfp = str(Path(sys.executable).with_name("hfp"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "hf_providers"], check=True)
    with open_snapshot(None, os.environ) as small, tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "catalog.sqlite"
        enlarge(small, large, SYNTHETIC_MODELS)
        chosen = {"HFP_SNAPSHOT": small.path}
        grown = {"HFP_SNAPSHOT": str(large)}
        times: dict[str, Time] = {
            "pass": piped([sys.executable, "-c", "pass"], chosen),
            "terminal": on_terminal([hfp, "deepseek-r1"], chosen),
            "large": piped([hfp, "deepseek-r1"], grown),
            SQL: piped([hfp, "sql", "SELECT 1"], {"HFP_SNAPSHOT": str(DATA)}),
            DUCKDB: piped([sys.executable, "-c", DUCKDB], chosen),
        }
        times |= {typed: piped([hfp, *typed.split()[1:]], chosen, int(typed == NOTHING)) for typed in LIMITS}
        spent = medians(times)
        peak = peak_mib([hfp, "deepseek-r1"], chosen)
    return report(spent, peak)


def medians(times: dict[str, Time]) -> dict[str, float]:
    """The median of each, taken in turns so that a busy machine is unfair to none; the first round warms the caches."""
    rounds = [{name: run() for name, run in times.items()} for _ in range(ROUNDS + 1)][1:]
    return {name: statistics.median(one[name] for one in rounds) for name in times}


def piped(command: list[str], environment: dict[str, str], code: int = 0) -> Time:
    def run() -> float:
        started = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, env=os.environ | environment)
        spent = time.perf_counter() - started
        assert done.returncode == code, (command, done.stderr)
        return spent

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


def report(spent: dict[str, float], peak: float) -> int:
    """Print the table, and return 1 where anything is above its limit."""
    bare = spent["pass"]
    rows = [(f"`{typed}`", limit, spent[typed] / bare, "×") for typed, limit in LIMITS.items()]
    rows += [
        ("`hfp deepseek-r1` on a terminal", 8.0, spent["terminal"] / bare, "×"),
        (f"with {SYNTHETIC_MODELS:,} synthetic models, to the small catalog", 1.3, spent["large"] / spent[ANSWER], "×"),
        (f"`{SQL}`, to `{DUCKDB}`", SQL_LIMIT, spent[SQL] / spent[DUCKDB], "×"),
        ("peak memory of `hfp deepseek-r1`", 25.0, peak, "MiB"),
    ]
    print(f"whole processes, medians of {ROUNDS}, as ratios to `python -c pass` ({bare * 1000:.0f} ms)\n")
    print("| `hfp` | limit | measured |\n|---|---:|---:|")
    print("\n".join(f"| {what} | {limit:.1f} {unit} | {found:.2f} {unit} |" for what, limit, found, unit in rows))
    above = [what for what, limit, found, _ in rows if found > limit]
    print(f"\nabove the limit: {', '.join(above)}" if above else "\nall within their limits")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
