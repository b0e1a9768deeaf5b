"""Text and numbers as people read them, and the width and cutting of text in terminal cells. Standard library only."""

from __future__ import annotations

from hf_providers.rules.money import display

UNKNOWN = "—"
SIGNS = dict(zip("✓–—●◐○✗…·→×♥↓▁▂▃▄▅▆▇█", "yn-*+ox~|>x*v12345678", strict=True))
"""The signs of the screens, and what stands for them in encodings that lack them: as wide, and all as distinct."""
_PLAIN = str.maketrans(SIGNS)


def clean(text: str) -> str:
    """Return the text without control, direction and other invisible characters, which could rewrite a terminal."""
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def for_spreadsheet(text: str) -> str:
    """Return the text with ' before it where a spreadsheet would take it for a formula; a number is none."""
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return text
    whole, _, fraction = text[1:].partition(".")
    is_number = text[0] in "+-" and text.isascii() and whole.isdecimal() and (not fraction or fraction.isdecimal())
    return text if is_number else f"'{text}"


def width(text: str) -> int:
    """Return how many terminal cells the text takes; East Asian wide characters and emoji take two."""
    if text.isascii() or text.translate(_PLAIN).isascii():  # nearly every text: no table of characters is needed
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(0 if category(c) in {"Mn", "Me", "Cf"} else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, cells: int) -> str:
    """Return the text cut to at most `cells` cells, with … where something was cut."""
    if width(text) <= cells:
        return text
    kept = ""
    taken = 0
    for character in text:
        taken += width(character)
        if taken > cells - 1:
            break
        kept += character
    return kept + "…" if cells > 0 else ""


def wrapped(text: str, cells: int) -> list[str]:
    """Return the text in lines of at most `cells` cells, broken at spaces; a longer word has a line of its own."""
    first, *words = text.split(" ")
    lines = [first]
    filled = width(first)
    for word in words:
        wide = width(word)
        if filled + 1 + wide <= cells:
            lines[-1] += f" {word}"
            filled += 1 + wide
        else:
            lines.append(word)
            filled = wide
    return lines


def folded(text: str, cells: int) -> list[str]:
    """Return a line of the screen as so many as it takes, each indented as it is: no id and no price of it is cut."""
    indent = " " * (len(text) - len(text.lstrip(" ")))
    return [indent + line for line in wrapped(text.lstrip(" "), cells - len(indent))]


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """Return the text filled up with spaces to `cells` cells, at its end or (`right`) before it."""
    space = " " * max(0, cells - width(text))
    return space + text if right else text + space


def cell(text: str, cells: int, *, right: bool = False) -> str:
    """Return the text cut or filled up to exactly `cells` cells."""
    if text.isascii() and len(text) <= cells:  # nearly every cell of every table
        return text.rjust(cells) if right else text.ljust(cells)
    return pad(fit(text, cells), cells, right=right)


def short(number: float | None, digits: int = 1) -> str:
    """Return a count as 941, 13.0k, 768k, 684.5B; — for None. Steps are powers of 1000."""
    if number is None:
        return UNKNOWN
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            value = number / size
            return f"{value:.{digits}f}{letter}" if value < 100 or size > 10**6 else f"{value:.0f}{letter}"
    return str(number)


def price(amount: str | None) -> str:
    """Return a price for a column whose heading has the unit: 0.70, 0.0275, no decimal cut off; — for None."""
    return display(amount).removeprefix("$")


def tokens(number: int | None) -> str:
    """Return a context length as 64k, 163k, 1M; — for None."""
    if number is None:
        return UNKNOWN
    if number >= 10**6:
        return f"{number / 10**6:.1f}".removesuffix(".0") + "M"
    return f"{number // 1000}k" if number >= 1000 else str(number)


def seconds(milliseconds: float | None) -> str:
    """Return a time as 0.62s or 53.6s; — for None."""
    if milliseconds is None:
        return UNKNOWN
    return f"{milliseconds / 1000:.2f}s" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f}s"


def rounded(number: float | None) -> str:
    """Return a speed without decimals, with one below 10; — for None."""
    if number is None:
        return UNKNOWN
    return f"{number:.0f}" if number >= 10 else f"{number:.1f}"


def tick(flag: int | bool | None) -> str:
    """Return ✓ for yes, – for no, — for unknown."""
    return UNKNOWN if flag is None else "✓" if flag else "–"


def day(moment: str | None) -> str:
    """Return the day of an ISO moment; — for None."""
    return moment[:10] if moment else UNKNOWN
