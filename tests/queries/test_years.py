"""The bench of five years in small: the queries open the files that they need, and no other month."""

from __future__ import annotations

from pathlib import Path

import pytest

from hf_providers.catalog import duckdb_tables
from tests.bench import bench_years, five_years

SMALL = five_years.Size(routes=200, measured=10, months=8)
MONTHS = ("2022-01", "2021-12")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return five_years.write(tmp_path_factory.mktemp("years") / "dataset", SMALL)


@pytest.mark.parametrize("question", bench_years.questions(MONTHS), ids=lambda question: question.name)
def test_a_query_opens_what_it_needs_and_gives_what_the_bare_one_does(
    root: Path, question: bench_years.Question
) -> None:
    ours, alone = bench_years.figures(question, root)
    assert min(ours, alone) > 0


def test_a_month_too_many_is_noticed(root: Path) -> None:
    """The check itself: the average of all measurements needs every month, which is more than a plan names."""
    with pytest.raises(ValueError, match=f"reads {SMALL.months} files"):
        bench_years.files_read("SELECT avg(ttft_ms) FROM measurements", root)
    months = "month IN ('2022-01', '2021-12', '2021-11')"
    read = bench_years.files_read(f"SELECT avg(ttft_ms) FROM measurements WHERE {months}", root)
    assert {Path(path).parent.name for path in read} == {"month=2022-01", "month=2021-12", "month=2021-11"}


def test_the_years_are_whole(root: Path) -> None:
    """Every month has its folder, every hour its row of each measured route, and intervals do not overlap."""
    months = sorted(path.name for path in (root / "measurements").iterdir())
    assert months == [f"month=2021-{n:02d}" for n in range(6, 13)] + ["month=2022-01"]
    with duckdb_tables.connect(root) as connection:
        (counted,) = connection.execute("SELECT count(*), count(DISTINCT observed_at) FROM measurements").fetchall()
        assert counted == (SMALL.hours * SMALL.measured, SMALL.hours)
        for check in ("overlapping_price", "overlapping_status", "price_interval_backwards"):
            sql = (Path(__file__).parents[2] / "queries" / "checks" / f"{check}.sql").read_text(encoding="utf-8")
            assert connection.execute(sql).fetchall() == []
