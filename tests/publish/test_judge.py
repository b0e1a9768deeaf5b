"""When an answer is too small or too large to be true, and what becomes of a provider that the Hub refuses to list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.publish.judge import Healthy, Verdict, judge, judge_others

NOW = datetime(2026, 2, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sizes(verdict: Verdict) -> dict[str, int]:
    return {provider: known.listed_offers for provider, known in verdict.healthy.items()}


def test_first_run_takes_everything():
    verdict = judge({"novita": 80, "groq": 0}, {}, NOW)
    assert verdict.good == {"novita", "groq"}
    assert verdict.refused is None
    assert sizes(verdict) == {"novita": 80, "groq": 0}


@pytest.mark.parametrize(
    ("before", "now", "taken"),
    [(80, 64, True), (80, 63, False), (11, 2, True), (12, 2, False), (300, 0, False), (5, 0, True)],
)
def test_a_drop_below_80_percent_and_of_10_offers_counts_as_failed(before, now, taken):
    verdict = judge({"a": now, "b": 1000}, {"a": Healthy(before), "b": Healthy(1000)}, NOW)
    assert ("a" in verdict.good) is taken
    assert ("a" in verdict.stale) is not taken
    assert (sizes(verdict)["a"], verdict.healthy["a"].low_since) == ((now, None) if taken else (before, NOW))


def test_a_failed_crawl_is_stale_and_compares_with_the_same_next_time():
    verdict = judge({"a": None, "b": 10}, {"a": Healthy(300), "b": Healthy(10)}, NOW)
    assert verdict.stale == {"a": "its crawl failed"}
    assert verdict.healthy["a"] == Healthy(300)
    assert verdict.refused is None, "one provider alone never holds back the others"


def test_a_listing_that_stays_low_for_72_hours_and_12_looks_is_the_new_truth():
    known = {"a": Healthy(40), "b": Healthy(100)}
    for look in range(12):
        verdict = judge({"a": 5, "b": 100}, known, NOW + look * 6 * HOUR)
        assert "a" in verdict.stale
        known = verdict.healthy
    few = {"a": Healthy(40, NOW, low_looks=2), "b": Healthy(100)}
    assert "a" in judge({"a": 5, "b": 100}, few, NOW + 100 * HOUR).stale, "three looks are too few"
    settled = judge({"a": 5, "b": 100}, known, NOW + 72 * HOUR)
    assert "a" in settled.good
    assert sizes(settled)["a"] == 5
    again = judge({"a": 5, "b": 100}, settled.healthy, NOW + 73 * HOUR)
    assert (again.stale, again.warnings) == ({}, [])


def test_a_loss_of_a_little_an_hour_is_seen_against_the_last_day():
    # 19 % an hour: never below 80 % of the run before.
    known, taken = {"a": Healthy(1000), "b": Healthy(1000)}, []
    for hour, count in enumerate((1000, 810, 656, 531, 430, 348)):
        verdict = judge({"a": count, "b": 1000}, known, NOW + hour * HOUR)
        taken.append("a" in verdict.good)
        known = verdict.healthy
    # medians: 1000, 905 of (1000, 810), of which 656 is 72 %
    assert taken == [True, True, False, False, False, False]


def test_a_failure_in_between_does_not_restart_the_clock_and_recovery_does():
    low = judge({"a": 5, "b": 100}, {"a": Healthy(40), "b": Healthy(100)}, NOW).healthy
    failed = judge({"a": None, "b": 100}, low, NOW + timedelta(hours=50)).healthy
    assert failed["a"].low_since == NOW
    recovered = judge({"a": 40, "b": 100}, failed, NOW + timedelta(hours=60)).healthy
    assert (recovered["a"].listed_offers, recovered["a"].low_since, recovered["a"].low_looks) == (40, None, 0)


def test_below_80_percent_overall_nothing_is_published():
    before = {"a": Healthy(100), "b": Healthy(100), "c": Healthy(100)}
    verdict = judge({"a": 10, "b": None, "c": 100}, before, NOW)
    assert verdict.refused == "100 of 300 offers listed, under 80%; missing: a, b"


def test_accepted_drops_are_taken_and_recorded():
    verdict = judge({"a": 10, "b": 10}, {"a": Healthy(100), "b": Healthy(100)}, NOW, accept_drop=True)
    assert verdict.good == {"a", "b"}
    assert verdict.accepted_drop
    assert verdict.refused is None


def looked(count: int, hours_ago: int = 1) -> Healthy:
    return Healthy(count, looks=((NOW - hours_ago * HOUR, count),))


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [(looked(80), 2080, True), (looked(100), 201, True), (looked(100), 200, False), (looked(20), 70, False),
     (looked(20), 71, True), (looked(80, 49), 2080, False), (Healthy(80), 2080, False)],
)  # fmt: skip
def test_a_surge_is_held_for_one_confirming_run(before, now, held):
    first = judge({"a": now}, {"a": before}, NOW)
    assert ("a" in first.surged) is held
    assert first.good == {"a"}, "what was known of it is read all the same"
    if not held:
        return
    assert sizes(first)["a"] == before.listed_offers
    confirmed = judge({"a": now}, first.healthy, NOW + HOUR)
    assert (confirmed.surged, confirmed.accepted_surge) == ({}, {"a": NOW})
    assert sizes(confirmed)["a"] == now
    assert judge({"a": now}, confirmed.healthy, NOW + 2 * HOUR).surged == {}
    back = judge({"a": before.listed_offers}, first.healthy, NOW + HOUR)
    assert (back.surged, back.accepted_surge, back.healthy["a"].surged_since) == ({}, {}, None)
    assert judge({"a": now}, {"a": before}, NOW, accept_jump=True).accepted_surge == {"a": NOW}


def refusing(hours: list[int], known: dict[str, Healthy], other: int | None = 100) -> Verdict:
    for hour in hours:
        verdict = judge({"a": None, "b": other}, known, NOW + hour * HOUR, refusing={"a"})
        known = verdict.healthy
    return verdict


def test_a_provider_that_is_refused_in_12_runs_over_72_hours_ended_at_the_first_refusal():
    known = {"a": Healthy(40), "b": Healthy(100)}
    assert "a" in refusing(list(range(0, 72, 6)), known).stale, "12 runs, but 66 hours"
    assert "a" in refusing([0, 24, 48, 72, 96], known).stale, "96 hours, but 5 runs"
    ended = refusing([*range(0, 72, 6), 72], known)
    assert ended.ended == {"a": NOW}
    assert "a" in ended.good
    assert ended.stale == {}
    after = judge({"a": None, "b": 100}, ended.healthy, NOW + 80 * HOUR, refusing={"a"})
    assert (after.ended, after.stale, after.refused) == ({"a": NOW}, {}, None)
    back = judge({"a": 40, "b": 100}, ended.healthy, NOW + 80 * HOUR)
    assert (back.ended, back.good, back.healthy["a"].refusals) == ({}, {"a", "b"}, 0)


def test_failures_of_another_kind_are_no_refusals():
    known = refusing([0, 6], {"a": Healthy(40), "b": Healthy(100)}).healthy
    down = judge({"a": None, "b": 100}, known, NOW + 100 * HOUR)
    assert down.stale == {"a": "its crawl failed"}
    assert (down.healthy["a"].refused_since, down.healthy["a"].refusals) == (NOW, 2)
    nobody = refusing([0], {"a": Healthy(40), "b": Healthy(100)}, other=None)
    assert nobody.healthy["a"].refusals == 0, "nobody else answered either"


def test_a_provider_that_never_had_an_offer_is_unknown_and_no_failure():
    verdict = judge({"a": None, "b": 100}, {"b": Healthy(100)}, NOW, refusing={"a"})
    assert (verdict.unknown, verdict.stale) == ({"a"}, {})


def test_the_rule_of_drops_holds_for_every_source():
    verdict = judge({"b": 100}, {"b": Healthy(100)}, NOW)
    place = ("router", "")
    judge_others(verdict, {place: 8}, {place: Healthy(24)}, NOW)
    assert verdict.small == {place: "router states 8 offers, 24 before: dropped too far"}
    assert verdict.sizes[place].low_since == NOW
    judge_others(verdict, {place: 20}, {place: Healthy(24)}, NOW)
    assert verdict.sizes[place].listed_offers == 20


def test_nothing_listed_at_all_is_refused():
    assert judge({"a": None}, {}, NOW).refused
    assert judge({"a": 0}, {}, NOW).refused


def test_a_provider_that_listed_nothing_and_is_refused_makes_no_run_partial():
    verdict = judge({"a": None, "b": 100}, {"a": Healthy(0), "b": Healthy(100)}, NOW, refusing={"a"})
    assert (verdict.unknown, verdict.stale, verdict.warnings) == ({"a"}, {}, [])


def test_an_end_is_told_once():
    known = refusing([*range(0, 72, 6)], {"a": Healthy(40), "b": Healthy(100)}).healthy
    told = [verdict.warnings for verdict in (refusing([72], known), refusing([72, 73], known))]
    assert [len(warnings) for warnings in told] == [1, 0]


def test_empty_listings_of_others_do_not_prove_that_the_hub_answers():
    known = {"a": Healthy(40), "b": Healthy(0)}
    assert judge({"a": None, "b": 0}, known, NOW, refusing={"a"}).healthy["a"].refusals == 0
