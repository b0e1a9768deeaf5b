"""How fast and in how much memory `hfp bill` prices a log, as ratios to what any program that reads it has to do.

    python -m tests.bench cost

The log is made up: requests of the last seven weeks over priced routes of the snapshot that `hfp` would use.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hf_providers.catalog.locate import open_snapshot
from tests.bench.bench_hfp import peak_mib

ROWS = 1_000_000
ROUTES, DAYS = 200, 49
"""They have no common factor, so that each route has requests on each day: nearly 10,000 groups."""


def routes() -> list[tuple[str, str]]:
    """Some routes of the snapshot that have a price today."""
    sql = (
        "SELECT model_id, provider FROM price_history WHERE valid_to IS NULL AND output_usd_per_mtok IS NOT NULL"
        " AND input_usd_per_mtok IS NOT NULL AND task = 'conversational' GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?"
    )
    with open_snapshot(None, os.environ) as catalog:
        return [(model, provider) for model, provider in catalog.query(sql, (ROUTES,))]


def write_log(path: Path, rows: int, served: Sequence[tuple[str, str]]) -> None:
    chance, today = random.Random(3), datetime.now(UTC)
    with path.open("w") as file:
        for number in range(rows):
            model, provider = served[number % len(served)]
            said = {
                "time": f"{today - timedelta(days=number % DAYS + 1):%Y-%m-%d}T{number % 24:02d}:11:12Z",
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


BARE = "import json, sys\nfor line in open(sys.argv[1]):\n    json.loads(line)"
"""What any program that reads the log has to do."""
SUM = (
    'import duckdb, sys\nduckdb.sql(f"SELECT model, provider, CAST(time AS DATE), count(*), sum(input_tokens),'
    " sum(output_tokens) FROM '{sys.argv[1]}' GROUP BY ALL\").fetchall()"
)
"""DuckDB's own sum of what a bill adds up, by the same groups."""
RUNS, TIMES = 3, 10
"""So many runs count, and so many times is the long log as long as the short one."""


def write_parquet(log: Path, out: Path) -> None:
    """Write a log of JSON Lines as Parquet."""
    import duckdb

    duckdb.sql(f"SELECT * REPLACE (CAST(time AS TIMESTAMPTZ) AS time) FROM read_json('{log}')").write_parquet(str(out))


def best_s(command: list[str]) -> float:
    """Processor time of the best of some runs."""
    return min(processor_s(command) for _ in range(RUNS))


def main() -> int:
    hfp = str(Path(sys.executable).with_name("hfp"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "hf_providers"], check=True)
    with tempfile.TemporaryDirectory() as folder:
        log, long, parquet = (Path(folder) / name for name in ("log.jsonl", "long.jsonl", "log.parquet"))
        served = routes()
        write_log(log, ROWS, served)
        write_parquet(log, parquet)
        with long.open("wb") as file:
            for _ in range(TIMES):
                file.write(log.read_bytes())
        bare_s, json_s = best_s([sys.executable, "-c", BARE, str(log)]), best_s([hfp, "bill", str(log)])
        sum_s, parquet_s = best_s([sys.executable, "-c", SUM, str(parquet)]), best_s([hfp, "bill", str(parquet)])
        peaks = [peak_mib([hfp, "bill", str(path)], {}) for path in (log, long)]
    print(f"{ROWS:,} requests of {len(served)} routes on {DAYS} days; processor time, the best of {RUNS}")
    print(f"{ROWS / json_s:,.0f} rows of JSON Lines a second of a core; peak memory {peaks[1]:.1f} MiB\n")
    return report(json_s / bare_s, parquet_s / sum_s, peaks[1] - peaks[0])


def report(json_ratio: float, parquet_ratio: float, grown_mib: float) -> int:
    """Print the table, and return 1 where anything is above its limit."""
    rows = [
        ("`hfp bill` of JSON Lines, to a bare `json.loads` loop", 2.6, json_ratio, "×"),
        ("`hfp bill` of Parquet, to DuckDB's own sum by the same groups", 2.0, parquet_ratio, "×"),
        (f"peak memory with {TIMES * ROWS:,} rows, beyond that with {ROWS:,}", 20.0, grown_mib, "MiB"),
    ]
    print("| bill | limit | measured |\n|---|---:|---:|")
    print("\n".join(f"| {what} | {limit:.1f} {unit} | {found:.2f} {unit} |" for what, limit, found, unit in rows))
    above = [what for what, limit, found, _ in rows if found > limit]
    print(f"\nabove the limit: {', '.join(above)}" if above else "\nall within their limits")
    return 1 if above else 0


if __name__ == "__main__":
    sys.exit(main())
