"""The site's scripts: their own tests, run by node, and their values beside those of the command line."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hf_providers import text
from hf_providers.catalog import names
from hf_providers.rules import money
from tests.site.hostile import NAMES

HERE = Path(__file__).parent / "js"
TEXTS = [
    *NAMES,
    "Qwen/Qwen2.5-Coder",
    "FLUX.1",
    "a.1.b.2",
    "İstanbul/K",
    "x\u00ad\u0000\u2028y",
    "1.2.3",
    "..",
    "tab\tnew\n",
]
SIZES = [
    "1.5k", "10M", "2B", "1t", "1000T", "1001T", "1.5", "1.50", "1.0", ".5k", "5.k", ".", "k", "", " 7 ", "-1", "+1",
    "1e3", "1,0", "1_000", "1.2.3", "٣", "0", "000", "0.000001M", "0.0000001M", "9" * 15, "9" * 16, "0" * 40, "1 k",
    "1kk",
]  # fmt: skip
"""What somebody may type for a number of tokens."""
ENDINGS = ["", ".5", "k", ".25M", ".125K"]
BETWEEN = [0.25, 0.75, 9.25, 10.5, 11.5, 12.5, 125, 375, 8125, 9375, 10_250, 10_750, 62_750]
"""Numbers just between two that are shown."""
COUNTS = [
    1_250_000,
    1_750_000,
    12_250,
    12_750,
    100_500,
    101_500,
    0,
    1,
    999,
    1000,
    12_950,
    99_999,
    100_000,
    163_840,
    999_999,
    10**6,
    1_048_576,
    684_531_386_000,
    5 * 10**12,
]


PAIRS = [
    ("gpt-oss 120", "openai/gpt-oss-120b"),
    ("deepseek v1", "deepseek-ai/DeepSeek-R1"),
    ("mixtral 7b", "mistralai/Mixtral-8x7B"),
    ("mixtral 8x7b", "mistralai/Mixtral-8x7B"),
    ("lightx2v wan2.1", "lightx2v/Wan2.1-T2V"),
    ("qwen3-9b", "Qwen/Qwen3.5-9B"),
    ("2 2", "a/b-2-2b"),
]
"""What is typed, and the id of a model."""
PIECES = ["qwen", "r", "v", "b", "x", "m", "3", "2.5", "7", "8x7", "1", "coder", "-", " ", ".", "t2v", "B", "kimi", "k"]


def mixed(chance: random.Random) -> str:
    """A name of pieces that mean something to the rule."""
    return "".join(chance.choices(PIECES, k=chance.randint(1, 6)))


def run(node: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([node, *arguments], input=given, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.name)
def test_the_scripts_own_tests_pass(node: str, file: Path) -> None:
    done = run(node, "--test", "--test-reporter=tap", str(file))
    assert done.returncode == 0, done.stdout[-3000:]
    assert "# pass 0" not in done.stdout


@pytest.fixture(scope="module")
def given() -> dict[str, list[Any]]:
    chance = random.Random(7)
    alphabet = "aB1 .-_/é\u202e\u200b"
    return {
        "texts": TEXTS + ["".join(chance.choices(alphabet, k=chance.randint(0, 24))) for _ in range(500)],
        "pairs": PAIRS + [(mixed(chance), f"{chance.choice(['ai', 'x2v'])}/{mixed(chance)}") for _ in range(3000)],
        "prices": [None, "0", "0.7", "2", "0.075", "1234567.5", "0.000000001", "999999999.999999999"],
        "nanos": [str(chance.randrange(10 ** chance.randint(1, 20))) for _ in range(300)] + ["0", "1"],
        "counts": [None, *COUNTS, *(chance.randrange(10**7) for _ in range(300))],
        "sizes": SIZES
        + [chance.choice("019") * chance.randint(1, 16) + chance.choice(["", ".5", "k", ".25M"]) for _ in range(300)],
        "measures": [
            *BETWEEN,
            None,
            0,
            9.94,
            10,
            99.4,
            624.7,
            9999.9,
            10_000,
            67_615.3,
            *(chance.uniform(0, 9e4) for _ in range(300)),
        ],
    }


@pytest.fixture(scope="module")
def said(node: str, given: dict[str, list[Any]]) -> dict[str, list[str]]:
    done = run(node, str(HERE / "probe.mjs"), given=json.dumps(given))
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


def test_untrusted_text_is_cleaned_alike(given: dict[str, list[Any]], said: dict[str, list[str]]) -> None:
    assert said["clean"] == [text.clean(one) for one in given["texts"]]


def test_names_are_taken_apart_alike(given: dict[str, list[Any]], said: dict[str, list[str]]) -> None:
    assert said["hay"] == [names.index_text(one) for one in given["texts"]]


def test_numbers_agree_alike(given: dict[str, list[Any]], said: dict[str, list[Any]]) -> None:
    def agree(typed: str, model_id: str) -> bool:
        author, _, name = model_id.rpartition("/")
        sought = names.numbers_of_name(names.words(typed), names.words(author))
        return names.agree(sought, names.numbers(names.words(name)))

    wanted = [agree(*pair) for pair in given["pairs"]]
    assert said["agree"] == wanted
    assert 300 < sum(wanted) < 2800


def test_money_is_written_alike(given: dict[str, list[Any]], said: dict[str, list[str]]) -> None:
    assert said["price"] == [text.price(one) for one in given["prices"]]
    assert said["usd"] == [money.usd(int(one)) for one in given["nanos"]]
    assert said["mean"] == [money.usd_per_mtok(int(one), 7) for one in given["nanos"]]


@pytest.mark.parametrize("name", ["tokens", "short"])
def test_counts_are_written_alike(name: str, given: dict[str, list[Any]], said: dict[str, list[str]]) -> None:
    assert said[name] == [getattr(text, name)(one) for one in given["counts"]]


def test_sizes_are_read_alike(given: dict[str, list[Any]], said: dict[str, list[Any]]) -> None:
    """A number where it is one, null where `hfp` says that it is none."""

    def read(typed: str) -> int | None:
        try:
            return money.parse_size(typed)
        except ValueError:
            return None

    assert said["size"] == [read(typed) for typed in given["sizes"]]


@pytest.mark.parametrize("name", ["seconds", "rounded"])
def test_measurements_are_written_alike(name: str, given: dict[str, list[Any]], said: dict[str, list[str]]) -> None:
    assert said[name] == [getattr(text, name)(one) for one in given["measures"]]
