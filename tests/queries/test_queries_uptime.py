"""The queries about uptime: hours worked out by hand, from looks and intervals in hours after T0."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.publish import queries
from pipeline.site.history import COUNTS
from tests.dataset_samples import row
from tests.queries.query_rows import HOUR, T0, Rows, ask, connected, interval, made

LOOKS = (0, 10, 20, 60, 70)
"""At most a day apart from 0 to 20 and from 60 to 70: of the 40 hours between nothing is known."""


def runs(*hours: float, result: str = "ok", provider: str = "p", source: str = "hub-list") -> Rows:
    """Runs that asked a source about a provider."""
    counts = dict.fromkeys(("requests", "bytes", "records", "quarantined", "duration_ms"), 1)
    said: dict[str, Any] = {"source": source, "provider": provider, "result": result, "origin": "hub"}
    return [row("runs", run_at=T0 + hour * HOUR, **said, **counts) for hour in hours]


def status(begin: int, end: int | None, seen: int, model_id: str = "o/m", **values: Any) -> dict[str, Any]:
    return interval("status_history", begin, end, seen, model_id=model_id, **({"status": "live"} | values))


def uptime(history: Rows, looked: Rows, since: float = -1000, until: float = 1000) -> dict[str, tuple[float, ...]]:
    """Hours known, hours live and the share by model."""
    window = ", ".join(f"'{(T0 + hours * HOUR).isoformat()}'" for hours in (since, until))
    with connected(made(status_history=history, runs=looked)) as connection:
        found = ask(connection, f"FROM uptime({window})")
    return {f["model_id"]: (f["known_hours"], f["live_hours"], f["live_share"]) for f in found}


def test_time_counts_between_looks_at_most_a_day_apart() -> None:
    history = [
        status(0, None, 70, "o/always"),  # 20 - 0 and 70 - 60
        status(0, 60, 20, "o/failed"),  # 20 - 0 live
        status(60, None, 70, "o/failed", status="error"),  # 70 - 60 not
        status(0, 10, 0, "o/gone"),  # 10 - 0; the look at 10 did not find it
        status(60, None, 60, "o/gone"),  # and nothing after its last look
        status(20, 60, 20, "o/once"),  # 60 is more than a day after 20
    ]
    assert uptime(history, runs(*LOOKS)) == {
        "o/always": (30, 30, 1),
        "o/failed": (30, 20, pytest.approx(20 / 30)),
        "o/gone": (10, 10, 1),
    }


def test_equal_looks_give_equal_times_however_often_the_row_was_cut() -> None:
    cut = [
        status(0, 10, 0, "o/cut", supports_tools=True),
        status(10, 60, 20, "o/cut", supports_tools=False),
        status(60, 70, 60, "o/cut", supports_tools=True),
        status(70, None, 70, "o/cut", supports_tools=False),
    ]
    found = uptime([status(0, None, 70, "o/whole"), *cut], runs(*LOOKS))
    assert found == {"o/whole": (30, 30, 1), "o/cut": (30, 30, 1)}


def test_a_window_cuts_what_is_known() -> None:
    found = uptime([status(0, None, 70)], runs(*LOOKS), since=5, until=65)
    assert found == {"o/m": (20, 20, 1)}  # 20 - 5 and 65 - 60


def test_a_gap_of_a_day_is_known_and_a_longer_one_is_not() -> None:
    assert uptime([status(0, None, 49)], runs(0, 24, 49)) == {"o/m": (24, 24, 1)}
    assert uptime([status(0, None, 50)], runs(0, 25, 50)) == {}


def test_a_failed_run_or_another_source_or_provider_is_no_look() -> None:
    others = [
        *runs(20, result="failed"),
        *runs(21, result="stale"),
        *runs(20, source="router"),
        *runs(20, provider="q"),
    ]
    assert uptime([status(0, None, 40)], [*runs(0, 40), *others]) == {}
    assert uptime([status(0, None, 40)], [*runs(0, 40), *runs(20)]) == {"o/m": (40, 40, 1)}


def test_a_row_that_a_list_began_or_ended_is_the_trace_of_a_look() -> None:
    begun, gone = status(10, None, 10, "o/begun"), status(0, 20, 10, "o/gone")
    elsewhere = status(10, None, 10, "o/elsewhere", source="someone/else@1")
    assert uptime([status(0, None, 10), begun], []) == {"o/m": (10, 10, 1)}
    assert uptime([status(0, None, 10), elsewhere], []) == {}
    assert uptime([status(0, None, 20), gone], []) == {"o/m": (20, 20, 1), "o/gone": (20, 20, 1)}


def test_both_queries_say_the_rule_in_the_words_of_the_pages() -> None:
    notes = [queries.read(queries.QUERIES / f"{name}.sql").notes for name in ("status_known", "uptime")]
    assert [COUNTS.rstrip(".") in note for note in notes] == [True, True]
