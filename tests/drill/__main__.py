"""`python -m tests.drill`, a part of `make drill`.

A minute of hostile answers; 30 days of a real Hub's weather; 30 days of hourly runs, 200 of them killed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from pathlib import Path

from tests.drill.drill import drill
from tests.drill.weather import Weather, long
from tests.hub.fuzz import fuzz


def main() -> int:
    """Do the drill and say what was met; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--hours", type=int, default=30 * 24)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weather", type=int, default=30 * 24, help="hours of what a real Hub does to a run")
    parser.add_argument("--fuzz", type=float, default=60, help="seconds of hostile answers")
    args = parser.parse_args()
    _say(f"{fuzz(args.fuzz)} hostile answers, each read or refused")
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as quiet:
        with contextlib.redirect_stderr(quiet):
            place = Path(folder) / "weather"
            place.mkdir()
            weather = Weather(place, long(args.seed, args.weather), args.seed).run(_say)
        log = drill(Path(folder), seed=args.seed, hours=args.hours, kills=args.kills, said=_say)
    for name, number in sorted((log.troubles | log.killed_in | weather.met).items()):
        print(f"{number:6}  {name}")
    wrong = weather.wrong + log.wrong
    print("\n".join(wrong) or f"{len(log.deployed)} deployed; the history is the world's, nothing was lost")
    return 1 if wrong else 0


def _say(line: str) -> None:
    print(line, file=sys.__stderr__, flush=True)


if __name__ == "__main__":
    sys.exit(main())
