"""Show a watched model: in place on a terminal, a line for each change in a pipe, or the whole state as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from hf_providers.cli import output, status_view
from hf_providers.live.offers_now import differences, offer_key
from hf_providers.rules.readiness import spoken
from hf_providers.text import clean, folded, rounded, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.row_types import OfferRow
    from hf_providers.live.offers_now import Live
    from hf_providers.live.watch import Seen


def on_terminal(color: str, before: Sequence[OfferRow], first: Seen, rest: Iterator[Seen]) -> None:
    """Show the newest state in place, and what went wrong since, until interrupted."""
    from rich.console import Console
    from rich.live import Live as InPlace
    from rich.text import Text

    last = first.live
    with InPlace(console=Console(highlight=False), auto_refresh=False) as area:
        for seen in chain([first], rest):
            last = seen.live or last
            text = "\n".join(screen_lines(output.Screen(color), last, before, seen))
            area.update(Text.from_ansi(text, no_wrap=True, overflow="crop"), refresh=True)


def screen_lines(screen: output.Screen, last: Live | None, before: Sequence[OfferRow], seen: Seen) -> list[str]:
    """Return the screen's lines: the last known state, and when it is refreshed next."""
    state = status_view.lines(screen, last, before) if last else []
    again = f"again in {seen.wait_s:.0f} s · Ctrl-C ends"
    if seen.error is None:
        return [*state, "", screen.style("dim", again)]
    wrong = folded(clean(str(seen.error)), screen.cells)
    return [*state, "", *(screen.style("red", line) for line in wrong), screen.style("dim", again)]


def as_json(catalog: Catalog, before: Sequence[OfferRow], first: Seen, rest: Iterator[Seen]) -> None:
    """Print each state on a line of its own; what went wrong as `{"error": …}`."""
    for seen in chain([first], rest):
        document = {"error": str(seen.error)} if seen.live is None else status_view.as_json(catalog, seen.live, before)
        print(json.dumps(document, default=str), flush=True)


def as_lines(first: Seen, rest: Iterator[Seen]) -> None:
    """Print the state at the beginning, an offer a line, and from then on a line for each change."""
    last: list[OfferRow] = []
    wrong = ""
    for seen in chain([first], rest):
        if seen.live is None:
            now = clean(str(seen.error))
            if now != wrong:
                print(f"{_now()} error: {now}", flush=True)
            wrong = now
            continue
        wrong = ""
        for line in changed(last, seen.live.offers):
            print(f"{seen.live.observed_at} {clean(line)}", flush=True)
        last = seen.live.offers


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def changed(before: Sequence[OfferRow], after: Sequence[OfferRow]) -> Iterator[str]:
    """Yield a line for each offer that is new, differs, or is gone."""
    rows = {offer_key(row): row for row in after}
    for key, old in differences(before, after).items():
        name = f"{key[0]} {key[1]}"
        row = rows.get(key)
        if row is None:
            yield f"{name}: gone"
        elif old == {"status": None}:
            yield f"{name}: {_state(row)}"
        elif texts := status_view.changes(old, row):
            yield f"{name}: {_state(row)} ({texts})"


def _state(row: OfferRow) -> str:
    ready = spoken(row) if row["status"] == "live" else f"{row['readiness']} ({row['status']})"
    speeds = (
        (row["throughput_tps"], f"{rounded(row['throughput_tps'])} tok/s"),
        (row["ttft_ms"], f"TTFT {seconds(row['ttft_ms'])}"),
        (row["request_latency_ms"], f"latency {seconds(row['request_latency_ms'])}"),
    )
    return ", ".join([ready, *(text for value, text in speeds if value is not None)])
