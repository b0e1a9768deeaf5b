"""How long the MCP server takes: to its first answer against importing the SDK, and to the next against `hfp --json`.

python -m tests.bench mcp
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

from tests.bench.bench_hfp import medians, piped
from tests.mcp.raw import RawClient

MODEL = "deepseek-ai/DeepSeek-R1"
CALLS = 50


def main() -> int:
    """Print the table, and return 1 where anything is above its limit."""
    hfp = str(Path(sys.executable).with_name("hfp"))
    spent = medians(
        {
            "import": piped([sys.executable, "-c", "import mcp.server"], {}),
            "--json": piped([hfp, MODEL, "--json"], {}),
            "first": lambda: first_answer(hfp),
        }
    )
    ratios = [
        ("`hfp mcp` to its first answer, to importing the SDK's server", 1.3, spent["first"] / spent["import"]),
        ("each further answer, to `hfp MODEL --json`", 1.0, further_answer(hfp) / spent["--json"]),
    ]
    print("| MCP | limit | measured |\n|---|---:|---:|")
    print("\n".join(f"| {what} | {limit:.1f} × | {ratio:.2f} × |" for what, limit, ratio in ratios))
    return int(any(ratio > limit for _, limit, ratio in ratios))


def first_answer(hfp: str) -> float:
    """Seconds from starting the server to the answer of a first call."""
    started = time.perf_counter()
    with RawClient([hfp, "mcp"], os.environ) as client:
        wrong, _ = client.call("offers", model=MODEL)
        spent = time.perf_counter() - started
    assert not wrong
    return spent


def further_answer(hfp: str) -> float:
    """Seconds that a running server takes for an answer: the median of many."""
    with RawClient([hfp, "mcp"], os.environ) as client:
        spent = []
        for _ in range(CALLS):
            started = time.perf_counter()
            client.call("offers", model=MODEL)
            spent.append(time.perf_counter() - started)
    return statistics.median(spent)


if __name__ == "__main__":
    sys.exit(main())
