"""Models that a query's words could mean: from the catalog's trigram index, judged by their names, ranked by use.

Candidates come the most used first, so that the cost does not grow with the catalog.
"""

from __future__ import annotations

from hf_providers.catalog.exact import NAME_KEY
from hf_providers.catalog.names import GLUED as GLUED_LETTERS
from hf_providers.catalog.names import agree, letter_runs, numbers, numbers_of_name, parts, same_name, squash, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.names import Number

CANDIDATES = 120
"""How many of the models that the index finds are judged: the most used."""
CLEAR_LEAD = 1000
"""How many times more used than the others the first must be to be the clear one: ten times in each of three counts
(live offers, likes, downloads)."""

COMPLETE, NEARLY, WHOLE, GLUED, PREFIX, INSIDE = range(6)
"""How well a query's words fit: all of the name, all but a letter, whole words, numbers without a glued letter,
beginnings of words, somewhere."""

# fmt: off
VARIANT_WORDS = frozenset({
    "gguf", "ggml", "awq", "gptq", "exl2", "exl3", "mlx", "bnb", "fp8", "fp4", "nvfp4", "mxfp4", "int4", "int8", "4bit",
    "8bit", "w4a16", "w8a8", "w8a16", "quantized", "distill", "distilled", "abliterated", "uncensored", "lora", "loras",
    "adapter", "merge", "merged",
})
# fmt: on
"""Words of a name of a model that was made from another one."""

_BASES = "(SELECT group_concat(base_id, ' ') FROM lineage WHERE model = m.rowid)"
SELECT = f"SELECT m.model_id, r.popularity, {_BASES} FROM"
RANK = "CROSS JOIN ranks r ON r.model = m.rowid"
"""CROSS JOIN, here and below, makes SQLite keep the written order, which is the order of use."""


class Candidate:
    """A model that the index found, with its name split up."""

    # fmt: off
    __slots__ = (
        "_numbers", "author", "bases", "fit", "level", "model_id", "name", "parts", "popularity", "squashed", "words",
    )
    # fmt: on

    def __init__(self, model_id: str, popularity: int = 0, bases: str | None = None) -> None:
        author, _, name = model_id.rpartition("/")
        self.model_id = model_id
        self.popularity = popularity
        self.bases = (bases or "").split()
        self.words = words(name)
        self.author = words(author)
        all_words = self.author + self.words
        self.name = "".join(self.words)
        self.parts = parts(all_words)
        self.squashed = "".join(all_words)
        self.level = 0 if VARIANT_WORDS.isdisjoint(self.words) else 1
        self.fit = COMPLETE
        self._numbers: list[Number] | None = None

    @property
    def numbers(self) -> list[Number]:
        """The numbers of the name, parsed on first use."""
        if self._numbers is None:
            self._numbers = numbers(self.words)
        return self._numbers

    def has(self, typed: Sequence[str]) -> bool:
        """Return whether every number in these words is one of the name's, or its word the author's."""
        wanted = numbers_of_name(typed, self.author)
        return not wanted or agree(wanted, self.numbers)

    def has_only(self, typed: Sequence[Number]) -> bool:
        """Return whether the name has the typed numbers and no others."""
        return len(self.numbers) == len(typed) and agree(typed, self.numbers, misspelt=True)

    def has_whole(self, typed: Number) -> bool:
        """Return whether the name has a number with its glued letters."""
        return any(
            typed.value == own.value and (typed.prefix or len(own.prefix) != 1) and (typed.suffix or not own.suffix)
            for own in self.numbers
        )


def is_clear(found: Sequence[Candidate]) -> bool:
    """Return whether each other that fits as well is made from the first, a longer name of it, or hardly used.

    Letters inside a word are no clear match: `list` is in minimalist.
    """
    first = found[0]
    return first.fit != INSIDE and not any(
        other.fit == first.fit
        and other.level <= first.level
        and (other.name == first.name or not set(first.words) < set(other.words))
        and other.popularity * CLEAR_LEAD > first.popularity
        for other in found[1:]
    )


def ranked(found: list[Candidate]) -> list[Candidate]:
    """Return the best fit first; a model behind what it is made from; then the most used."""
    levels = {candidate.model_id: candidate for candidate in found}
    for _ in range(3):  # a quantisation of a finetune of a base; a bound, because models can name each other
        for candidate in found:
            made_from = [levels[base].level for base in candidate.bases if base in levels]
            candidate.level = max([candidate.level, *(level + 1 for level in made_from)])
    return sorted(found, key=lambda candidate: (candidate.fit, candidate.level, -candidate.popularity))


def same_names(catalog: Catalog, query: str) -> list[Candidate]:
    """Return the models with this name, in any case and with any separators."""
    key = squash(query).replace(".", "")
    rows = catalog.query(f"{SELECT} models m {RANK} WHERE {NAME_KEY} = ? ORDER BY m.rowid LIMIT 50", (key,))
    found = [Candidate(*row) for row in rows if same_name(row[0].rpartition("/")[2], query)]
    for candidate in found:
        candidate.fit = COMPLETE if candidate.model_id.lower().endswith(f"/{query.lower()}") else WHOLE
    return ranked(found)


def worded(catalog: Catalog, wanted: Sequence[str]) -> list[Candidate]:
    """Return the models in whose id all words occur, and all numbers are numbers of it."""
    expression = matching(wanted)
    if not expression:
        return []
    source = f"names n CROSS JOIN models m ON m.rowid = n.rowid {RANK} WHERE names MATCH ?"
    found = []
    for row in catalog.query(f"{SELECT} {source} ORDER BY n.rowid LIMIT ?", (expression, CANDIDATES)):
        candidate = Candidate(*row)
        if fits(wanted, candidate):
            found.append(candidate)
    return ranked(found)


def fits(wanted: Sequence[str], candidate: Candidate) -> bool:
    """Return whether all words occur in a candidate's id, and set how well they fit."""
    each = [_fit(word, candidate) for word in wanted]
    if not each or None in each or not candidate.has(wanted):
        return False
    candidate.fit = _overall(wanted, [fit for fit in each if fit is not None], candidate)
    return True


def _fit(word: str, candidate: Candidate) -> int | None:
    """Return how one word fits; None where its letters do not occur. Numbers are judged by `Candidate.has`."""
    if word.isalpha():
        return letters_fit(word, candidate)
    fits = [letters_fit(run, candidate) for run in letter_runs(word)]
    if None in fits:
        return None
    whole = all(candidate.has_whole(number) for number in numbers([word]))
    return max([fit for fit in fits if fit is not None] + [WHOLE if whole else GLUED])


def letters_fit(word: str, candidate: Candidate) -> int | None:
    """Return how letters fit; where they end at a number, a word ends (`qwen` in `Qwen3`)."""
    fit = INSIDE if word in candidate.squashed else None
    for part in candidate.parts:
        if part.startswith(word):
            rest = part[len(word) :]
            if not rest or rest[0].isdigit():
                return WHOLE
            fit = PREFIX
    return PREFIX if fit == INSIDE and _begins_a_word(word, candidate) else fit


def _begins_a_word(letters: str, candidate: Candidate) -> bool:
    """Return whether letters begin where a word does, and run on over others: `gptoss`."""
    at = 0
    for own in (*candidate.author, *candidate.words):
        if candidate.squashed.startswith(letters, at):
            return True
        at += len(own)
    return False


def _overall(wanted: Sequence[str], fits: list[int], candidate: Candidate) -> int:
    """Return the fit of the worst word, or a better one where all of the name or id is there, or all but a letter."""
    typed, worst = "".join(wanted), max(fits)
    if sorted(typed) in (sorted(candidate.name), sorted(candidate.squashed)):
        return COMPLETE
    missing = min(abs(len(candidate.name) - len(typed)), abs(len(candidate.squashed) - len(typed)))
    return NEARLY if missing <= 1 and worst <= PREFIX else worst


def matching(wanted: Iterable[str]) -> str:
    """Return FTS5's expression for models that can have all the words; empty where they have no letter or digit.

    Quoted, a trigram of letters, digits, points and blanks is nothing but itself.
    """
    return " AND ".join(dict.fromkeys(term for word in wanted for term in _terms(word)))


def all_of(grams: Iterable[str]) -> str:
    """Return FTS5's expression for models that have all these trigrams."""
    return " AND ".join(f'"{gram}"' for gram in grams)


def grams(text: str) -> Iterator[str]:
    """Return a text's trigrams."""
    return (text[i : i + 3] for i in range(len(text) - 2))


def _terms(word: str) -> Iterator[str]:
    """Yield the terms that every model with the word in its id has; a word of two letters must begin a word there."""
    if word.isalpha():
        text = word if len(word) > 2 else f" {word}" if len(word) == 2 else f" {word} "
        yield from (f'"{gram}"' for gram in grams(text))
        return
    for run in letter_runs(word):
        yield from (f'"{gram}"' for gram in grams(run))
    for i, number in enumerate(numbers([word])):
        begin = f" {'' if i or len(number.prefix) > GLUED_LETTERS else number.prefix}{number.value}"
        yield from (f'"{gram}"' for gram in grams(begin))
        if len(begin) < 3:
            yield _digit(begin, number.suffix)


def _digit(begin: str, suffix: str) -> str:
    """Return the term of a single digit at the beginning of a word: what follows may be a glued letter."""
    if suffix:
        return f'"{begin}{suffix[0]}"'
    return "(" + " OR ".join(f'"{begin}{letter}"' for letter in " abcdefghijklmnopqrstuvwxyz") + ")"


def rows_of(catalog: Catalog, some: list[str], limit: int) -> list[int]:
    """Return the row numbers of the most used models that have all these trigrams."""
    rows = catalog.query("SELECT rowid FROM names WHERE names MATCH ? ORDER BY rowid LIMIT ?", (all_of(some), limit))
    return [row for (row,) in rows]
