"""Text on a terminal: widths, cutting, tables that fit, numbers as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hf_providers import text
from hf_providers.cli import table
from hf_providers.cli.table import Column

# What terminals agree on: Latin, wide East Asian, combining accents, the signs of the screens.
TEXTS = st.text(st.sampled_from("abc XYZ-/.0123日本語한글é\u0301●✓—…·"), max_size=60)


@given(TEXTS)
def test_a_width_is_that_of_terminals(line: str) -> None:
    assert text.width(line) == cell_len(line)


def test_the_signs_of_the_screens_take_a_cell_and_are_replaced_by_others_as_wide() -> None:
    for sign, plain in text.SIGNS.items():
        assert cell_len(sign) == text.width(sign) == len(plain) == 1
        assert plain.isascii()


@given(TEXTS, st.integers(1, 40))
def test_what_is_cut_fits_and_is_marked(line: str, cells: int) -> None:
    cut = text.fit(line, cells)
    assert cell_len(cut) <= cells
    assert cut == line or (cut.endswith("…") and line.startswith(cut[:-1]))
    assert (cut == line) == (cell_len(line) <= cells)


@given(TEXTS, st.integers(0, 40))
def test_padding_fills_and_never_cuts(line: str, cells: int) -> None:
    for padded in (text.pad(line, cells), text.pad(line, cells, right=True)):
        assert cell_len(padded) == max(cells, cell_len(line))
        assert padded.strip(" ") == line.strip(" ")


@given(st.text(max_size=40))
def test_clean_text_can_be_printed_and_loses_nothing_else(line: str) -> None:
    cleaned = text.clean(line)
    assert cleaned.isprintable()
    assert [c for c in line if c.isprintable()] == list(cleaned)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (None, "—"), (0, "0"), (999, "999"), (1000, "1.0k"), (13_045, "13.0k"), (768_000, "768k"),
        (684_531_386_000, "684.5B"), (8_030_261_248, "8.0B"), (1_100_000, "1.1M"), (10**12, "1.0T"),
    ],
)  # fmt: skip
def test_counts(number: int | None, shown: str) -> None:
    assert text.short(number) == shown


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (text.price(None), "—"), (text.price("0"), "0.00"), (text.price("0.7"), "0.70"),
        (text.price("0.000000001"), "0.000000001"), (text.price("1234.5"), "1,234.50"),
        (text.tokens(None), "—"), (text.tokens(64_000), "64k"), (text.tokens(163_840), "163k"),
        (text.tokens(1_000_000), "1M"), (text.tokens(1_048_576), "1.0M"), (text.tokens(512), "512"),
        (text.seconds(None), "—"), (text.seconds(620), "0.62s"), (text.seconds(53_600), "53.6s"),
        (text.rounded(None), "—"), (text.rounded(36.4), "36"), (text.rounded(0.25), "0.2"),
        (text.rounded(1029), "1029"),
        (text.tick(True), "✓"), (text.tick(False), "–"), (text.tick(None), "—"), (text.tick(0), "–"),
        (text.day("2026-02-26T11:27:29Z"), "2026-02-26"), (text.day(None), "—"),
    ],
)  # fmt: skip
def test_values(made: str, shown: str) -> None:
    assert made.removesuffix("M").removesuffix(".0") == shown.removesuffix("M").removesuffix(".0")


COLUMNS = st.lists(
    st.builds(Column, TEXTS, right=st.booleans(), least=st.sampled_from([0, 8, 20]), spare=st.integers(0, 3)),
    min_size=1,
    max_size=6,
)


@given(COLUMNS, st.integers(20, 120), st.data())
def test_no_table_is_wider_than_the_screen(columns: list[Column], cells: int, data: st.DataObject) -> None:
    row = st.lists(TEXTS, min_size=len(columns), max_size=len(columns))
    rows = data.draw(st.lists(row, max_size=4))
    heading, lines = table.lines(columns, rows, cells, indent=2)
    whole = {row[i].strip() for i, column in enumerate(columns) if not column.least for row in rows}
    whole |= {column.title.strip() for column in columns}  # what may not be cut stands alone on its line
    for line in "\n".join([heading, *lines]).split("\n"):
        assert cell_len(line) <= cells or line.strip() in whole


def test_the_only_column_is_cut_where_it_may_be() -> None:
    assert table.lines([Column("", least=20)], [["0" * 11 + "日" * 4]], 20, indent=2)[1] == ["  00000000000日日日…"]


def test_what_fits_is_left_as_it_is() -> None:
    columns = [Column("Name", least=3), Column("N", right=True)]
    assert table.lines(columns, [["a name", "1"], ["b", "20"]], 80) == ("Name     N", ["a name   1", "b       20"])


def test_a_column_is_cut_before_another_is_left_out() -> None:
    columns = [Column("Name", least=6), Column("Kind", spare=1)]
    assert table.lines(columns, [["a-long-name", "text"]], 14) == ("Name      Kind", ["a-long-…  text"])
    assert table.lines(columns, [["a-long-name", "text"]], 11) == ("Name", ["a-long-name"])


def test_the_least_important_column_goes_first() -> None:
    columns = [Column("Name"), Column("AAAA", spare=1), Column("BBBB", spare=2)]
    assert table.lines(columns, [["name", "a", "b"]], 12)[0] == "Name  AAAA"


def test_an_enormous_cell_is_cut_in_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    monkeypatch.setattr(table, "max", lambda *given, **named: steps.append(1) or max(*given, **named), raising=False)
    _, (line,) = table.lines([Column("x", least=12), Column("y", least=12)], [["x" * 10**6, "y" * 10**6]], 80)
    assert len(line) == 80
    assert len(steps) < 1000
