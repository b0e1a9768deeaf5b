"""One value of a stranger: whatever it is, it costs itself, its record or its file, and the rest is read."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hf_providers.errors import HubBadAnswer
from hf_providers.hub import read_inference_page, read_models, read_router
from pipeline.crawl.sources import architectures
from tests.hub import hostile
from tests.hub.hostile import DOCUMENTS, HOSTILE, Document, check_or_refuse, check_target, places, put


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_hostile_value_anywhere_costs_no_neighbour(document: Document) -> None:
    for way in places(document.spoiled):
        for value in HOSTILE:
            check_or_refuse(document, put(document.spoiled, way, value))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first text loads a table of characters
@given(hostile.spoiled())
def test_hostile_values_and_keys_cost_no_neighbour(case: tuple[Document, Any]) -> None:
    check_or_refuse(*case)


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "http://xn--a/", "http://[::1", "http://\x00/", "//\u202e/", "http:///x", "", "?"]
)
def test_an_address_that_is_none_is_one_designed_error(target: str) -> None:
    check_target(target)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_any_address_is_followed_or_refused(target: str) -> None:
    check_target(target)


def test_a_number_of_thousands_of_digits_costs_its_field() -> None:
    body = b'[{"id": "a/b", "likes": ' + b"9" * 5000 + b', "downloads": 3}]'
    read = read_models(body)
    assert [(model.likes, model.downloads) for model in read.records] == [(None, 3)]
    assert [problem.field for problem in read.problems] == ["likes"]


def test_a_price_of_400_digits_costs_its_price() -> None:
    body = b'{"data": [{"id": "a/b", "providers": [{"provider": "p", "status": "live", "context_length": 7,'
    body += b'"pricing": {"input": 1' + b"0" * 400 + b', "output": 2}}]}]}'
    [mapping] = read_router(body).records[0].mappings
    assert (mapping.context_length, mapping.input_usd_per_mtok, mapping.output_usd_per_mtok) == (7, None, None)


def test_an_unknown_marked_section_is_skipped_on_the_page() -> None:
    page = b"<![x <p data-props='{\"mappings\": []}'></p>"
    assert [read_inference_page(before + page).drift.total() for before in (b"", b"<![CDATA[x]]>")] == [1, 1]
    row = b'{"provider": "p", "status": "live", "model": {"id": "a/b"}}'
    after = b'<![x><p data-props=\'{"mappings": [' + row + b"]}'></p>"
    assert [entry.model_id for entry in read_inference_page(after).records] == ["a/b"]


@pytest.mark.parametrize(
    "odd", [{"layer_types": [None]}, {"no_rope_layers": 5}, {"layer_types": [None, None]}, {"no_rope_layers": {"a": 1}}]
)
def test_a_config_that_makes_no_sense_says_why(odd: dict[str, Any]) -> None:
    facts = architectures.parse(hostile.as_json({"model_type": "llama4_text", "num_hidden_layers": 2} | odd))
    assert facts["full_attention_layers"] is None
    assert facts["reason"]


ENDLESS = ("<a ", "<a b='", "<!--", "<x data-props='", "<script>", "<![", "</", "<a data-props=")


@pytest.mark.parametrize("unit", ENDLESS)
def test_a_page_is_read_in_time_that_grows_with_it(unit: str) -> None:
    """Reading it again for each part that does not end takes minutes for this."""

    def took_s(count: int) -> float:
        began = time.process_time()
        read_inference_page((unit * count).encode())
        return time.process_time() - began

    took_s(2_000)
    assert took_s(40_000) < 1.0


def test_what_only_looks_like_props_is_none() -> None:
    props = '\'{"mappings": [{"provider": "p", "status": "live", "model": {"id": "%s"}}]}\''
    false = props % "not/this"
    for before in (
        f"<!-- <p data-props={false}> -->",
        f"<script>'<p data-props={false}>'</script>",
        f"text data-props={false}",
        f'<p title="<b data-props={false}>">',
        f"<p data-propsx={false}>",
        f"<p x-data-props={false}>",
        f"</p data-props={false}>",
        f"<p data-props='{{&#{'9' * 5000};\"mappings\"'>",
    ):
        page = f"{before}<div class=a DATA-x data-props = {props % 'a/b'}>".encode()
        assert [entry.model_id for entry in read_inference_page(page).records] == ["a/b"], before


@pytest.mark.parametrize("key", ["tags", "inferenceProviderMapping"])
def test_an_endless_list_costs_its_field(key: str) -> None:
    body = hostile.as_json([{"id": "a/b", key: [1] * 20_000, "likes": 3}, {"id": "c/d"}])
    read = read_models(body)
    assert [(model.id, model.likes) for model in read.records] == [("a/b", 3), ("c/d", None)]
    assert [problem.field for problem in read.problems] == [key]


def test_a_record_of_endless_faults_costs_that_record() -> None:
    faults = {"tags": [1] * 2_000}
    read = read_models(hostile.as_json([{"id": "a/b"} | faults, {"id": "c/d"}]))
    assert [model.id for model in read.records] == ["c/d"]
    assert [(problem.record_id, problem.field) for problem in read.problems] == [("a/b", "")]


def test_an_answer_of_endless_faults_is_none() -> None:
    with pytest.raises(HubBadAnswer, match="more than 20,000"):
        read_models(hostile.as_json([1] * 30_000))
