"""`python -m tests.drill`: 30 days of hourly runs, 200 of them killed. `make drill`."""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from pathlib import Path

from tests.drill.drill import drill


def main() -> int:
    """Do the drill and say what was met; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--hours", type=int, default=30 * 24)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        log = drill(
            Path(folder), seed=args.seed, hours=args.hours, kills=args.kills,
            said=lambda line: print(line, file=sys.__stderr__, flush=True),
        )  # fmt: skip
    for name, number in sorted((log.troubles | log.killed_in).items()):
        print(f"{number:6}  {name}")
    print("\n".join(log.wrong) or f"{len(log.deployed)} deployed; the history is the world's, nothing was lost")
    return 1 if log.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
