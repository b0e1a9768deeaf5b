"""From a few typed words to a model of the catalog.

Four readings of a query, the first that is good wins: the id or the name, in any case and with any separators;
all words, in any order; the name with a few wrong letters; the words with wrong letters. Candidates come from the
catalog's trigram index, the most used first, so that the cost does not grow with the catalog; they are judged here.

This is on the way to every answer: it imports nothing at all but for a query that no candidate fits.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    from hf_providers.catalog.database import Catalog

    How = Literal["id", "name", "words", "typo", "nearest"]

MAX_QUERY = 100
"""Characters of a query that are read: an id on the Hub has at most 96."""
CANDIDATES = 120
"""Models that are judged for their words: the most used of those that the index finds."""
COUNTED = 10_000
"""Models that are counted where they are too many to be judged."""
POSTINGS = 4000
"""Index entries that are read for a misspelt query, those of the rarest trigrams first."""
CLEAR_LEAD = 1000
"""How many times more used the first must be to be meant in spite of others: ten times in each of three counts
(live offers, likes, downloads)."""

MOST_USED = 100
"""Models that are considered for a part of a misspelt query."""

COMPLETE, WHOLE, PREFIX, INSIDE = range(4)
"""How well a query's words fit: all of the name, whole words, beginnings of words, somewhere."""

# fmt: off
VARIANT_WORDS = frozenset({
    "gguf", "ggml", "awq", "gptq", "exl2", "exl3", "mlx", "bnb", "fp8", "fp4", "nvfp4", "mxfp4", "int4", "int8", "4bit",
    "8bit", "w4a16", "w8a8", "w8a16", "quantized", "distill", "distilled", "abliterated", "uncensored", "lora", "loras",
    "adapter", "merge", "merged",
})
# fmt: on
"""Words of a name that say that the model was made from another one."""

_SEPARATED = bytes(c if (chr(c).isalnum() and c < 128) or chr(c) == "." else 32 for c in range(256))


class Matches:
    """What a query found, best first; empty where not even a similar name exists.

    Attributes:
        model_ids: the models found; for `nearest` those of similar names, which are no answer.
        how: id, name, words, typo (found as it is probably spelt), or nearest (nothing found).
        clear: whether the first is the one meant; else the choice is the reader's.
        total: where it is the reader's, how many models fit, of which `model_ids` may be the first; counted up to
            `COUNTED`.
        words: which words occur in all of these, spelt rightly; none where no words of a query were found.
    """

    __slots__ = ("clear", "how", "model_ids", "total", "words")

    def __init__(self, model_ids: list[str], how: How, clear: bool, total: int | None = None) -> None:
        self.model_ids = model_ids
        self.how = how
        self.clear = clear
        self.total = len(model_ids) if total is None else total
        self.words: list[str] = []


class _Candidate:
    """A model that the index found, with its name taken apart."""

    __slots__ = ("bases", "fit", "level", "model_id", "name", "parts", "popularity", "squashed", "words")

    def __init__(self, model_id: str, popularity: int, bases: str | None) -> None:
        author, _, name = model_id.rpartition("/")
        self.model_id = model_id
        self.popularity = popularity
        self.bases = (bases or "").split()
        self.words = words(name)
        all_words = words(author) + self.words
        self.name = "".join(self.words)
        self.parts = parts(all_words)
        self.squashed = "".join(all_words)
        self.level = 0 if VARIANT_WORDS.isdisjoint(self.words) else 1
        self.fit = COMPLETE


def words(text: str) -> list[str]:
    """The words of a name or query, lower case: runs of ASCII letters and digits, with the point of a number."""
    found = text.lower().encode("ascii", "replace").translate(_SEPARATED).decode().split()
    return [word for dotted in found for word in (_undot(dotted) if "." in dotted else (dotted,))]


def _undot(word: str) -> list[str]:
    """A point stays between two digits only: `FLUX.1` is two words, `Qwen2.5` is one."""
    kept = (
        " " if c == "." and not (word[i - 1 : i].isdigit() and word[i + 1 : i + 2].isdigit()) else c
        for i, c in enumerate(word)
    )
    return "".join(kept).split()


def parts(found: list[str]) -> list[str]:
    """The words, and what stands in them from a number on: `qwen2.5` is also found by `2.5`."""
    tails = [
        word[i:]
        for word in found
        if not (word.isalpha() or word.isdigit())
        for i in range(1, len(word))
        if word[i].isdigit() and word[i - 1].isalpha()
    ]
    return found + tails


def squash(text: str) -> str:
    """The words without what separates them."""
    return "".join(words(text))


def index_text(model_id: str) -> str:
    """What the trigram index holds of a model. The blanks make the beginning of a short word a trigram too."""
    return f" {' '.join(parts(words(model_id)))} {squash(model_id)} "


def find(catalog: Catalog, query: str, limit: int = 20) -> Matches:
    """The models that `query` means, at most `limit`; never raises for what a person types.

    Clear is an exact id, and otherwise a first that no other rivals (`_is_clear`).
    """
    query = query.strip()[:MAX_QUERY].encode(errors="replace").decode()  # no halves of surrogate pairs
    if catalog.query("SELECT 1 FROM models WHERE model_id = ?", (query,)):
        return Matches([query], "id", True)
    named = _named(catalog, query)
    if named:
        return _matches(named, "name", limit)
    wanted = words(query)
    worded = _worded(catalog, wanted)
    if worded and worded[0].fit <= WHOLE:
        return _counted(catalog, wanted, _matches(worded, "words", limit, sure=len(query) > 1))
    close = _misspelt(catalog, query)
    if close:
        return _matches(close, "typo", limit, sure=close[0].fit * 4 <= len(query))
    if worded:
        return _counted(catalog, wanted, _matches(worded, "words", limit, sure=len(query) > 1))
    return _similar(catalog, wanted, limit)


def _matches(found: list[_Candidate], how: How, limit: int, sure: bool = True) -> Matches:
    return Matches([candidate.model_id for candidate in found[:limit]], how, sure and _is_clear(found), len(found))


def _counted(catalog: Catalog, wanted: list[str], found: Matches) -> Matches:
    """What words found, with the number of all models in whose id they occur: the most used alone were judged."""
    found.words = wanted
    if found.clear or found.total == len(found.model_ids):
        return found
    grams = dict.fromkeys(gram for word in wanted for gram in _word_grams(word))
    source = "names n CROSS JOIN models m ON m.rowid = n.rowid WHERE names MATCH ?"
    rows = catalog.query(f"SELECT m.model_id FROM {source} LIMIT ?", (_all_of(grams), COUNTED))  # noqa: S608 - ours
    found.total = sum(occur(wanted, model_id) for (model_id,) in rows)
    return found


def occur(wanted: list[str], model_id: str) -> bool:
    """Whether all of a query's words occur in an id, whatever separates its own."""
    squashed = squash(model_id)
    return all(word in squashed for word in wanted)


def _is_clear(found: list[_Candidate]) -> bool:
    """Whether each other that fits as well is made from the first, a longer name of it, or hardly used beside it."""
    first = found[0]
    return not any(
        other.fit == first.fit
        and other.level <= first.level
        and (other.name == first.name or not set(first.words) < set(other.words))
        and other.popularity * CLEAR_LEAD > first.popularity
        for other in found[1:]
    )


def _ranked(found: list[_Candidate]) -> list[_Candidate]:
    """Best fit first; a model behind what it is made from; then the most used."""
    levels = {candidate.model_id: candidate for candidate in found}
    for _ in range(3):  # a quantisation of a finetune of a base; a bound, because models can name each other
        for candidate in found:
            made_from = [levels[base].level for base in candidate.bases if base in levels]
            candidate.level = max([candidate.level, *(level + 1 for level in made_from)])
    return sorted(found, key=lambda candidate: (candidate.fit, candidate.level, -candidate.popularity))


def _named(catalog: Catalog, query: str) -> list[_Candidate]:
    """Models of this id or name, whatever its case and separators."""
    author, _, name = query.rpartition("/")
    key = squash(name).replace(".", "")
    rows = catalog.query(f"{_SELECT} models m {_RANK} WHERE {NAME_KEY} = ? ORDER BY m.rowid LIMIT 50", (key,))
    found = [_Candidate(*row) for row in rows]
    same = [candidate for candidate in found if squash(candidate.model_id) == squash(query)]
    for candidate in same if author else found:
        candidate.fit = COMPLETE if candidate.model_id.lower().endswith(f"/{query.lower()}") else WHOLE
    return _ranked(same if author else found)


NAME_KEY = "replace(replace(replace(lower(name), '-', ''), '_', ''), '.', '')"
"""The name without separators, in SQL: the expression that the catalog's index is made of."""

_BASES = "(SELECT group_concat(base_id, ' ') FROM lineage WHERE model = m.rowid)"
_SELECT = f"SELECT m.model_id, r.popularity, {_BASES} FROM"
_RANK = "CROSS JOIN ranks r ON r.model = m.rowid"
"""CROSS JOIN, here and below, keeps SQLite to the order as written, which is the order of use."""


def _worded(catalog: Catalog, wanted: list[str]) -> list[_Candidate]:
    """Models in whose id all words occur."""
    grams = dict.fromkeys(gram for word in wanted for gram in _word_grams(word))
    if not grams:
        return []
    source = f"names n CROSS JOIN models m ON m.rowid = n.rowid {_RANK} WHERE names MATCH ?"
    found = []
    for row in catalog.query(f"{_SELECT} {source} ORDER BY n.rowid LIMIT ?", (_all_of(grams), CANDIDATES)):
        candidate = _Candidate(*row)
        fits = [_fit(word, candidate) for word in wanted]
        if None not in fits:
            candidate.fit = _overall(wanted, [fit for fit in fits if fit is not None], candidate)
            found.append(candidate)
    return _ranked(found)


def _word_grams(word: str) -> Iterator[str]:
    """Trigrams of every model in whose id the word occurs; a word of two must begin one there, a letter be one."""
    if len(word) == 1:
        return iter((f" {word} ",))
    return _grams(word if len(word) > 2 else f" {word}")


def _grams(text: str) -> Iterator[str]:
    return (text[i : i + 3] for i in range(len(text) - 2))


def _fit(word: str, candidate: _Candidate) -> int | None:
    """How one word fits; where letters end at a number, a word ends (`qwen` in `Qwen3`)."""
    fit = INSIDE if word in candidate.squashed else None
    for part in candidate.parts:
        if part.startswith(word):
            rest = part[len(word) :]
            if not rest or (word[-1].isalpha() and rest[0].isdigit()):
                return WHOLE
            fit = PREFIX
    return fit


def _overall(wanted: list[str], fits: list[int], candidate: _Candidate) -> int:
    """The fit of the worst word; but where hardly a letter of the name is missing, it is what was meant."""
    length = sum(map(len, wanted))
    missing = min(abs(len(candidate.name) - length), abs(len(candidate.squashed) - length))
    return COMPLETE if missing <= 1 else max(fits)


def _misspelt(catalog: Catalog, query: str) -> list[_Candidate]:
    """Models whose name (or id, where one was typed) is a few letters from the query: those with the fewest wrong.

    Compared with and without separators: the one forgives `DeepSeekR1`, the other tells `Qwen2-1.B` from `Qwen2-1B`.
    """
    typed, spelt = squash(query), _spelt(query)
    limit = max(1, min(3, len(typed) // 3))
    close: dict[tuple[int, int], list[_Candidate]] = {}
    for candidate in _overlapping(catalog, query, 60):
        name = candidate.model_id if "/" in query else candidate.model_id.rpartition("/")[2]
        apart = distance(spelt, _spelt(name), limit)
        together = distance(typed, squash(name), limit)
        candidate.fit = min(apart, together)
        close.setdefault((candidate.fit, apart + together), []).append(candidate)
    nearest = min(close, default=(limit + 1, 0))
    return _ranked(close[nearest]) if nearest[0] <= limit else []


def _spelt(text: str) -> str:
    return text.lower().replace(" ", "-").replace("_", "-")


def _overlapping(catalog: Catalog, text: str, limit: int) -> list[_Candidate]:
    """The models that share most trigrams with a text."""
    shared = _sharing_a_third(catalog, squash(text))
    for row, count in _sharing_rare_grams(catalog, index_text(text)).items():
        shared[row] = shared.get(row, 0) + count
    best = sorted(shared, key=lambda row: (-shared[row], row))[:limit]
    rows = catalog.query(f"{_SELECT} models m {_RANK} WHERE m.rowid IN ({_marks(best)})", best)
    return [_Candidate(*row) for row in rows]


def _sharing_a_third(catalog: Catalog, typed: str) -> dict[int, int]:
    """The most used models that have a third of what was typed: of three, one is spelt right in spite of two edits."""
    size = max(3, -(-len(typed) // 3))
    shared: dict[int, int] = {}
    for start in range(0, len(typed), size):
        grams = list(_grams(typed[start : start + size]))
        for row in _rows_of(catalog, grams, MOST_USED) if grams else ():
            shared[row] = shared.get(row, 0) + len(grams)
    return shared


def _sharing_rare_grams(catalog: Catalog, text: str) -> dict[int, int]:
    """The models that have one of the rarer trigrams of a text, and how many of them."""
    grams = sorted(set(_grams(text)))
    counts = f"SELECT term, models FROM trigrams WHERE term IN ({_marks(grams)}) ORDER BY models"  # noqa: S608 - marks
    left = POSTINGS
    shared: dict[int, int] = {}
    for gram, models in catalog.query(counts, grams):
        for row in _rows_of(catalog, [gram], left):
            shared[row] = shared.get(row, 0) + 1
        left -= models
        if left <= 0:
            break
    return shared


def _rows_of(catalog: Catalog, grams: list[str], limit: int) -> list[int]:
    """The row numbers of the most used models that have all these trigrams."""
    rows = catalog.query("SELECT rowid FROM names WHERE names MATCH ? ORDER BY rowid LIMIT ?", (_all_of(grams), limit))
    return [row for (row,) in rows]


def _all_of(grams: Iterable[str]) -> str:
    """FTS5's expression; quoted, a trigram of letters, digits, points and blanks is nothing but itself."""
    return " AND ".join(f'"{gram}"' for gram in grams)


def _marks(values: list[str] | list[int]) -> str:
    return ",".join("?" * len(values))


def distance(typed: str, name: str, limit: int) -> int:
    """Letters missing, surplus, wrong or swapped with their neighbour; anything above `limit` is `limit` + 1.

    By hand, because to import rapidfuzz takes longer than to answer. Only the band of cells that can stay within the
    limit is filled.
    """
    beyond = limit + 1
    if abs(len(typed) - len(name)) > limit:
        return beyond
    older: list[int] = []
    before, row = older, list(range(len(name) + 1))
    for i, letter in enumerate(typed, 1):
        older, before, row = before, row, [i] + [beyond] * len(name)
        for j in range(max(1, i - limit), min(len(name), i + limit) + 1):
            other = name[j - 1]
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == name[j - 2] and typed[i - 2] == other:
                steps = min(steps, older[j - 2] + 1)
            row[j] = steps
        if min(row) > limit:
            return beyond
    return min(row[-1], beyond)


def _similar(catalog: Catalog, wanted: list[str], limit: int) -> Matches:
    """The models of the words as they are probably spelt, or else the nearest names."""
    candidates = _overlapping(catalog, " ".join(wanted), CANDIDATES)
    known = list(dict.fromkeys(part for candidate in candidates for part in candidate.parts))
    respelt = [_respelt(word, known) for word in wanted]
    found = [] if respelt == wanted else _named(catalog, " ".join(respelt)) or _worded(catalog, respelt)
    if found or not candidates:
        return _counted(catalog, respelt, _matches(found, "typo", limit)) if found else Matches([], "nearest", False)
    from rapidfuzz import fuzz, process

    names = {candidate.model_id: candidate.name for candidate in candidates}
    nearest = process.extract("".join(wanted), names, scorer=fuzz.ratio, limit=min(limit, 5), score_cutoff=40)
    return Matches([model_id for _, _, model_id in nearest], "nearest", False)


def _respelt(word: str, known: list[str]) -> str:
    """The known word a letter or two from this one; itself where none is, or where it is the beginning of one."""
    if any(other.startswith(word) for other in known):
        return word
    limit = len(word) // 4 + (len(word) > 2)
    wrong = {other: distance(word, other, limit) for other in known}
    best = min(known, key=wrong.__getitem__, default=word)
    return best if wrong.get(best, limit + 1) <= limit else word
