"""Since when an offer is there and as it is: from histories that were added to, in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from hf_providers.catalog.schema import OFFERS
from hf_providers.hub import Settings
from pipeline.assemble import tables
from pipeline.backfill.merge import backfill, merged
from pipeline.crawl.progress import reporter
from pipeline.errors import DatasetError
from pipeline.history import offer_dates
from pipeline.history.record import caught_up, observations, record, speaking
from pipeline.publish import dataset
from pipeline.replay import serve
from pipeline.run import run
from tests.run.runs import entry, facts, model, priced

RUN = datetime(2026, 2, 26, 11, tzinfo=UTC)
HEADER = "observed_at,source,model,provider,status,input_usd_per_mtok,output_usd_per_mtok,context_length,note\n"


def offer(**more: Any) -> dict[str, Any]:
    stated = {
        "model_id": "o/m",
        "provider": "p",
        "task": "conversational",
        "provider_model_id": "own",
        "status": "live",
        "readiness": "cold",
        "type": "single-model",
        "input_usd_per_mtok": Decimal("0.5"),
        "output_usd_per_mtok": Decimal(1),
        "price_source": "hub-list",
        "first_seen_at": RUN,
        "changed_at": RUN,
        "stale": False,
    }
    return dict.fromkeys(OFFERS.column_names) | stated | more


def day(number: int) -> datetime:
    return RUN - timedelta(days=number)


def seen(number: int, **values: Any) -> Any:
    """A recording from so many days before the run."""
    row = speaking(tables.from_rows(OFFERS, [offer(**values)]))
    return observations(row, frozenset(), day(number))


DEAR = {"input_usd_per_mtok": Decimal(3)}


@pytest.mark.parametrize(
    ("recordings", "changed"),
    [
        ([(3, {}), (2, {}), (1, {})], 3),
        ([(3, DEAR), (2, {}), (1, {})], 2),
        ([(3, {"status": "staging"}), (2, {}), (1, {})], 2),
        ([(3, {}), (2, {}), (1, DEAR)], 0),
    ],
)
def test_the_order_of_backfills_does_not_matter(recordings: list[tuple[int, Any]], changed: int) -> None:
    first = record(caught_up(None), tables.from_rows(OFFERS, [offer()]), {"p"}, RUN)
    for order in permutations(recordings):
        offers, before = tables.from_rows(OFFERS, [offer()]), first
        for number, values in order:
            after, _ = merged(before, [seen(number, **values)])
            offers = offer_dates.first_seen(offer_dates.unchanged(offers, before, after, {"p": RUN}), after)
            before = after
        (row,) = tables.to_rows(offers)
        assert (row["first_seen_at"], row["changed_at"]) == (day(3), day(changed))


def test_what_a_run_saw_change_stands_though_no_history_has_it() -> None:
    known = record(caught_up(None), tables.from_rows(OFFERS, [offer()]), {"p"}, RUN)
    later = RUN + timedelta(hours=1)
    other = tables.from_rows(OFFERS, [offer(adapter="lora", changed_at=later)])
    before = record(known, other, {"p"}, later)
    after, _ = merged(before, [seen(1)])
    (row,) = tables.to_rows(offer_dates.unchanged(other, before, after, {"p": later}))
    assert row["changed_at"] == later


def test_what_was_observed_after_the_run_is_not_about_its_values() -> None:
    rows = tables.from_rows(OFFERS, [offer()])
    before = record(caught_up(None), rows, {"p"}, RUN)
    after, _ = merged(before, [seen(-5, **DEAR)])
    (row,) = tables.to_rows(offer_dates.unchanged(rows, before, after, {"p": RUN}))
    assert row["changed_at"] == RUN


def test_an_offer_that_does_not_speak_for_its_route_keeps_its_times() -> None:
    rows = tables.from_rows(OFFERS, [offer(), offer(provider_model_id="rule", type="tag-filter")])
    before = record(caught_up(None), rows, {"p"}, RUN)
    after, _ = merged(before, [seen(2)])
    found = tables.to_rows(offer_dates.first_seen(offer_dates.unchanged(rows, before, after, {"p": RUN}), after))
    assert {row["type"]: (row["first_seen_at"], row["changed_at"]) for row in found} == {
        "single-model": (day(2), day(2)),
        "tag-filter": (RUN, RUN),
    }


@pytest.mark.slow
def test_a_backfill_dates_the_offers_and_a_later_run_keeps_that(tmp_path: Path) -> None:
    out, listed = tmp_path / "data", facts(model("o/m", entry("novita", providerDetails=priced(0.5, 1))))
    crawl(out, listed, RUN)
    csv = tmp_path / "old.csv"
    csv.write_text(HEADER + "2025-12-01T00:00:00Z,someone@1,o/m,novita,live,3,4,,\n")
    backfill(out, [csv])
    assert times(out) == (datetime(2025, 12, 1, tzinfo=UTC), RUN)
    crawl(out, listed, RUN + timedelta(hours=1))
    assert times(out) == (datetime(2025, 12, 1, tzinfo=UTC), RUN)
    crawl(out, facts(model("o/other", entry("novita"))), RUN + timedelta(hours=2))
    crawl(out, listed, RUN + timedelta(hours=3))
    assert times(out) == (datetime(2025, 12, 1, tzinfo=UTC), RUN + timedelta(hours=3)), "it came back"


def crawl(out: Path, listed: Any, moment: datetime) -> None:
    with serve(listed) as server, reporter() as progress:
        run(out, Settings(endpoint=server.url, router_url=server.url), progress, observed_at=moment)


def times(out: Path) -> tuple[datetime, datetime]:
    found = dataset.load(out)
    assert found is not None
    (row,) = (row for row in tables.to_rows(found.table("offers")) if row["model_id"] == "o/m")
    return row["first_seen_at"], row["changed_at"]


def test_where_no_dataset_is_a_backfill_leaves_no_folder(tmp_path: Path) -> None:
    csv = tmp_path / "old.csv"
    csv.write_text(HEADER + "2025-12-01T00:00:00Z,someone@1,o/m,novita,live,3,4,,\n")
    with pytest.raises(DatasetError, match="there is no dataset"):
        backfill(tmp_path / "nowhere", [csv])
    assert not (tmp_path / "nowhere").exists()
