"""How long `hfp cost` takes, and how fast and in how much memory `hfp bill` prices a log, as ratios and rates.

    python -m tests.bench cost

The log is made up: requests of the last four weeks over priced routes of the snapshot that `hfp` would use.
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
from tests.bench.bench_hfp import Time, medians, peak_mib, piped

ROWS = 1_000_000
ROUTES = 200


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
                "time": f"{today - timedelta(days=number % 28 + 1):%Y-%m-%d}T{number % 24:02d}:11:12Z",
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
TIMES = 10
"""So many times is the long log as long as the short one."""


def write_parquet(log: Path, out: Path) -> None:
    """Write a log of JSON Lines as Parquet."""
    import duckdb

    duckdb.sql(f"SELECT * REPLACE (CAST(time AS TIMESTAMPTZ) AS time) FROM read_json('{log}')").write_parquet(str(out))


def best_s(command: list[str], runs: int = 3) -> float:
    """Processor time of the best of some runs."""
    return min(processor_s(command) for _ in range(runs))


def main() -> None:
    hfp = str(Path(sys.executable).with_name("hfp"))
    subprocess.run([sys.executable, "-m", "compileall", "-q", "hf_providers"], check=True)
    times: dict[str, Time] = {
        "pass": piped([sys.executable, "-c", "pass"], {}),
        "cost": piped([hfp, "cost", "deepseek-r1", "--in", "10M", "--out", "1M"], {}),
    }
    spent = medians(times)
    with tempfile.TemporaryDirectory() as folder:
        log, long, parquet = (Path(folder) / name for name in ("log.jsonl", "long.jsonl", "log.parquet"))
        write_log(log, ROWS, routes())
        write_parquet(log, parquet)
        with long.open("wb") as file:
            for _ in range(TIMES):
                file.write(log.read_bytes())
        bare_s, json_s = best_s([sys.executable, "-c", BARE, str(log)]), best_s([hfp, "bill", str(log)])
        sum_s, parquet_s = best_s([sys.executable, "-c", SUM, str(parquet)]), best_s([hfp, "bill", str(parquet)])
        peaks = [peak_mib([hfp, "bill", str(path)], {}) for path in (log, long)]
    print(f"`hfp cost` is a median, as a ratio to `python -c pass`; the log has {ROWS:,} requests; processor time\n")
    print("| cost | limit | measured |\n|---|---:|---:|")
    print(f"| `hfp cost deepseek-r1` into a pipe | 3.5 × | {spent['cost'] / spent['pass']:.2f} × |")
    print(f"| `hfp bill` of JSON Lines, to a bare `json.loads` loop | 2.6 × | {json_s / bare_s:.2f} × |")
    print(f"| `hfp bill` of Parquet, to DuckDB's own sum by the same groups | 2 × | {parquet_s / sum_s:.2f} × |")
    print(f"| `hfp bill`, rows a second of a core | 100,000 | {ROWS / json_s:,.0f} |")
    beyond = f"peak memory with {TIMES * ROWS:,} rows, beyond that with {ROWS:,}"
    print(f"| {beyond} | 20 MiB | {peaks[1] - peaks[0]:.1f} MiB |")
    print(f"| peak memory of `hfp bill` | | {peaks[1]:.1f} MiB |")


if __name__ == "__main__":
    main()
