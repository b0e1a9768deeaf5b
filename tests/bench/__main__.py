"""`python -m tests.bench [NAME…]`: run the named benchmarks, or all; each prints one Markdown table.

It ends with 1 where one of them says that a figure is above its limit, after all of them were run.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(wanted: list[str]) -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    if unknown := sorted(set(wanted) - set(names)):
        print(f"no benchmark is called {', '.join(unknown)}\nchoose from {', '.join(names)}", file=sys.stderr)
        return 2
    codes = [import_module(f"tests.bench.bench_{name}").main() for name in wanted or names]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
