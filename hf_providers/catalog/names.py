"""Names of models as text: their words, their numbers, and whether a typed number is a number of an id.

No catalog and no I/O. Imported for every answer, so it imports nothing itself.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

GLUED = 2
"""Letters before or after a number that belong to it: the v of v3, the b of 7b, the px of 1024px."""
LEFT_OFF_BEFORE = frozenset({"", "v", "k", "m"})
"""Glued letters that may be left off before a number: V3.2, K2.5, M2.5. Not the z of Z1, nor the a of A3B."""
LEFT_OFF_AFTER = frozenset({"", "b", "k", "m", "t", "p", "px"})
"""Units that may be left off after a number: 120b, 128k, 300m, 1T, 720p. Not the v of 4.5V, nor the n of 3n."""

_SEPARATED = bytes(c if (chr(c).isalnum() and c < 128) or chr(c) == "." else 32 for c in range(256))


def words(text: str) -> list[str]:
    """Return the words of a name or query, lower case: runs of letters and digits, with the point of a number.

    Full-width and other forms of ASCII are read as ASCII. Letters and digits of other alphabets stay in their word,
    and so does a plus after a letter: no id has them, so that such a word is found nowhere, and is not left out.
    """
    if not text.isascii() or "+" in text:
        found = _foreign(text)
    else:
        found = text.lower().encode("ascii").translate(_SEPARATED).decode().split()
        if "." not in text:
            return found
    return [word for dotted in found for word in (_undot(dotted) if "." in dotted else (dotted,))]


def _foreign(text: str) -> list[str]:
    from unicodedata import normalize

    read = normalize("NFKC", text).lower()
    kept = (
        c if c.isalnum() or c.isnumeric() or c == "." or (c == "+" and read[i - 1 : i].isalpha()) else " "
        for i, c in enumerate(read)
    )
    return "".join(kept).split()


def _undot(word: str) -> list[str]:
    """Keep a point between two digits only: `FLUX.1` is two words, `Qwen2.5` is one."""
    kept = (
        " " if c == "." and not (word[i - 1 : i].isdigit() and word[i + 1 : i + 2].isdigit()) else c
        for i, c in enumerate(word)
    )
    return "".join(kept).split()


def parts(found: list[str]) -> list[str]:
    """Return the words, and their rests from a number on: `qwen2.5` is also found by `2.5`."""
    tails = [
        word[i:]
        for word in found
        if not (word.isalpha() or word.isdigit())
        for i in range(1, len(word))
        if word[i].isdigit() and word[i - 1].isalpha()
    ]
    return found + tails


def squash(text: str) -> str:
    """Return the words without separators."""
    return "".join(words(text))


def index_text(model_id: str) -> str:
    """Return a model's text for the trigram index. The spaces make the beginning of a short word a trigram, too."""
    found = words(model_id)
    return f" {' '.join(parts(found))} {''.join(found)} "


def same_name(typed: str, name: str) -> bool:
    """Return whether two names differ only in case and separators; `2-5` is 2.5 with another separator, 25 is not."""
    return _spaced(typed) == _spaced(name)


def _spaced(text: str) -> str:
    """Return the text without separators but those between two digits."""
    spaced = ""
    for word in " ".join(words(text)).replace(".", " ").split():
        spaced += " " + word if spaced[-1:].isdigit() and word[0].isdigit() else word
    return spaced


class Number:
    """A number in a name, and the letters around it: of its own word, and of the whole name up to the next number."""

    __slots__ = ("after", "before", "prefix", "suffix", "value")

    def __init__(self, value: str, prefix: str, suffix: str) -> None:
        self.value = value
        self.prefix = prefix
        self.suffix = suffix
        self.before = prefix
        self.after = suffix


def numbers(found: Sequence[str]) -> list[Number]:
    """Return the numbers of a name's words in order. 2.5 is one number, and so is the 8x7 of `8x7b`."""
    every: list[Number] = []
    letters = ""
    for word in found:
        if word.isalpha():
            letters = _read(every, letters, word)
            continue
        runs = _runs(word)
        for i, run in enumerate(runs):
            if run[0].isdigit():
                prefix = runs[i - 1] if i else ""
                number = Number(run, prefix, runs[i + 1] if i + 1 < len(runs) else "")
                number.before = letters
                letters = ""
                every.append(number)
            else:
                letters = _read(every, letters, run)
    return every


def _read(every: list[Number], letters: str, run: str) -> str:
    """Add a run of letters to what follows the last number, and return the letters since then."""
    letters += run
    if every:
        every[-1].after = letters
    return letters


def _runs(word: str) -> list[str]:
    """Return a word's runs of letters and numbers in turn; an x between two digits multiplies."""
    runs: list[str] = []
    for i, c in enumerate(word):
        numeric = c.isdigit() or c == "." or (c == "x" and word[i - 1 : i].isdigit() and word[i + 1 : i + 2].isdigit())
        if runs and numeric == (runs[-1][0].isdigit()):
            runs[-1] += c
        else:
            runs.append(c)
    return runs


def letter_runs(word: str) -> list[str]:
    """Return the runs of letters of a word that are words themselves, and no letters glued to a number."""
    return [run for run in _runs(word) if len(run) > GLUED and run.isalpha()]


def tokens(word: str, glued: Container[str] = ()) -> list[str]:
    """Return a word cut where a word of letters meets a number: `llama3.3` is llama and 3.3, `r1` is itself.

    Args:
        word: The word.
        glued: Letters that are words although they are short.
    """
    cut: list[str] = []
    whole = True
    for run in _runs(word):
        is_word = run.isalpha() and (len(run) > GLUED or run in glued)
        if whole or is_word:
            cut.append(run)
        else:
            cut[-1] += run
        whole = is_word
    return cut


def agree(typed: Sequence[Number], named: Sequence[Number], *, misspelt: bool = False) -> bool:
    """Return whether every number typed equals a number of the id, each another one: 2 is not 2.5, nor 7 the 8x7.

    A glued letter may be left off (`gpt-oss 120`, `kimi 2.5`), but not changed: v1 is not r1.

    Args:
        typed: The numbers typed.
        named: Those of the id.
        misspelt: Whether a word of letters before or after a number may have been cut to two: `Wn2.1` for Wan2.1.
    """
    if len(typed) > len(named):
        return False
    fits = [[_equal(one, other, misspelt=misspelt) for other in named] for one in typed]
    taken: dict[int, int] = {}
    return all(_assign(i, fits, taken, set()) for i in range(len(typed)))


def _assign(i: int, fits: Sequence[Sequence[bool]], taken: dict[int, int], tried: set[int]) -> bool:
    """Match a typed number with a number of the id; a matched one is freed if its partner can have another."""
    for j, fitting in enumerate(fits[i]):
        if fitting and j not in tried:
            tried.add(j)
            if j not in taken or _assign(taken[j], fits, taken, tried):
                taken[j] = i
                return True
    return False


def _equal(typed: Number, number: Number, *, misspelt: bool) -> bool:
    if typed.value != number.value:
        return False
    cut = misspelt and len(typed.prefix) == GLUED < len(number.prefix)
    if not cut and not _prefix_agrees(typed.prefix, number):
        return False
    cut = misspelt and len(typed.suffix) == GLUED < len(number.suffix)
    return cut or _suffix_agrees(typed.suffix, number)


def _prefix_agrees(typed: str, number: Number) -> bool:
    own, before = number.prefix, number.before
    if not typed:
        return own in LEFT_OFF_BEFORE or len(own) > GLUED
    if before.endswith(typed) and len(typed) >= len(own):
        return True
    if len(typed) <= GLUED:
        return False
    if 0 < len(own) <= GLUED:  # kimi2.5 leaves the k off, deepsekr1 has its r
        return typed.endswith(own) or (own in LEFT_OFF_BEFORE and before[: -len(own)].endswith(typed))
    return len(own) > GLUED or typed[-1] == before[-1:]


def _suffix_agrees(typed: str, number: Number) -> bool:
    own, after = number.suffix, number.after
    if not typed:
        return own in LEFT_OFF_AFTER
    if after.startswith(typed) and len(typed) >= len(own):
        return True
    if len(typed) <= GLUED:
        return False
    if 0 < len(own) <= GLUED:
        return typed.startswith(own)
    return len(own) > GLUED or typed[0] == after[:1]


def occur(wanted: Sequence[str], model_id: str) -> bool:
    """Return whether all of a query's words occur in an id: letters anywhere, numbers as `agree` has them."""
    squashed = squash(model_id)
    if not all(run in squashed for word in wanted for run in _letters_of(word)):
        return False
    author, _, name = model_id.rpartition("/")
    typed = numbers_of_name(wanted, words(author))
    return not typed or agree(typed, numbers(words(name)))


def numbers_of_name(typed: Sequence[str], author: Sequence[str]) -> list[Number]:
    """Return the numbers typed, but those of words of the author: the 2 of lightx2v is none of its models'."""
    return numbers([word for word in typed if word.isalpha() or word not in author])


def _letters_of(word: str) -> Iterable[str]:
    return (word,) if word.isalpha() else letter_runs(word)
