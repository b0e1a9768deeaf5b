"""How long `hfp cost` takes, and how fast and in how much memory `hfp bill` prices a log, as ratios and rates.

    python -m tests.bench cost

The log is made up: requests over the priced routes of the snapshot that `hfp` would use, at times within its history.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hf_providers.catalog.database import open_snapshot
from tests.bench.bench_hfp import Time, medians, peak_mib, piped

ROWS = 1_000_000
ROUTES = 200


def routes() -> list[tuple[str, str, str]]:
    """Some priced routes of the snapshot, and the day since which they have a price."""
    sql = (
        "SELECT model_id, provider, substr(max(valid_from), 1, 10) FROM price_history WHERE valid_to IS NULL"
        " AND input_usd_per_mtok IS NOT NULL AND task = 'conversational' GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?"
    )
    with open_snapshot(None, os.environ) as catalog:
        return [(model, provider, day) for model, provider, day in catalog.query(sql, (ROUTES,))]


def write_log(path: Path, rows: int, served: Sequence[tuple[str, str, str]]) -> None:
    chance = random.Random(3)
    with path.open("w") as file:
        for number in range(rows):
            model, provider, day = served[number % len(served)]
            said = {
                "time": f"{int(day[:4]) + 1}-12-{number % 28 + 1:02d}T{number % 24:02d}:11:12Z",
                "model": model,
                "provider": provider,
                "input_tokens": chance.randint(1, 9999),
                "output_tokens": chance.randint(1, 999),
            }
            file.write(json.dumps(said) + "\n")


def processor_s(command: list[str]) -> float:
    """Processor time of one run: what it takes of a core, however busy the others keep the machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[:500]
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    hfp = str(Path(sys.executable).with_name("hfp"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "hf_providers"], check=True)
    times: dict[str, Time] = {
        "pass": piped([sys.executable, "-c", "pass"], {}),
        "cost": piped([hfp, "cost", "deepseek-r1", "--in", "10M", "--out", "1M"], {}),
    }
    spent = medians(times)
    with tempfile.TemporaryDirectory() as folder:
        whole, tenth = Path(folder) / "whole.jsonl", Path(folder) / "tenth.jsonl"
        served = routes()
        write_log(whole, ROWS, served)
        write_log(tenth, ROWS // 10, served)
        started = time.perf_counter()
        busy_s = processor_s([hfp, "bill", str(whole)])
        wall_s = time.perf_counter() - started
        peaks = [peak_mib([hfp, "bill", str(path)], {}) for path in (tenth, whole)]
    print(f"`hfp cost` is a median, as a ratio to `python -c pass`; the log has {ROWS:,} requests\n")
    print("| cost | limit | measured |\n|---|---:|---:|")
    print(f"| `hfp cost deepseek-r1` into a pipe | 3.5 × | {spent['cost'] / spent['pass']:.2f} × |")
    print(f"| `hfp bill`, rows a second of a core | 100,000 | {ROWS / busy_s:,.0f} |")
    print(f"| `hfp bill`, rows a second from start to end | | {ROWS / wall_s:,.0f} |")
    print(f"| peak memory with {ROWS:,} rows, to that with a tenth | 1.05 × | {peaks[1] / peaks[0]:.2f} × |")
    print(f"| peak memory of `hfp bill` | | {peaks[1]:.1f} MiB |")


if __name__ == "__main__":
    main()
