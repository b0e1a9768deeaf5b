"""The arguments of a command without argparse, whose import takes as long as a whole answer.

A command declares its options once, to any object with argparse's `add_argument`; here that is a list. Only plain,
correct arguments are read this way. Help, mistakes and rare forms are left to argparse; tests hold both equal.
"""

from __future__ import annotations

from hf_providers.cli.options import Options, common

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

_WITHOUT_VALUE = ("store_true", "store_const")
_WITH_VALUE = ("store", "append", "extend")


class _Option:
    """One call of `add_argument`, with argparse's defaults."""

    def __init__(self, flags: tuple[str, ...], group: _Parser | None, **settings: Any) -> None:
        self.flags = flags
        self.group = group
        self.dest: str = settings.get("dest") or max(flags, key=len).lstrip("-").replace("-", "_")
        self.action: str = settings.get("action", "store")
        self.default: Any = settings.get("default", False if self.action == "store_true" else None)
        self.const: Any = True if self.action == "store_true" else settings.get("const")
        self.type: Callable[[str], Any] = settings.get("type", str)
        self.choices: Sequence[Any] | None = settings.get("choices")
        self.nargs: str | None = settings.get("nargs")

    def value(self, text: str) -> Any:
        """Return what a text means.

        Raises:
            ValueError: the value is not allowed.
        """
        try:
            read = self.type(text)
        except Exception:  # noqa: BLE001 - argparse tells which of them are mistakes, and how to say so
            raise ValueError(text) from None
        if self.choices is not None and read not in self.choices:
            raise ValueError
        return read


class _Parser:
    """What a command adds its arguments to: a parser, or a group of one."""

    def __init__(self, every: list[_Option], alone: _Parser | None = None) -> None:
        self.every = every
        self.alone = alone

    def add_argument(self, *flags: str, **settings: Any) -> None:
        self.every.append(_Option(flags, self.alone, **settings))

    def add_argument_group(self, *_: str) -> _Parser:
        return _Parser(self.every)

    def add_mutually_exclusive_group(self) -> _Parser:
        """Return a group of which one option may be given."""
        group = _Parser(self.every)
        group.alone = group
        return group


def quick(name: str, command: ModuleType, argv: Sequence[str]) -> Options | None:
    """Return a command's options; None where the parser must decide."""
    options: list[_Option] = []
    command.arguments(_Parser(options))
    common(_Parser(options), name)  # type: ignore[arg-type] # all of argparse that it uses
    try:
        return Options(_read(options, argv))
    except ValueError:
        return None


def _read(options: Sequence[_Option], argv: Sequence[str]) -> dict[str, object]:
    """Return the value of every argument by its name.

    Raises:
        ValueError: the parser must decide.
    """
    values: dict[str, object] = {}
    for option in options:
        if option.action == "version":  # it has no value
            continue
        default = option.default
        values.setdefault(option.dest, option.value(default) if isinstance(default, str) else default)
    by_flag = {flag: option for option in options for flag in option.flags}
    used: dict[int, str] = {}
    words: list[str] = []
    ended = False
    rest = list(reversed(argv))
    while rest:
        word = rest.pop()
        if word.startswith("-"):
            ended = bool(words)
            option = _option(by_flag, word, used)
            values[option.dest] = _value(option, word, rest, values[option.dest])
        elif ended:  # words on both sides of an option
            raise ValueError
        else:
            words.append(word)
    return values | _positional([option for option in options if not option.flags[0].startswith("-")], words)


def _option(by_flag: dict[str, _Option], word: str, used: dict[int, str]) -> _Option:
    option = by_flag.get(word.partition("=")[0])
    if option is None or option.nargs not in {None, "+"} or option.action not in _WITHOUT_VALUE + _WITH_VALUE:
        raise ValueError
    if option.group and used.setdefault(id(option.group), option.flags[0]) != option.flags[0]:
        raise ValueError
    return option


def _value(option: _Option, word: str, rest: list[str], before: Any) -> Any:
    """Return an option's value; the words that it takes are removed from the end of `rest`, where the next stands."""
    _, has_value, text = word.partition("=")
    if option.action in _WITHOUT_VALUE:
        if has_value:
            raise ValueError
        return option.const
    texts = [text] if has_value else []
    while not texts or (option.nargs and not has_value and rest and not rest[-1].startswith("-")):
        text = rest.pop() if rest else "-"
        if text.startswith("-"):
            raise ValueError
        texts.append(text)
    read = [option.value(text) for text in texts]
    value = read if option.nargs else read[0]
    if option.action == "store":
        return value
    return [*(before or ()), *(value if option.action == "extend" else [value])]


def _positional(options: Sequence[_Option], words: list[str]) -> dict[str, object]:
    """Return the words as the values of the one argument that is no option."""
    if not options:
        if words:
            raise ValueError
        return {}
    option, *more = options
    if more or (option.nargs in {None, "+"} and not words) or (option.nargs in {None, "?"} and len(words) > 1):
        raise ValueError
    read = [option.value(word) for word in words]
    if option.nargs in {"*", "+"}:
        return {option.dest: read}
    return {option.dest: read[0] if read else option.default}
