"""What changed: against a log written out by hand, against `price_changes`, and the feed against its own rules."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from hf_providers.catalog import query_views
from hf_providers.catalog.schema import CHANGE_KINDS, CHANGES, TABLES
from pipeline.assemble import tables
from pipeline.backfill.merge import merged, read
from pipeline.history.changes import changes
from pipeline.publish import report
from pipeline.publish.queries import QUERIES
from pipeline.replay import serve
from tests.dataset_samples import row
from tests.run.runs import Pipe, entry, facts, model, priced

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
T0 = datetime(2026, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"
Rows = list[dict[str, Any]]


def interval(table: str, begin: float, end: float | None, **values: Any) -> dict[str, Any]:
    """An interval of one route, in hours after T0."""
    known = {"model_id": "o/m", "provider": "p", "task": "conversational", "source": "hub-list"}
    known |= {"status": "live"} if table == "status_history" else {}
    times = {
        "valid_from": T0 + begin * HOUR,
        "valid_to": None if end is None else T0 + end * HOUR,
        "last_observed_at": T0 + begin * HOUR,
    }
    return row(table, **(known | times | values))


def seen(provider: str, hours: float) -> dict[str, Any]:
    facts_known = {"kind": "serverless", "models": 1, "live_offers": 1, "active": True, "stale": False}
    return row("providers", provider=provider, first_seen=T0 + hours * HOUR, **facts_known)


def changed(status: Rows = (), prices: Rows = (), providers: Rows = ()) -> Rows:  # type: ignore[assignment]
    given = {"price_history": prices, "status_history": status, "providers": providers or [seen("p", 0)]}
    found = changes(**{name: tables.from_rows(TABLES[name], rows) for name, rows in given.items()})
    assert tables.conform(CHANGES, found).equals(found), "sorted, unique and in its declared schema"
    return tables.to_rows(found)


def brief(rows: Rows) -> list[tuple[Any, ...]]:
    names = ("kind", "provider", "model_id", "before", "after", "times")
    return [((r["changed_at"] - T0) / HOUR, *(r[n] for n in names)) for r in rows]


# --- the table ------------------------------------------------------------------------------------------------------


def test_what_stays_the_same_changes_nothing() -> None:
    assert changed([interval("status_history", 0, None)], [interval("price_history", 0, None)]) == []


def test_offers_come_go_and_come_back() -> None:
    found = changed(
        [
            interval("status_history", 0, None),
            interval("status_history", 5, 7, model_id="o/new", status="staging"),
            interval("status_history", 9, None, model_id="o/new"),
            interval("status_history", 5, None, model_id="o/recorded", source="a/b@1"),
        ]
    )
    assert brief(found) == [
        (5, "added", "p", "o/new", None, "staging", 1),
        (7, "gone", "p", "o/new", "staging", None, 1),
        (9, "returned", "p", "o/new", "staging", "live", 1),
    ]
    assert [(r["source_before"], r["source"]) for r in found] == [
        (None, "hub-list"),
        ("hub-list", None),
        ("hub-list", "hub-list"),
    ]


def test_providers_come_and_go_with_their_offers() -> None:
    status = [
        interval("status_history", 0, None),
        interval("status_history", 5, 8, provider="q"),
        interval("status_history", 5, 9, provider="q", model_id="o/n"),
        interval("status_history", 20, None, provider="q"),
        interval("status_history", 6, None, provider="known-before"),
    ]
    found = changed(status, providers=[seen("p", 0), seen("q", 5), seen("known-before", 0)])
    assert [b for b in brief(found) if b[1].startswith("provider")] == [
        (5, "provider_added", "q", None, None, "2 routes", 1),
        (9, "provider_gone", "q", None, "1 route", None, 1),
        (20, "provider_added", "q", None, None, "1 route", 1),
    ]
    assert Counter(r["kind"] for r in found) == {"provider_added": 2, "provider_gone": 1, "gone": 2, "returned": 1}


def test_each_value_that_is_another_one_is_a_change_of_its_own() -> None:
    found = changed(
        [
            interval("status_history", 0, 30, context_length=1000, supports_tools=True),
            interval("status_history", 30, None, context_length=2000, supports_tools=False, status="error"),
        ]
    )
    assert brief(found) == [
        (30, "context", "p", "o/m", "1000", "2000", 1),
        (30, "status", "p", "o/m", "live", "error", 1),
        (30, "tools", "p", "o/m", "true", "false", 1),
    ]


@pytest.mark.parametrize(("source", "counts"), [("hub-list", 1), ("models-page", 0)])
def test_what_another_source_does_not_say_is_no_change(source: str, counts: int) -> None:
    history = [
        interval("status_history", 0, 30, source=source),
        interval("status_history", 30, None, context_length=1000),
    ]
    assert len(changed(history)) == counts


def test_flapping_within_a_day_is_one_row_and_another_day_is_another() -> None:
    states = ["live", "error", "live", "error", "live"]
    history = [
        interval("status_history", hour, end, status=status, supports_tools=status == "live")
        for hour, end, status in zip((1, 6, 12, 23, 25), (6, 12, 23, 25, None), states, strict=True)
    ]
    found = changed(history)
    assert brief(found) == [
        (23, "status", "p", "o/m", "live", "error", 3),
        (23, "tools", "p", "o/m", "true", "false", 3),
        (25, "status", "p", "o/m", "error", "live", 1),
        (25, "tools", "p", "o/m", "false", "true", 1),
    ]


def test_a_price_is_told_exactly_and_so_is_one_that_nobody_states_any_more() -> None:
    def usd(given: str, taken: str) -> dict[str, Decimal]:
        return {"input_usd_per_mtok": Decimal(given), "output_usd_per_mtok": Decimal(taken)}

    prices = [
        interval("price_history", 0, 1, **usd("0.000000001", "10")),
        interval("price_history", 1, 2),
        interval("price_history", 2, 3, source="router", **usd("0", "0")),
        interval("price_history", 3, 4, **usd("20", "0.5")),
    ]
    found = changed(prices=prices)
    assert [(r["before"], r["after"], r["percent"], r["source_before"], r["source"]) for r in found] == [
        ("0.000000001 / 10", None, None, "hub-list", "hub-list"),
        ("0.000000001 / 10", "0 / 0", -100.0, "hub-list", "router"),
        ("0 / 0", "20 / 0.5", None, "router", "hub-list"),
    ]


@pytest.fixture(scope="module")
def histories() -> dict[str, pa.Table]:
    """The histories that all recordings make."""
    if not CAPTURES.is_dir():
        pytest.skip("the folder of recordings is not beside the repository")
    files = [*CAPTURES.glob("hub-list-2026-02/*.json"), *CAPTURES.glob("price-observations/*.csv")]
    observations = [o for path in files for o in read(path, None, datetime(2026, 11, 1, tzinfo=UTC))[0].observations]
    none = {name: tables.empty(TABLES[name]) for name in ("price_history", "status_history", "measurements")}
    return merged(none, observations)[0] | {"providers": tables.empty(TABLES["providers"])}


def test_price_changes_of_the_recordings_are_those_of_the_view(histories: dict[str, pa.Table]) -> None:
    names = ("price_history", "status_history", "providers")
    found = [r for r in tables.to_rows(changes(*(histories[n] for n in names))) if r["kind"] == "price"]
    with duckdb.connect() as connection:
        connection.register("price_history", histories["price_history"])
        query_views.add_views(connection, QUERIES)
        said = connection.execute(
            "SELECT epoch_us(changed_at), provider, model_id, task, blended_percent, source_before, source"
            " FROM price_changes ORDER BY 1, 2, 3, 4"
        ).fetchall()
    ours = [(round(r["changed_at"].timestamp() * 1e6), *(r[n] for n in CHANGES.column_names[2:5])) for r in found]
    assert ours == [s[:4] for s in said]
    assert [r["percent"] for r in found] == pytest.approx([s[4] for s in said])
    assert [(r["source_before"], r["source"]) for r in found] == [s[5:] for s in said]
    assert len(found) > 40


LISTS = {
    "models-2026-02-23T1423-97c7b1e.json": datetime(2026, 2, 23, 13, 23, 8, tzinfo=UTC),
    "models-2026-02-26T0308-2a28f2c.json": datetime(2026, 2, 26, 2, 8, 33, tzinfo=UTC),
    "models-2026-02-26T1227-8f91cbd.json": datetime(2026, 2, 26, 11, 27, 29, tzinfo=UTC),
}
CUT = {"fal-ai", "replicate", "wavespeed", "featherless-ai", "hf-inference"}
"""Of these the recordings hold only some offers: absence says nothing."""


def routes_in(name: str) -> set[tuple[str, str, str]]:
    """The routes that a recording lists, as plain JSON has them."""
    return {
        (listed["id"], said["provider"], said["task"])
        for listed in json.loads((CAPTURES / "hub-list-2026-02" / name).read_text())
        for said in listed.get("inferenceProviderMapping", [])
        if said["provider"] not in CUT
    }


def test_what_came_and_went_between_recordings_is_what_comparing_them_finds(histories: dict[str, pa.Table]) -> None:
    names = ("price_history", "status_history", "providers")
    ours: dict[tuple[str, datetime], set[tuple[str, str, str]]] = defaultdict(set)
    for r in tables.to_rows(changes(*(histories[n] for n in names))):
        if r["provider"] not in CUT:
            ours[r["kind"], r["changed_at"]].add((r["model_id"], r["provider"], r["task"]))
    moves = 0
    for before, (after, moment) in zip(LISTS, list(LISTS.items())[1:], strict=False):
        left, came = routes_in(before) - routes_in(after), routes_in(after) - routes_in(before)
        assert ours["gone", moment] == left
        assert ours["added", moment] | ours["returned", moment] == came
        moves += len(left) + len(came)
    assert moves > 10


# --- what is told of it ---------------------------------------------------------------------------------------------


def change(kind: str = "price", provider: str = "novita", hours: float = 0, **values: Any) -> dict[str, Any]:
    known = {"kind": kind, "provider": provider, "model_id": "o/m", "task": "conversational", "times": 1}
    return dict.fromkeys(CHANGES.column_names) | known | {"changed_at": T0 + hours * HOUR} | values


def test_the_line_counts_each_kind_by_provider() -> None:
    rows = [change(), change(), change(provider="together")]
    rows += [change("added")] * 5 + [change("gone", "groq")] * 2 + [change("provider_gone", "nebius", model_id=None)]
    assert report.line(rows, ["fal-ai"]) == (
        "3 prices changed (novita 2, together 1), 5 offers added (novita 5), 2 gone (groq 2),"
        " 1 provider gone (nebius); fal-ai stale"
    )
    assert report.line([]) == "nothing changed"
    assert report.line([], ["b", "a"]) == "nothing changed; a stale; b stale"


def test_every_kind_is_told_in_the_line_and_on_the_page() -> None:
    for kind in CHANGE_KINDS:
        assert report.line([change(kind)]).startswith("1 ")
        assert f"### {kind.replace('_', ' ')}" in report.markdown([change(kind)])


HOSTILE = "o/<script>|`x`[a](http://b)\x1b[31m\u202e\x00"


def test_the_page_shows_names_as_they_are_and_nothing_of_them_is_markup() -> None:
    page = report.markdown([change(model_id=HOSTILE, before="1 / 2", after=None, percent=-12.345)])
    (line,) = [line for line in page.splitlines() if "script" in line]
    assert line == r"| novita | o/&lt;script&gt;\|\`x\`\[a\](http://b)\[31m | 1 / 2 | — | -12.3 % |"


def test_what_changed_and_changed_back_is_not_told_as_a_change_to_itself() -> None:
    rows = [
        change("tools", before="false", after="false", times=2),
        change("tools", before="true", after="false", times=3, model_id="o/n"),
    ]
    feed = ET.fromstring(report.as_atom(tables.from_rows(CHANGES, rows), T0))
    assert text(feed.findall(ATOM + "entry")[0], "content").splitlines() == [
        "o/m on novita: false, changed 2 times that day, now as before",
        "o/n on novita: true → false changed 3 times that day",
    ]
    assert "| novita | o/m | false | false | changed 2 times that day, now as before |" in report.markdown(rows)


def test_a_long_table_says_how_many_more_there_are() -> None:
    page = report.markdown([change()] * (report.LINES + 3))
    assert page.count("| novita |") == report.LINES
    assert page.endswith("… and 3 more\n")


def test_the_changes_of_a_run_are_those_since_the_version_before() -> None:
    table = tables.from_rows(CHANGES, [change(hours=h, model_id=f"o/{h}") for h in (1, 2, 3)])
    assert [r["model_id"] for r in report.since(table, T0 + 2 * HOUR)] == ["o/3"]
    assert report.since(table, None) == []


def test_json_is_a_listing() -> None:
    document = json.loads(report.as_json([change(hours=1, before="0.1 / 0.2")], T0, T0 + HOUR))
    assert document["columns"] == list(document["rows"][0]) == list(CHANGES.column_names)
    assert document["rows"][0]["changed_at"] == document["checked_at"] == "2026-02-01T01:00:00Z"
    assert document["since"] == "2026-02-01T00:00:00Z"
    assert document["summary"] == "1 price changed (novita 1)"


def feed_of(rows: Rows) -> ET.Element:
    return ET.fromstring(report.as_atom(tables.from_rows(CHANGES, rows), T0))


def text(element: ET.Element, tag: str) -> str:
    (found,) = element.findall(ATOM + tag)
    assert found.text
    return found.text


def test_the_feed_is_valid_atom() -> None:
    rows = [change(hours=h, model_id=f"o/{h}") for h in range(50)] + [change("gone", "groq", 49, model_id=HOSTILE)]
    feed = feed_of(rows)
    entries = feed.findall(ATOM + "entry")
    assert feed.tag == f"{ATOM}feed"
    assert text(feed.find(f"{ATOM}author"), "name")  # type: ignore[arg-type]
    for element in (feed, *entries):
        assert text(element, "id").startswith("urn:uuid:")
        assert text(element, "title")
        assert datetime.fromisoformat(text(element, "updated")).tzinfo == UTC
    moments = [text(entry, "updated") for entry in entries]
    assert moments == sorted(moments, reverse=True)
    assert text(feed, "updated") == moments[0]
    assert len({text(entry, "id") for entry in entries}) == len(entries) == 4, "three days of prices, one of absence"
    gone = next(entry for entry in entries if "gone" in text(entry, "title"))
    assert text(gone, "content").startswith("o/<script>|`x`[a](http://b)[31m on groq")


def test_an_entry_keeps_its_id_while_its_day_goes_on_and_the_feed_does_not_grow_without_end() -> None:
    early, later = feed_of([change(hours=1)]), feed_of([change(hours=1), change(hours=2, model_id="o/n")])
    one, other = (found.find(f"{ATOM}entry") for found in (early, later))
    assert one is not None
    assert other is not None
    assert text(one, "id") == text(other, "id")
    assert text(one, "updated") < text(other, "updated")
    many = feed_of([change(hours=24 * day) for day in range(report.FEED_ENTRIES + 5)])
    assert len(many.findall(f"{ATOM}entry")) == report.FEED_ENTRIES


def test_an_entry_counts_all_of_its_day_and_lists_some() -> None:
    (entry_,) = feed_of([change("gone", model_id=f"o/{n}") for n in range(12_345)]).findall(f"{ATOM}entry")
    assert text(entry_, "title") == "12345 gone (novita 12345)"
    assert len(text(entry_, "content").splitlines()) == report.LINES + 1
    assert text(entry_, "content").endswith("… and 12325 more")


def test_a_feed_without_changes_has_the_time_it_was_made() -> None:
    assert text(feed_of([]), "updated") == "2026-02-01T00:00:00Z"


def test_a_run_publishes_what_changed_since_the_run_before(pipe: Pipe) -> None:
    for moment, usd in (("2026-02-26T11:00:00Z", 2), ("2026-02-26T12:00:00Z", 3)):
        served = facts(model("o/m", entry(providerDetails=priced(1, usd))), at=moment)
        with serve(served) as server:
            assert pipe.run(server) == 0
    document = json.loads((pipe.out / "latest" / "changes.json").read_text())
    assert document["summary"] == "1 price changed (novita 1)"
    assert document["since"] == "2026-02-26T11:00:00Z"
    (row_,) = document["rows"]
    assert (row_["before"], row_["after"], row_["percent"]) == ("1 / 2", "1 / 3", 20.0)
    (published,) = pipe.rows("changes")
    assert published["changed_at"] == datetime(2026, 2, 26, 12, tzinfo=UTC)


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipe:
    """The pipeline in this process, publishing into a folder of the test."""
    return Pipe(monkeypatch, tmp_path)
