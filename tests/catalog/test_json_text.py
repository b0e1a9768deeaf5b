"""Reading JSON without json: what is read by hand is what json reads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hf_providers.catalog import json_text


@pytest.mark.parametrize(
    "text",
    [
        '{"all": 35136}', '{"all": 10240, "last 1024": 102400}', '{"a, b": 1}', '{"a": 1, "b": 2.5}', '{"a": {"b": 1}}',
        '{"a": "1"}', '{"a": -1}', '{"a": null}', '{"a\\"b": 1}', "{}", "[]", '["a"]', '{"a: 1": 2}', '{"a": 1,"b": 2}',
        '{"a": 1, "a": 2}', '{"é": 1}', '{"a": 00}', '{"a": 1}x}', '{"a": 1, }',
    ],
)  # fmt: skip
def test_counts_are_read_as_json_reads_them(text: str) -> None:
    found = json_text._counts(text)
    try:
        assert found is None or found == json.loads(text)
    except ValueError:
        assert found is None or text == '{"a": 00}'


@given(st.lists(st.text('ab", []\\é')) | st.lists(st.lists(st.text("a", max_size=2)) | st.none()))
def test_names_are_read_as_json_reads_them(names: list[object]) -> None:
    for ascii_only in (True, False):
        text = json.dumps(names, ensure_ascii=ascii_only)
        assert json_text._names(text) in (None, json.loads(text))


def test_plain_names_are_read_without_json() -> None:
    assert json_text._names('["eu", "us"]') == ["eu", "us"]
    assert json_text._names('["eu","us"]') is None


def test_sqlite_reads_what_is_asked_of_a_text() -> None:
    asked = "SELECT :text ->> '$.a', value FROM json_each(:text, '$.b')"
    assert json_text.read_json(asked, text='{"a": "é", "b": [1, null]}') == [("é", 1), ("é", None)]


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"a": 1}}', "\udcff"])
def test_a_text_that_is_no_json_is_an_error_of_its_own(text: str) -> None:
    with pytest.raises(ValueError, match=r"malformed JSON|can't encode"):
        json_text.read_json("SELECT :text ->> '$.a'", text=text)
