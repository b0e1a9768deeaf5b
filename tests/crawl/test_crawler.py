"""What a crawl asks for, in waves, and that one source's surprise stays its own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from hf_providers.errors import HubNotFound
from hf_providers.hub import Hub, HubModel, Read, Settings
from pipeline.crawl import crawler as crawling
from pipeline.crawl import one_by_one
from pipeline.crawl.crawler import crawl, lacking
from pipeline.crawl.source_result import SourceResult
from pipeline.crawl.sources import hub_list, hub_model
from pipeline.replay import Fault, Faults, serve
from tests.run.runs import Clock, entry, facts, many, model, pages_asked


class Quiet:
    """Keeps who began and who finished."""

    def __init__(self) -> None:
        self.begun: Counter[tuple[str, str]] = Counter()
        self.done: Counter[tuple[str, str]] = Counter()
        self.read: dict[tuple[str, str], int] = {}

    def started(self, source: str, provider: str) -> None:
        self.begun[source, provider] += 1

    def advanced(self, source: str, provider: str, records: int) -> None:
        assert records >= self.read.get((source, provider), 0)
        self.read[source, provider] = records

    def finished(self, source_result: SourceResult) -> None:
        self.done[source_result.source, source_result.provider] += 1


def crawled(
    server: Any, *providers: str, progress: Quiet | None = None, **options: Any
) -> dict[tuple[str, str], SourceResult]:
    clock = Clock()
    settings = Settings(endpoint=server.url, router_url=server.url)
    with Hub(settings, clock=clock.clock, sleep=clock.sleep) as hub:
        return {(h.source, h.provider): h for h in crawl(hub, providers, progress or Quiet(), **options)}


def test_providers_are_discovered_wave_by_wave_and_each_is_asked_once() -> None:
    chain = [model(f"org/m{n}", entry(f"p{n}"), entry(f"p{n + 1}")) for n in range(4)]
    with serve(facts(*chain)) as server:
        found = crawled(server, "p0", "p0")
        assert sorted(pages_asked(server)) == [f"p{n}" for n in range(5)]
    listings = {provider: source_result for (source, provider), source_result in found.items() if source == "hub-list"}
    assert {provider: [o["model_id"] for o in h.offers] for provider, h in listings.items()} == {
        "p0": ["org/m0"],
        "p1": ["org/m0", "org/m1"],
        "p2": ["org/m1", "org/m2"],
        "p3": ["org/m2", "org/m3"],
        "p4": ["org/m3"],
    }


def test_named_providers_alone_are_asked_where_nothing_is_to_be_discovered() -> None:
    with serve(facts(model("org/a", entry("p0"), entry("p1")))) as server:
        crawled(server, "p0", discover=False)
        assert pages_asked(server) == ["p0"]


def test_whoever_begins_finishes_once_also_those_that_fail() -> None:
    progress, refused = Quiet(), Fault("status", "/api/models", provider="groq", status=403, times=None)
    with serve(facts(*many("novita", 250)), Faults(faults=(refused,)), max_page=100) as server:
        found = crawled(server, "novita", "groq", progress=progress)
    assert progress.begun == progress.done
    assert set(progress.done.values()) == {1}
    assert progress.read["hub-list", "novita"] == 250
    failed = found["hub-list", "groq"]
    assert (failed.result, failed.offers) == ("failed", [])
    assert failed.error
    assert failed.hint


def test_a_surprise_in_one_source_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = hub_list.rows

    def surprised(source_result: SourceResult, models: Any) -> None:
        if source_result.provider == "groq":
            raise KeyError("unforeseen")
        rows(source_result, models)

    monkeypatch.setattr(hub_list, "rows", surprised)
    with serve(facts(*many("novita", 2), *many("groq", 2))) as server:
        found = crawled(server, "novita", "groq")
    assert (found["hub-list", "groq"].result, found["hub-list", "groq"].error) == ("failed", "KeyError: 'unforeseen'")
    assert found["hub-list", "novita"].result == "ok"


def test_the_bytes_and_requests_of_a_source_are_counted() -> None:
    with serve(facts(*many("novita", 250)), max_page=100) as server:
        tally = crawled(server, "novita")["hub-list", "novita"].tally
    assert tally.requests == 3
    assert tally.bytes > 250 * len('{"id":"org-novita/m0"}')
    assert tally.started is not None
    assert tally.ended is not None
    assert tally.ended >= tally.started


def test_a_partner_without_a_page_has_registered_nothing() -> None:
    gone = Fault("status", "/api/partners/", status=404, times=None)
    with serve(facts(*many("novita", 1)), Faults(faults=(gone,))) as server:
        found = crawled(server, "novita")
    assert found["partner-mapping", "novita"].result == "skipped"


def test_a_page_that_is_gone_is_drift() -> None:
    gone = Fault("status", "/inference", status=404, times=None)
    with serve(facts(*many("novita", 1)), Faults(faults=(gone,))) as server:
        page = crawled(server, "novita")["inference-page", ""]
    assert (page.result, page.drift) == ("skipped", {"the page is gone": 1})


def offered(model_id: str, provider: str, task: str = "conversational") -> dict[str, str]:
    return {"model_id": model_id, "provider": provider, "task": task}


def test_models_to_look_up_are_unmapped_or_routed_but_not_listed() -> None:
    listing = SourceResult(
        "hub-list", "groq", offers=[offered("org/a", "groq"), offered("org/b", "groq", "text-to-image")]
    )
    listing.unmapped = {"org/unmapped"}
    broken = SourceResult("hub-list", "novita", result="failed", unmapped={"org/who-knows"})
    routed = [offered(m, "groq") for m in ("org/a", "org/b", "org/c")] + [offered("org/d", "novita")]
    assert lacking([listing, broken, SourceResult("router", offers=routed)]) == {"org/unmapped", "org/c"}, (
        "a list that has the model for another task has the model"
    )


def test_single_models_are_asked_for_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetch(_hub: Hub, model_id: str, _tally: object) -> Read[HubModel]:
        asked.append(model_id)
        raise HubNotFound("not found", "check the spelling")

    monkeypatch.setattr(hub_model, "fetch", fetch)
    monkeypatch.setattr(one_by_one, "MAX_SINGLE_MODELS", 3)
    wanted = {f"org/m{n}" for n in range(5)}
    with Hub(Settings()) as hub:
        first = one_by_one.crawl_models(hub, wanted, Quiet())
        second = one_by_one.crawl_models(hub, wanted, Quiet(), after=first.asked_to)
    assert asked == ["org/m0", "org/m1", "org/m2", "org/m3", "org/m4", "org/m0"], "the next run goes on behind the last"
    assert (first.waiting, second.waiting) == ({"org/m3", "org/m4"}, {"org/m1", "org/m2"})
    assert (first.result, first.drift["models left for the next run"]) == ("ok", 2)


def test_discovery_ends_at_a_bound_however_many_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawling, "MAX_PROVIDERS", 3)
    chain = [model(f"org/m{n}", entry(f"p{n}"), entry(f"p{n + 1}")) for n in range(5)]
    with serve(facts(*chain)) as server:
        crawled(server, "p0")
        assert sorted(pages_asked(server)) == ["p0", "p1", "p2"]
