"""JSON that says a thing twice, ends early, or comes in several pieces: nothing is lost or chosen in silence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.hosting.made import T, hfp, said, usual

pytestmark = pytest.mark.usefixtures("wide")
ROW = {"time": "2026-03-01T00:00:00Z", "model": T, "provider": "alpha", "input_tokens": 1, "output_tokens": 0}
NESTED = {
    "created": 1_772_323_200,
    "model": T,
    "provider": "alpha",
    "usage": {"prompt_tokens": 1, "completion_tokens": 0},
}
BUCKET = {"start_time": 1_772_323_200, "end_time": 1_772_409_600, "results": [ROW | {"num_model_requests": 3}]}
del BUCKET["results"][0]["time"]  # type: ignore[index,attr-defined]


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "catalog.sqlite"))


def bill(path: Path, content: str | bytes) -> tuple[Any, list[tuple[int, str]]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = hfp("bill", str(path), "--json")
    found = said(result)
    assert result.code == (5 if found["broken"] or found["unknown"] else 0)
    return found, [(line["line"], line["reason"]) for line in found["broken"]]


def repeated(row: dict[str, Any], key: str, value: Any) -> str:
    """The row as JSON that begins with a key which it has once more."""
    return f"{{{json.dumps(key)}: {json.dumps(value)}, {json.dumps(row)[1:]}"


@pytest.mark.parametrize("row", [ROW, NESTED])
@pytest.mark.parametrize("key", ["model", "provider", "own"])
def test_a_key_that_comes_twice_is_its_lines_error(row: dict[str, Any], key: str, tmp_path: Path) -> None:
    row = row | {"own": 1}
    lines = [json.dumps(row)] * 3 + [repeated(row, key, "x")] + [json.dumps(row)]
    for content, line in (("\n".join(lines), 4), ("[\n" + ",\n".join(lines) + "\n]", 5)):
        found, broken = bill(tmp_path / "log.json", content)
        assert broken == [(line, f"two keys are named {key}")]
        assert found["total_cost_nano_usd"] == 4000


def test_a_key_that_comes_twice_in_an_object_that_is_read_is_an_error_too(tmp_path: Path) -> None:
    inner = repeated(NESTED["usage"], "prompt_tokens", 7)  # type: ignore[arg-type]
    line = json.dumps(NESTED | {"usage": 0}).replace('"usage": 0', f'"usage": {inner}')
    found, broken = bill(tmp_path / "log.jsonl", f"{json.dumps(NESTED)}\n{line}\n")
    assert (broken, found["requests"]) == ([(2, "two keys are named prompt_tokens")], 1)
    ignored = json.dumps(NESTED)[:-1] + ', "prompt": {"a": 1, "a": 2}}\n'
    assert bill(tmp_path / "log.jsonl", ignored * 3)[0]["total_cost_nano_usd"] == 3000


def test_two_keys_that_are_one_name_may_not_differ(tmp_path: Path) -> None:
    rows = [ROW | {"Input Tokens": 1}, ROW | {"Model": "no/such"}, ROW | {"inputTokens": 5}, ROW | {"Provider": None}]
    found, broken = bill(tmp_path / "log.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert [line for line, _ in broken] == [2, 3]
    assert "model and Model" in broken[0][1]
    assert found["total_cost_nano_usd"] == 2000


@pytest.mark.parametrize(
    ("literal", "tokens"),
    [
        ("1e-400", None), ("1e400", None), ("1e99999999999999999999", None), ("0.1e1", 1), ("1E3", 1000), ("-0.0", 0),
        ("12345678901234567890.0", None), ("999999999999999.99", None), ("1.00000000000000000001", None),
        ("2006.0", 2006), ("NaN", None), ("-Infinity", None), ("-1e-400", None), ("999999999999999.0", 999999999999999),
    ],
)  # fmt: skip
def test_a_number_is_read_exactly(literal: str, tokens: int | None, tmp_path: Path) -> None:
    line = json.dumps(ROW | {"input_tokens": 0}).replace('"input_tokens": 0', f'"input_tokens": {literal}')
    found, broken = bill(tmp_path / "log.jsonl", line)
    assert len(broken) == (tokens is None)
    assert found["rows"][0]["input_tokens"] == (tokens or 0)


def test_no_cached_tokens_are_not_taken_for_none(tmp_path: Path) -> None:
    rows = [NESTED | {"cached_tokens": 0}, NESTED | {"cached_tokens": 0}]
    tiny = json.dumps(rows[0]).replace('"cached_tokens": 0', '"cached_tokens": 1e-400')
    lines = [*map(json.dumps, rows), tiny, json.dumps(NESTED | {"cached_tokens": False})]
    found, broken = bill(tmp_path / "log.jsonl", "\n".join(lines))
    assert ([line for line, _ in broken], found["requests"]) == ([3, 4], 2)


ONE = json.dumps(ROW, indent=1)
PAGE = {"object": "page", "data": [ROW, ROW], "has_more": False, "next": None}


@pytest.mark.parametrize(
    ("content", "requests"),
    [
        (f"[{ONE},{ONE}]\n[{ONE}]", 3),
        (f"[[{ONE}],[{ONE},{ONE}]]", 3),
        (f"{json.dumps(PAGE, indent=1)}\n{json.dumps(PAGE, indent=1)}", 4),
        (f"{json.dumps(PAGE, indent=1)}\n{ONE}\n[{ONE}]", 4),
        (json.dumps(BUCKET, indent=1), 3),
        (json.dumps({"data": [BUCKET, BUCKET]}, indent=1), 6),
        (json.dumps({"data": ROW}), 1),
        (json.dumps({"data": ROW}, indent=1), 1),
        (json.dumps(ROW | {"items": [1]}, indent=1), 1),
        (json.dumps({"own": {"items": [1]}} | ROW, indent=1), 1),
        (f"{ONE}\n{json.dumps(PAGE, indent=1)}", 3),
    ],
)
def test_nothing_after_the_first_list_is_lost(content: str, requests: int, tmp_path: Path) -> None:
    found, broken = bill(tmp_path / "log.json", content)
    assert (broken, found["requests"], found["unknown"]) == ([], requests, 0)


GOOD = json.dumps(ROW)


@pytest.mark.parametrize(
    ("content", "line", "reason", "requests"),
    [
        (f"[\n{GOOD},\n{GOOD}", 3, "it ends early", 2),
        (f"[\n{GOOD},\n{GOOD[:-5]}", 3, "not JSON", 1),
        (f'{{"data": [\n{GOOD}\n], "rows": [\n{GOOD}]}}', 3, "a second list, rows", 1),
        (f'[\n{GOOD},\n{{"x": "' + "y" * 5_000_000 + f'"}},\n{GOOD}]', 3, "longer than", 2),
        (f"[\n{GOOD},\n" + '{"data": [' * 5000 + "1" + "]}" * 5000 + f",\n{GOOD}]", 3, "", 2),
        (f'[\n{GOOD},\n{{"x": "caf\xe9"}},\n{GOOD}]'.encode("latin-1"), 3, "not UTF-8", 2),
    ],
)
def test_a_fault_of_a_document_is_told_by_its_line(
    content: str | bytes, line: int, reason: str, requests: int, tmp_path: Path
) -> None:
    found, broken = bill(tmp_path / "log.json", content)
    assert ([at for at, _ in broken], found["requests"]) == ([line], requests)
    assert reason in broken[0][1]


def test_a_number_cut_by_the_end_of_a_gzip_is_not_priced(tmp_path: Path) -> None:
    head, row = "time,model,provider,output_tokens,input_tokens", f"2026-03-01,{T},alpha,0,"
    packed = gzip.compress("\n".join([head, f"{row}1", f"{row}123456"]).encode(), compresslevel=0)
    # Stored without compression: the check sum and the last digits go.
    found, broken = bill(tmp_path / "log.csv.gz", packed[:-11])
    assert [line for line, _ in broken] == [3]
    assert found["total_cost_nano_usd"] == 1000
