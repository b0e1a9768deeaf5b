"""Find the model that a few typed words mean.

The readings of a query, of which the first good one wins: what `exact` finds; the name with other separators; all
words, in any order; the name with a few wrong letters; the words with wrong letters. A number never matches another one
(`names.agree`), and a word that some model has is no misspelling.

Imported for every answer: `candidates` and `misspelt` are imported only when a query needs them.
"""

from __future__ import annotations

from hf_providers.catalog import pasted
from hf_providers.catalog.exact import Matches, exact, former_ids
from hf_providers.catalog.names import letter_runs, occur, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from hf_providers.catalog.candidates import Candidate
    from hf_providers.catalog.database import Catalog
    from hf_providers.catalog.exact import MatchedBy

MAX_QUERY = 100
"""Most characters of a query that are read as words: an id on the Hub has at most 96."""
SHORT = 4
"""Length from which on a word may be the beginning of any other."""
COUNTED = 10_000
"""Most models that are counted where they are too many to be judged."""
_JOINED = dict.fromkeys(map(ord, "/-_. "))


def find(catalog: Catalog, query: str, limit: int = 20, provider: str | None = None) -> Matches:
    """Return the models that `query` means, at most `limit`; never raises for what a person types.

    The match is clear with an exact id, or where no other comes close to the first (`candidates.is_clear`). A
    `:provider` is not understood: split it off, and pass it as `provider`, so that the provider's own ids are found.
    """
    found = exact(catalog, query, provider)
    if found and (found.clear or found.matched_by == "alias" or not found.listed):
        found.model_ids = found.model_ids[:limit]
        return found
    read = pasted.read(query)
    if read.is_id or read.foreign or not 0 < len(read.whole) <= MAX_QUERY:
        return _nearest(catalog, read.whole[:MAX_QUERY])
    return _by_words(catalog, read.whole, limit)


def _by_words(catalog: Catalog, query: str, limit: int) -> Matches:
    """Return the models that words name: spelt right, as a longer form, or with wrong letters."""
    from hf_providers.catalog.candidates import GLUED, same_names, worded

    named = same_names(catalog, query)
    if named:
        return matches(named, "name", limit)
    wanted = words(query)
    found = worded(catalog, wanted)
    if found and found[0].fit <= GLUED:
        read = matches(found, "words", limit, sure=len(query) > 1)
        if read.clear and " " not in query and "-" in query:  # it looks like a name, and no model has it
            read.read_as = [(query, read.model_ids[0])]
        return _counted(catalog, wanted, read)
    return (
        _former(catalog, wanted, limit)
        or (None if found else _written_out(catalog, wanted, limit))
        or _misspelt(catalog, query, limit)
        or _respelt(catalog, wanted, limit)
        or (
            _counted(catalog, wanted, matches(found, "words", limit, sure=_are_begun(wanted, found[0])))
            if found
            else None
        )
        or _nearest(catalog, query)
    )


def _are_begun(wanted: Sequence[str], candidate: Candidate) -> bool:
    """Return whether words that only begin one of the name are long enough to mean it: `pro` is not Product."""
    from hf_providers.catalog.candidates import PREFIX, letters_fit

    begun = [word for word in wanted if word.isalpha() and letters_fit(word, candidate) == PREFIX]
    return all(len(word) > SHORT for word in begun)


def _former(catalog: Catalog, wanted: Sequence[str], limit: int) -> Matches | None:
    """Return the models of these words that no provider lists any more, the last seen first."""
    from hf_providers.catalog.candidates import GLUED, Candidate, fits

    letters = [run for word in wanted for run in letter_runs(word)]
    joined = ((model_id, model_id.lower().translate(_JOINED)) for model_id in former_ids(catalog))
    every = [Candidate(model_id) for model_id, text in joined if all(run in text for run in letters)]
    ids = [one.model_id for one in every if fits(wanted, one) and one.fit <= GLUED]
    if not ids:
        return None
    found = Matches(ids[:limit], "words", len(ids) == 1 and len("".join(letters)) > 1, len(ids))
    found.listed = False
    return found


def _written_out(catalog: Catalog, wanted: Sequence[str], limit: int) -> Matches | None:
    """Return the models of the words that abbreviations stand for: `sd 3.5` is stable diffusion 3.5."""
    from hf_providers.catalog.aliases import ABBREVIATIONS
    from hf_providers.catalog.candidates import worded
    from hf_providers.catalog.names import tokens

    short = [token for word in wanted for token in tokens(word, glued=ABBREVIATIONS)]
    longer = " ".join(ABBREVIATIONS.get(token, token) for token in short).split()
    found = worded(catalog, longer) if longer != short else []
    if not found:
        return None
    read = _counted(catalog, longer, matches(found, "alias", limit))
    read.read_as = [(token, ABBREVIATIONS[token]) for token in short if token in ABBREVIATIONS]
    return read


def _misspelt(catalog: Catalog, query: str, limit: int) -> Matches | None:
    """Return the models whose name is a few letters from the query."""
    from hf_providers.catalog.misspelt import misspelt

    found = misspelt(catalog, query)
    if not found:
        return None
    read = matches(found, "typo", limit)
    typed = words(query)
    pairs = list(zip(typed, found[0].words, strict=False)) if len(typed) == len(found[0].words) else []
    read.read_as = [(one, other) for one, other in pairs if one != other] or [(query, read.model_ids[0])]
    read.clear &= _hardly_wrong(read.read_as) if pairs else found[0].fit <= 1
    return read


def _hardly_wrong(read_as: Sequence[tuple[str, str]]) -> bool:
    """Return whether no word has two letters wrong, no short one another letter, and no letter lacks in one of two.

    `magistral` may be mistral, and `list` lisa, but only the reader can tell.
    """
    from hf_providers.catalog.misspelt import LONG, distance

    return all(
        distance(typed, right, 1) <= 1
        and len(typed) > 2
        and (len(typed) >= LONG or len(typed) != len(right) or sorted(typed) == sorted(right))
        for typed, right in read_as
    )


def _respelt(catalog: Catalog, wanted: Sequence[str], limit: int) -> Matches | None:
    """Return the models of the words as they are probably spelt."""
    from hf_providers.catalog.candidates import same_names, worded
    from hf_providers.catalog.misspelt import respelt

    pairs = respelt(catalog, wanted)
    spelt = [right for _, right in pairs]
    if all(typed == right for typed, right in pairs):
        return None
    every = same_names(catalog, " ".join(spelt)) or worded(catalog, spelt)
    found = [candidate for candidate in every if candidate.has(wanted)]  # as typed: the v of deepsekv1 stays glued
    if not found:
        return None
    read = _counted(catalog, spelt, matches(found, "typo", limit))
    read.read_as = [(typed, right) for typed, right in pairs if typed != right]
    read.clear &= _hardly_wrong(read.read_as)
    return read


def _nearest(catalog: Catalog, query: str) -> Matches:
    from hf_providers.catalog.misspelt import nearest

    return Matches(nearest(catalog, query), "nearest", False)


def matches(found: Sequence[Candidate], matched_by: MatchedBy, limit: int, sure: bool = True) -> Matches:
    """Return the first of ranked candidates as what a query found."""
    from hf_providers.catalog.candidates import is_clear

    return Matches(
        [candidate.model_id for candidate in found[:limit]], matched_by, sure and is_clear(found), len(found)
    )


def _counted(catalog: Catalog, wanted: Sequence[str], found: Matches) -> Matches:
    """Return the result for words, with the number of all models in whose id they occur: only some were judged."""
    from hf_providers.catalog.candidates import matching

    found.words = list(wanted)
    if found.clear or found.total == len(found.model_ids):
        return found
    source = "names n CROSS JOIN models m ON m.rowid = n.rowid WHERE names MATCH ?"
    rows = catalog.query(f"SELECT m.model_id FROM {source} LIMIT ?", (matching(wanted), COUNTED))  # noqa: S608 - ours
    found.total = sum(occur(wanted, model_id) for (model_id,) in rows)
    return found
