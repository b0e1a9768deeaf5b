"""Queries with wrong letters: the models that are probably meant, and similar names.

Only letters are corrected: never a number or a glued letter, a word of one or two letters (`pt` is not `it`), or a word
that some model of the catalog has (`mixtral` is not `mistral`).
"""

from __future__ import annotations

from hf_providers.catalog.candidates import (
    CANDIDATES,
    RANK,
    SELECT,
    Candidate,
    all_of,
    grams,
    ranked,
    rows_of,
)
from hf_providers.catalog.names import GLUED, index_text, numbers, squash, tokens, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_providers.catalog.database import Catalog

POSTINGS = 4000
"""Index entries that are read for a misspelt query, those of the rarest trigrams first."""
MOST_USED = 100
"""Most models considered for a part of a misspelt query."""
JUDGED = 60
"""Most models whose whole name is compared with a query."""
WRONG = 3
"""The most letters that may be wrong in a name."""
LONG = 5
"""Length of a word from which on two letters may be wrong."""
NEAR = 0.4
"""The least `likeness` of a similar name."""


def misspelt(catalog: Catalog, query: str) -> list[Candidate]:
    """Return the models whose name is a few letters from the query: those with the fewest wrong, the most used first.

    Compared with and without separators: `DeepSeekR1` needs the latter, `Qwen2-1.B` against `Qwen2-1B` the former.
    """
    together, apart = squash(query), _spelt(query)
    limit = max(1, min(WRONG, len(together) // 3))
    typed = words(query)
    counted = numbers(typed)
    close: dict[tuple[int, int], list[Candidate]] = {}
    for candidate in _overlapping(catalog, query, JUDGED):
        name = candidate.model_id.rpartition("/")[2]
        wrong = distance(together, squash(name), limit), distance(apart, _spelt(name), limit)
        candidate.fit = min(wrong)
        if candidate.fit <= limit and candidate.has_only(counted) and _letters_can_be_wrong(catalog, typed, candidate):
            close.setdefault((candidate.fit, sum(wrong)), []).append(candidate)
    return ranked(close[min(close)]) if close else []


def _letters_can_be_wrong(catalog: Catalog, typed: Sequence[str], candidate: Candidate) -> bool:
    """Return whether the differing words can be misspellings: not short, and not a word that a model has."""
    own = {token for word in candidate.words for token in tokens(word)}
    said = {token for word in typed for token in tokens(word)}
    missing = [token for token in own - said if token.isalpha()]
    if any(len(token) <= GLUED and not any(token in one for one in said) for token in missing):
        return False
    other = [token for token in said - own if token.isalpha() and (len(token) <= GLUED or token not in candidate.name)]
    return not any(_is_a_word(catalog, token) or not _is_cut(token, missing) for token in other)


def _is_cut(token: str, missing: Sequence[str]) -> bool:
    """Return whether a token is no short word of its own, but long, or a longer one without a letter: `gm` of glm."""
    return len(token) > GLUED or any(distance(token, one, 1) <= 1 for one in missing if len(one) > GLUED)


def _is_a_word(catalog: Catalog, word: str) -> bool:
    """Return whether a word is one of some model's."""
    some = dict.fromkeys(grams(f" {word} "))
    query = "SELECT m.model_id FROM names n CROSS JOIN models m ON m.rowid = n.rowid WHERE names MATCH ? LIMIT ?"
    return any(word in _tokens(model_id) for (model_id,) in catalog.query(query, (all_of(some), MOST_USED)))


def _tokens(model_id: str) -> set[str]:
    return {token for word in words(model_id) for token in tokens(word)}


def _spelt(text: str) -> str:
    return text.lower().replace(" ", "-").replace("_", "-")


def _overlapping(catalog: Catalog, text: str, limit: int) -> list[Candidate]:
    """Return the models that share most trigrams with a text."""
    shared = _sharing_a_third(catalog, squash(text))
    for row, count in _sharing_rare_grams(catalog, index_text(text)).items():
        shared[row] = shared.get(row, 0) + count
    best = sorted(shared, key=lambda row: (-shared[row], row))[:limit]
    rows = catalog.query(f"{SELECT} models m {RANK} WHERE m.rowid IN ({_marks(best)})", best)
    return [Candidate(*row) for row in rows]


def _sharing_a_third(catalog: Catalog, typed: str) -> dict[int, int]:
    """Return the most used models that have a third of what was typed: two edits leave one of three thirds right."""
    size = max(3, -(-len(typed) // 3))
    shared: dict[int, int] = {}
    for start in range(0, len(typed), size):
        third = list(grams(typed[start : start + size]))
        for row in rows_of(catalog, third, MOST_USED) if third else ():
            shared[row] = shared.get(row, 0) + len(third)
    return shared


def _sharing_rare_grams(catalog: Catalog, text: str) -> dict[int, int]:
    """Return the models that have one of the rarer trigrams of a text, and how many of them."""
    some = sorted(set(grams(text)))
    counts = f"SELECT term, models FROM trigrams WHERE term IN ({_marks(some)}) ORDER BY models"  # noqa: S608 - marks
    left = POSTINGS
    shared: dict[int, int] = {}
    for gram, models in catalog.query(counts, some):
        for row in rows_of(catalog, [gram], left):
            shared[row] = shared.get(row, 0) + 1
        left -= models
        if left <= 0:
            break
    return shared


def _marks(values: list[str] | list[int]) -> str:
    return ",".join("?" * len(values))


def distance(typed: str, name: str, limit: int) -> int:
    """Return how many letters are missing, surplus, wrong or swapped; anything above `limit` is `limit` + 1.

    Written here because importing a library for it takes longer than the answer. Only the band of cells that can
    stay within the limit is filled.
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


def respelt(catalog: Catalog, wanted: Sequence[str]) -> list[tuple[str, str]]:
    """Return each word as it was typed and as it is probably spelt; numbers stand apart from words of letters."""
    typed = [token for word in wanted for token in tokens(word)]
    candidates = _overlapping(catalog, " ".join(typed), CANDIDATES)
    known = list(dict.fromkeys(token for candidate in candidates for token in _tokens(candidate.model_id)))
    return [(token, _respelt(catalog, token, known)) for token in typed]


def _respelt(catalog: Catalog, word: str, known: list[str]) -> str:
    """Return the known word a letter or two from this one; itself where it is a number or the beginning of a word."""
    if not word.isalpha() or any(other.startswith(word) for other in known) or _is_a_word(catalog, word):
        return word
    limit = 1 if len(word) < LONG else 2
    wrong = {other: distance(word, other, limit) for other in known if other.isalpha() and len(other) > GLUED}
    best = min(wrong, key=wrong.__getitem__, default=word)
    return best if wrong.get(best, limit + 1) <= limit else word


def nearest(catalog: Catalog, query: str) -> list[str]:
    """Return up to five ids of similar names, the most similar first."""
    candidates = _overlapping(catalog, " ".join(words(query)), CANDIDATES)
    if not candidates:
        return []
    typed = squash(query.rpartition("/")[2])
    alike = {candidate.model_id: likeness(typed, candidate.name) for candidate in candidates}
    close = [model_id for model_id in alike if alike[model_id] >= NEAR]
    return sorted(close, key=lambda model_id: -alike[model_id])[:5]


def likeness(one: str, other: str) -> float:
    """Return twice the length of the longest common subsequence, to the length of both: 1 for equal texts.

    Written here for the same reason as `distance`. A bit stands for a letter of `one`; see
    https://doi.org/10.1016/S0020-0190(04)00148-0 (Hyyrö 2004) for the step.
    """
    places: dict[str, int] = {}
    for place, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << place
    every = (1 << len(one)) - 1
    left = every
    for letter in other:
        matched = left & places.get(letter, 0)
        left = (left + matched | left - matched) & every
    return 2 * (len(one) - left.bit_count()) / max(1, len(one) + len(other))
