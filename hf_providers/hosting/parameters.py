"""Find out how many parameters a model has, from three witnesses: the count of its tensors, its config.json, its name.

The Hub counts stored elements, and of quantised checkpoints an element can hold several weights (hub-docs#2704,
huggingface.js#2003); some repositories count a part. So a count is used only if nothing contradicts it; if
trusted witnesses differ by more than 30 %, the number is unknown, with the reason.

Every answer imports this: pure, standard library only.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from hf_providers.catalog.row_types import ArchitectureRow
    from hf_providers.hosting.estimate_types import ActiveSource, ParametersSource, ResolvedParameters

AGREE_PCT = 30
"""Witnesses that differ by no more than this share of the larger one agree."""

COUNT: Literal["count"] = "count"
CONFIG: Literal["config"] = "config"
NAME: Literal["name"] = "name"
GIVEN: Literal["given"] = "given"
"""Sources of a number: the Hub's count of tensors, arithmetic on config.json, the model's name, or the caller."""

_WHOLE_METHODS = frozenset({"fp8", "fbgemm_fp8", "ptpc_fp8", "fp8_e4m3"})
"""Methods in whose checkpoints an element holds one weight of 8 bits; with any other it may hold several."""
_PACKED_WORDS = frozenset({"mlx", "bit", "bits"})
_PACKED_BEGINNINGS = (
    "awq", "gptq", "nvfp4", "mxfp4", "fp4", "bnb", "exl2", "exl3", "gguf", "hqq", "autoround", "aqlm", "quip", "vptq",
    "bpw",
    *(f"{kind}{bits}" for kind in ("int", "q", "iq") for bits in range(1, 9)), *(f"w{bits}a" for bits in range(1, 9)),
)  # fmt: skip
_BITS_ENDINGS = ("bit", "bits", "bpw")
"""Words of a name, or their beginnings and ends, that mean several weights in an element of a checkpoint."""
_EIGHT_BIT_WORDS = frozenset({"fp8", "w8a8", "float8"})
"""Words of a name that mean one weight of 8 bits in an element."""

_UNITS = {"m": 10**6, "b": 10**9, "t": 10**12}
_NO_SIZES_AFTER = frozenset({"step", "steps", "token", "tokens", "iter"})
_COUNT_TOKENS = frozenset({"token", "tokens", "context", "ctx"})
"""Words after which a size counts training tokens, not parameters."""
_LONGEST_CONTEXT = 10**7
"""Up to here a size in M alone may be a context."""
_LONGEST_NAME = 200


class Named:
    """The sizes that a name states; None is not stated."""

    def __init__(self, total: int | None, most: int | None, active: int | None) -> None:
        """Keep the sizes: of all parameters, an upper bound of them, and of those that a token uses."""
        self.total, self.most, self.active = total, most, active


_SPACES = "".join(c if c.isalnum() or c == "." else " " for c in map(chr, range(128)))
"""For each character of ASCII, itself where words may have it, else a space."""


def in_name(model_id: str) -> Named:
    """Return the sizes that a model's name states.

    `17B-16E` and `A3B` are active sizes, `8x7B` is an upper bound, what follows `step` or precedes `tokens` is no size
    (it counts tokens trained), and neither is `1M` (a context). Two different sizes are none, and so is `3_8b`.
    """
    words = _words(model_id)
    last = next((index for index, word in enumerate(words) if word in _NO_SIZES_AFTER), len(words))
    totals: dict[str, set[int]] = {}
    most, active = None, None
    for word, following in zip(words[:last], [*words[1:], ""], strict=False):
        experts, plain = _experts(word.removeprefix("a"))
        size = _size(plain)
        if size is None or following in _COUNT_TOKENS or (plain.endswith("m") and size <= _LONGEST_CONTEXT):
            continue
        if word.startswith("a") or (following[:-1].isdecimal() and following.endswith("e")):
            active = size
        elif experts:
            most = experts * size
        else:
            totals.setdefault(plain[-1], set()).add(size)
    stated = totals.get("b") or totals.get("t") or totals.get("m") or set()
    return Named(stated.pop() if len(stated) == 1 and most is None else None, most, active)


def _words(model_id: str) -> list[str]:
    """Return the words of a model's name, in lower case; a word may hold a dot, or an underscore between digits."""
    name = model_id.rpartition("/")[2].lower()[:_LONGEST_NAME]
    if name.isascii() and "_" not in name:  # nearly every name
        return name.translate(_SPACES).split()
    kept = [
        c.isascii() and (c.isalnum() or c == "." or (c == "_" and before.isdecimal() and after.isdecimal()))
        for before, c, after in zip(["", *name], name, [*name[1:], ""], strict=False)
    ]
    return "".join(c if keep else " " for c, keep in zip(name, kept, strict=True)).split()


def _experts(word: str) -> tuple[int | None, str]:
    """Return the number before an x (8x7b), and the rest."""
    before, times, after = word.partition("x")
    return (int(before), after) if times and before.isdecimal() and len(before) < 4 else (None, word)


def _size(word: str) -> int | None:
    """Return a size such as 1.5b; None for any other word."""
    whole, _, part = word[:-1].partition(".")
    digits = whole + part
    if word[-1:] not in _UNITS or not whole or not digits.isdecimal() or len(whole) > 4 or len(part) > 3:
        return None
    return int(digits) * _UNITS[word[-1]] // int("1" + "0" * len(part))


def says_quantised(model_id: str, *, packed: bool = False) -> bool:
    """Return whether a model's name says that it is quantised; with `packed`, several weights in an element."""
    words = {part for word in _words(model_id) for part in (word, *word.split("."))}
    return any(map(_says_packed, words)) or (not packed and bool(words & _EIGHT_BIT_WORDS))


def _says_packed(word: str) -> bool:
    if word in _EIGHT_BIT_WORDS:
        return False
    bits = word.rstrip("abcdefghijklmnopqrstuvwxyz").partition(".")[0]
    few = bits.isdecimal() and len(bits) < 3 and int(bits) <= 8
    return word in _PACKED_WORDS or word.startswith(_PACKED_BEGINNINGS) or (few and word.endswith(_BITS_ENDINGS))


def agree(one: int, other: int) -> bool:
    """Return whether two witnesses differ by no more than AGREE_PCT."""
    return abs(one - other) * 100 <= AGREE_PCT * max(one, other)


def is_packed(dtypes: Mapping[str, int] | None, method: str | None, bits: int | None, model_id: str) -> bool:
    """Return whether an element of the checkpoint may hold several weights, by its dtypes, or else by its description.

    Args:
        dtypes: Elements by safetensors dtype, where known.
        method: The quantisation method that config.json states.
        bits: The bits of a weight that it states.
        model_id: The model's id.
    """
    if dtypes:
        return packed_elements(dtypes) * 100 > sum(dtypes.values())
    whole = method is None or (method.lower() in _WHOLE_METHODS and bits == 8)
    return not whole or says_quantised(model_id, packed=True)


def packed_elements(dtypes: Mapping[str, int]) -> int:
    """Return the elements of integer and FP4 dtypes."""
    return sum(count for dtype, count in dtypes.items() if dtype == "F4" or not dtype.startswith(("F", "BF")))


def element_bits(dtype: str) -> int | None:
    """Return the bits of an element of a safetensors dtype; None for one not known."""
    return _ELEMENT_BITS.get(dtype)


_ELEMENT_BITS = {
    **dict.fromkeys(("F64", "I64", "U64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "I8", "U8", "BOOL"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}


class Reading:
    """One way to read a count of elements by dtype: as weights, or as elements that hold several."""

    def __init__(self, weights: int, byte_count: int) -> None:
        """Keep the parameters and the bytes on disk that the reading means."""
        self.weights, self.byte_count = weights, byte_count


def readings(dtypes: Mapping[str, int], bits: int | None) -> list[Reading]:
    """Return the possible readings of a count; none if unknown.

    One reading without packed dtypes, or of 8-bit weights in 8-bit elements; two of all others.

    Args:
        dtypes: Elements by safetensors dtype.
        bits: Bits of a quantised weight, as config.json states.
    """
    if any(element_bits(dtype) is None or count < 0 for dtype, count in dtypes.items()) or not any(dtypes.values()):
        return []
    plain = {dtype: count for dtype, count in dtypes.items() if dtype.startswith(("F", "BF")) and dtype != "F4"}
    packed = {dtype: count for dtype, count in dtypes.items() if dtype not in plain}
    weights, plain_bits = sum(plain.values()), _bits(plain)
    if not is_packed(dtypes, None, None, ""):
        return [Reading(sum(dtypes.values()), _up(_bits(dtypes)))]
    if bits is None or not 1 <= bits <= 8:
        return []
    held = _bits(packed)
    as_stored = Reading(weights + held // bits, _up(plain_bits + held))
    as_weights = Reading(sum(dtypes.values()), _up(plain_bits + sum(packed.values()) * bits))
    same = (as_stored.weights, as_stored.byte_count) == (as_weights.weights, as_weights.byte_count)
    return [as_stored] if same else [as_stored, as_weights]


def _bits(dtypes: Mapping[str, int]) -> int:
    return sum((element_bits(dtype) or 0) * count for dtype, count in dtypes.items())


def _up(bits: int) -> int:
    return -(-bits // 8)


def agreeing(dtypes: Mapping[str, int], bits: int | None, witness: int | None) -> Reading | None:
    """Return the only reading of a count that a witness agrees with; None if there is none, or more than one.

    A count without packed dtypes needs no witness: it has one reading.
    """
    possible = readings(dtypes, bits)
    if len(possible) > 1 or witness is not None:
        possible = [reading for reading in possible if witness is not None and agree(reading.weights, witness)]
    return possible[0] if len(possible) == 1 else None


def resolve(
    model_id: str, counted: int | None, dtypes: Mapping[str, int] | None, architecture: ArchitectureRow | None
) -> ResolvedParameters:
    """Return `parameters`, `active_parameters`, where each is from (`…_source`) and `parameters_reason`.

    Args:
        model_id: The model's id.
        counted: What the Hub counts (`safetensors.total`).
        dtypes: The same by dtype.
        architecture: The model's row of `architectures`: what arithmetic on config.json gives, and the quantisation.
    """
    facts: ArchitectureRow = architecture or {}
    named, arithmetic = in_name(model_id), facts.get("config_parameters")
    count, packed = _count(model_id, counted, dtypes, facts, named)
    part = bool(facts.get("left_out"))
    value, source, reason = _choose(count, arithmetic, named, packed=packed, part=part)
    active, active_source = _active(facts.get("config_active_parameters"), named, value)
    return {
        "parameters": value,
        "parameters_source": source,
        "parameters_reason": reason,
        "active_parameters": active,
        "active_parameters_source": active_source,
    }


def _count(
    model_id: str, counted: int | None, dtypes: Mapping[str, int] | None, facts: ArchitectureRow, named: Named
) -> tuple[int | None, bool]:
    """Return the count as weights, and whether it may be packed; None if it is unclear what it counts."""
    elements = sum((dtypes or {}).values())
    counted = counted if (counted or 0) > 0 else None
    if counted is None and elements <= 0:  # a count of nothing says nothing
        return None, False
    method = facts.get("quantization")
    witness = facts.get("config_parameters") or named.total
    if not is_packed(dtypes, method, facts.get("quantization_bits"), model_id):
        return counted or elements, False
    if dtypes:
        reading = agreeing(dtypes, facts.get("quantization_bits"), witness)
        return (None if reading is None else reading.weights), True
    return (counted if witness is not None and counted is not None and agree(counted, witness) else None), True


def _choose(
    count: int | None, arithmetic: int | None, named: Named, *, packed: bool, part: bool
) -> tuple[int | None, ParametersSource | None, str | None]:
    """Return the number, its source, and why there is none; `part`: config.json mentions parts that are not counted."""
    if count is not None and arithmetic is not None and not agree(count, arithmetic):
        if part and not packed and count > arithmetic and named.total is not None and agree(count, named.total):
            return count, COUNT, None  # a small model with a large tower: Qwen2-VL-2B has 1.5 B without its own
        if named.total is not None and agree(arithmetic, named.total) and not agree(count, named.total):
            return arithmetic, CONFIG, None
        return None, None, f"the count of its tensors says {count:,}, its config.json {arithmetic:,}"
    if arithmetic is not None and (count is None or packed):
        return arithmetic, CONFIG, None
    if count is None:
        return None, None, "the count is of packed elements" if packed else None
    if arithmetic is None and not _name_allows(count, named):
        return None, None, f"the count of its tensors says {count:,}, its name otherwise"
    return count, COUNT, None


def _name_allows(count: int, named: Named) -> bool:
    """Whether the name does not refute a count."""
    if named.total is not None:
        return agree(count, named.total)
    if named.most is not None:
        return count * 100 <= named.most * (100 + AGREE_PCT)
    return named.active is None or named.active * 100 <= count * (100 + AGREE_PCT)


def _active(arithmetic: int | None, named: Named, total: int | None) -> tuple[int | None, ActiveSource | None]:
    """Return how many parameters a token uses, and where that is from."""
    if arithmetic is not None:
        refuted = named.active is not None and not agree(arithmetic, named.active)
        return (None, None) if refuted else (arithmetic, CONFIG)
    if named.active is None or (total is not None and named.active > total):
        return None, None
    return named.active, NAME


def by_name(model_id: str, counted: int | None = None) -> int | None:
    """Return the size that a name states, for estimates marked as such; None if a larger count contradicts it.

    Args:
        model_id: The model's id.
        counted: What the Hub counts: a smaller count may be of packed elements or of a part, a larger one is not.
    """
    total = in_name(model_id).total
    if total is None or (counted is not None and counted > total and not agree(counted, total)):
        return None
    return total
