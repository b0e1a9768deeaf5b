"""One log in every form: the same totals; and broken in every way: each fault a line number and a reason."""

from __future__ import annotations

import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.hosting.made import T, hfp, said, usual

pytestmark = pytest.mark.usefixtures("wide")
ROW = {"time": "2026-03-01T00:00:00Z", "model": T, "provider": "alpha", "input_tokens": 1, "output_tokens": 0}
NAMES = list(ROW)
ROWS = [ROW | {"input_tokens": number} for number in range(1, 101)]
TOTAL = 5050 * 1000
"""Nano-USD: 1 + 2 + … + 100 tokens at alpha's $1 a million."""


@pytest.fixture(autouse=True)
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "catalog.sqlite"))


def table(separator: str, rows: list[dict[str, Any]], names: list[str] = NAMES) -> str:
    lines = [names, *([str(row[name]) for name in names] for row in rows)]
    return "".join(separator.join(line) + "\n" for line in lines)


LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
FORMS = {
    "lines": LINES.encode(),
    "lines with a BOM and CRLF": b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode(),
    "array on one line": json.dumps(ROWS).encode(),
    "array over lines": json.dumps(ROWS, indent=2).encode(),
    "objects over lines": "\n".join(json.dumps(row, indent=1) for row in ROWS).encode(),
    "page": json.dumps({"object": "page", "data": ROWS, "next_page": None}, indent=1).encode(),
    "page on one line": json.dumps({"object": "page", "data": ROWS}).encode(),
    "commas": table(",", ROWS).encode(),
    "tabs": table("\t", ROWS).encode(),
    "semicolons and a BOM": b"\xef\xbb\xbf" + table(";", ROWS).encode(),
    "a header in capitals": table(",", ROWS).upper().replace("ACME/TALK-7B", T).encode(),
    "columns that move": (table(",", ROWS[:50]) + table(",", ROWS[50:], NAMES[::-1])).encode(),
    "gzip": gzip.compress(LINES.encode(), mtime=0),
    "gzip of a table": gzip.compress(table(",", ROWS).encode(), mtime=0),
}


def bill(path: Path, content: bytes) -> tuple[Any, list[tuple[int, str]]]:
    path.write_bytes(content)
    result = hfp("bill", str(path), "--json")
    found = said(result)
    assert result.code == (5 if found["broken"] or found["unknown"] else 0)
    return found, [(line["line"], line["reason"]) for line in found["broken"]]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_total(form: str, tmp_path: Path) -> None:
    found, broken = bill(tmp_path / "log", FORMS[form])
    assert (broken, found["requests"], found["total_cost_nano_usd"]) == ([], 100, TOTAL)


@pytest.mark.parametrize("kind", ["TIMESTAMPTZ", "TIMESTAMP", "VARCHAR"])
def test_parquet_and_zstd(kind: str, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(LINES)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        read = f"SELECT * REPLACE (CAST(time AS {kind}) AS time) FROM read_json('{tmp_path}/log.jsonl')"
        connection.execute(f"COPY ({read}) TO '{tmp_path}/log.parquet'")
        connection.execute(f"COPY ({read}) TO '{tmp_path}/log.csv' (COMPRESSION zstd)")
    for name in ("log.parquet", "log.csv"):
        found = said(hfp("bill", str(tmp_path / name), "--json"))
        assert (found["requests"], found["total_cost_nano_usd"]) == (100, TOTAL)


def test_parquet_adds_up_like_json_whatever_is_in_it(tmp_path: Path) -> None:
    chance = random.Random(4)
    rows = [
        {
            "time": f"2026-0{chance.randint(1, 3)}-{chance.randint(1, 28):02d}T{chance.randint(0, 23):02d}:00:00Z",
            "model": chance.choice([T, f"{T}:beta", "talk-7b", "no/such"]),
            "provider": chance.choice(["alpha", "Beta", "gamma", None]),
            "input_tokens": chance.choice([0, 7, 10**14, -1]),
            "output_tokens": chance.randint(0, 5000),
        }
        for _ in range(2000)
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    whole = "* REPLACE (CAST(input_tokens AS BIGINT) AS input_tokens)"
    duckdb.sql(f"SELECT {whole} FROM read_json('{tmp_path}/log.jsonl')").write_parquet(f"{tmp_path}/log.parquet")
    lines, parquet = (said(hfp("bill", str(tmp_path / f"log.{end}"), "--json")) for end in ("jsonl", "parquet"))
    assert lines["broken_lines"] > 0 < lines["unknown"] < lines["requests"]
    assert lines == parquet


def good(number: int) -> str:
    return json.dumps(ROWS[number])


@pytest.mark.parametrize(
    ("content", "lines", "requests"),
    [
        (f"{good(0)}\n{{\n{good(1)}\n".encode(), [2], 2),
        (f"{good(0)}\n".encode() + b'{"model": "caf\xe9"}\n' + good(1).encode(), [2], 2),
        (f"{good(0)}\n".encode() + b'{"x": "' + b"y" * 3_000_000 + b'"}\n' + good(1).encode(), [2], 2),
        (f"[{good(0)},\n{{bad}},\n{good(1)}]".encode(), [2], 2),
        (f"{good(0)[9:]}\n{good(0)}\n{good(1)}\n".encode(), [1], 2),
        (gzip.compress(f"garbage\n\n{good(0)}\n{good(1)}\n".encode(), mtime=0), [1], 2),
        (gzip.compress((LINES * 400).encode(), mtime=0)[:-2000], [None], None),
        (f"{table(',', ROWS[:2])}1,2\n{table(',', ROWS[2:3]).splitlines()[1]}\n".encode(), [4], 3),
        (f'{table(",", ROWS[:1])}"stray,{T},alpha,1,1\n{table(",", ROWS[2:3]).splitlines()[1]}\n'.encode(), [3], 2),
        (b"[" * 200_000 + b"\n", None, None),
    ],
)
def test_a_fault_costs_itself_alone(
    content: bytes, lines: list[int] | None, requests: int | None, tmp_path: Path
) -> None:
    found, broken = bill(tmp_path / "log", content)
    assert broken
    if lines is not None and lines != [None]:
        assert [line for line, _ in broken] == lines
    if requests is not None:
        assert found["requests"] == requests
    if lines == [None]:  # a gzip that ends early: what came before is priced, and the line is named
        assert 30_000 < found["requests"] == broken[0][0] - 1 < 40_000


def test_a_header_in_the_middle_may_not_name_two_columns_alike(tmp_path: Path) -> None:
    twice = table(",", ROWS[:2], [*NAMES, "model"]).replace("time,model", "time,Model", 1)
    found, broken = bill(tmp_path / "log.csv", (table(",", ROWS[:1]) + twice + table(",", ROWS[:1])).encode())
    assert [line for line, _ in broken] == [4, 5]
    assert all("two columns named" in reason for _, reason in broken)
    assert found["requests"] == 2


@pytest.mark.parametrize("nothing", ["", "null", "NULL", "None", "\\N", "nan", "NaN"])
def test_a_cell_that_says_nothing_is_left_out(nothing: str, tmp_path: Path) -> None:
    head = ",".join([*NAMES, "cached_tokens", "response_provider", "cost"])
    cells = ",".join([*(str(value) for value in ROW.values()), nothing, nothing, nothing])
    found, broken = bill(tmp_path / "log.csv", f"{head}\n{cells}\n".encode())
    assert (broken, found["requests"], found["unknown"], found["compared"]) == ([], 1, 0, [])


def test_a_quoted_cell_may_span_lines(tmp_path: Path) -> None:
    head = ",".join([*NAMES, "prompt"])
    cells = ",".join(str(value) for value in ROW.values())
    found, broken = bill(tmp_path / "log.csv", f'{head}\n{cells},"one\ntwo, ""three"""\n{cells},four\n'.encode())
    assert (broken, found["requests"]) == ([], 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"time,model,model,input_tokens\n1,2,3,4\n", ("two columns named model",)),
        (b"time,Prompt Tokens,prompt_tokens,model\n1,2,3,4\n", ("two columns named",)),
        (b"when,what\n1,2\n", ("no column named model", "when, what", "model_permaslug")),
        (LINES.encode("utf-16"), ("UTF-16", "iconv")),
        (b"PAR1 no parquet", ("can't be read",)),
        (b"\x28\xb5\x2f\xfd no zstd", ("can't be read",)),
    ],
)
def test_what_can_not_be_read_at_all_is_refused_in_two_lines(
    content: bytes, words: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(content)
    result = hfp("bill", str(tmp_path / "log"))
    assert (result.out, len(result.err.splitlines())) == ("", 2)
    assert result.code != 0
    assert all(word in result.err for word in words)


@pytest.mark.parametrize("form", ["json", "csv", "parquet"])
def test_rows_in_every_format(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log").write_text(LINES)
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", out)
        from hf_providers.cli.main import main

        assert main(["bill", str(tmp_path / "log"), "--group-by", "row", "--format", form]) == 0
        out.flush()
        written = out.buffer.getvalue()  # type: ignore[attr-defined]
    (tmp_path / f"rows.{form}").write_bytes(written)
    reader = {"json": "read_json", "csv": "read_csv", "parquet": "read_parquet"}[form]
    rows = duckdb.sql(f"SELECT sum(cost_nano_usd), count(*), max(line) FROM {reader}('{tmp_path}/rows.{form}')")
    assert rows.fetchall() == [(TOTAL, 100, 100)]


def test_totals_by_any_column(tmp_path: Path) -> None:
    rows = [row | {"User": f"u{number % 3}"} for number, row in enumerate(ROWS)]
    (tmp_path / "log").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = said(hfp("bill", str(tmp_path / "log"), "--group-by", "user", "--json"))
    plain = {
        f"u{user}": sum(row["input_tokens"] for row in rows if row["User"] == f"u{user}") * 1000 for user in range(3)
    }
    assert {row["name"]: row["cost_nano_usd"] for row in found["rows"] if row["group"] == "user"} == plain
    assert "no row has a column named nobody" in hfp("bill", str(tmp_path / "log"), "--group-by", "nobody").err
