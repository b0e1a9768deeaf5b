"""Print the completion script of a shell: commands, options, and the names of models and providers.

bash: source <(hfp completion bash)

zsh: source <(hfp completion zsh)

fish: hfp completion fish | source
"""

from __future__ import annotations

import os
import sys

from hf_providers.cli.commands import COMMANDS
from hf_providers.cli.exits import OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from hf_providers.cli.option_types import OutputOptions

    class CompletionOptions(OutputOptions):
        """`hfp completion`."""

        shell: str


SHELLS = {
    "bash": """\
_hfp() {
    local IFS=$'\\n'
    COMPREPLY=($("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o nosort -F _hfp hfp hf-providers 2>/dev/null || complete -F _hfp hfp hf-providers
""",
    "zsh": """\
#compdef hfp hf-providers
_hfp() {
    local -a found
    found=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    compadd -U -V hfp -a found
}
compdef _hfp hfp hf-providers
""",
    "fish": """\
function __hfp_complete
    set -l typed (commandline -opc) (commandline -ct)
    $typed[1] __complete $typed[2..-1] 2>/dev/null
end
complete -c hfp -f -a '(__hfp_complete)'
complete -c hf-providers -f -a '(__hfp_complete)'
""",
}
"""By shell: the script that passes the typed words to `hfp __complete` and its lines to the shell."""
SHOWN = 50
SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/:")
BEGINNING = {
    "providers": r"SELECT provider FROM providers WHERE provider LIKE :begins ESCAPE '\'"
    " ORDER BY provider LIMIT :shown",
    "models": r"SELECT model_id FROM models WHERE model_id LIKE :begins ESCAPE '\' OR name LIKE :begins ESCAPE '\'"
    " ORDER BY rowid LIMIT :shown",
}
_OF_THE_PAST = frozenset({"history", "cost"})
"""Commands that also answer for models that only the histories know."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=tuple(SHELLS), help="the shell")


def main(options: CompletionOptions) -> int:
    """Print the script."""
    print(SHELLS[options.shell], end="")
    return OK


def complete(words: Sequence[str]) -> int:
    """Print the completions of the last word, one a line; nothing where none is known.

    Only words that no shell interprets: a name from the network may be crafted to be run.
    """
    *before, typed = words or [""]
    candidates = [word for word in _completions(before, typed) if word.isascii() and not set(word) - SAFE]
    sys.stdout.write("".join(word + chr(10) for word in candidates))
    return OK


def _completions(before: Sequence[str], typed: str) -> list[str]:
    """Return the options, values, commands, providers or models that begin like the last word."""
    named = [word for word in before if not word.startswith("-")]
    name = named[0] if named and named[0] in COMMANDS else "answer"
    previous = before[-1] if before else ""
    if typed.startswith("-"):
        return [option for option in sorted(_options(name)) if option.startswith(typed)]
    values = _options(name).get(previous) if previous.startswith("--") else None
    if values is None and name in {"completion", "help"}:
        values = list(SHELLS if name == "completion" else COMMANDS)
    if values is not None:
        return [value for value in values if value.startswith(typed)]
    commands = [] if named else [command for command in COMMANDS if command.startswith(typed)]
    wants_provider = previous == "--provider" or (name == "providers" and "--compare" not in before)
    kind = "providers" if wants_provider else "former" if name in _OF_THE_PAST else "models"
    return commands + _names(kind, typed)


def _options(name: str) -> dict[str, list[str] | None]:
    """Return the options of a command, each with the values it can have where they are few."""
    from hf_providers.cli.parser import parser

    command = __import__(f"hf_providers.cli.commands.{name}", fromlist=["main"])
    return {
        option: list(action.choices) if action.choices else None
        for action in parser(name, command)._actions
        for option in action.option_strings
        if option.startswith("--")
    }


def _names(kind: str, typed: str) -> list[str]:
    """Return the providers, or the models, the most used first, whose id or name begins so; `former` ones come last."""
    from hf_providers.catalog.exact import former_ids
    from hf_providers.catalog.locate import open_snapshot
    from hf_providers.errors import SnapshotError

    if kind != "providers" and len(typed) < 2:
        return []
    begins = typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    try:
        with open_snapshot(None, os.environ) as catalog:
            rows = catalog.query(BEGINNING[kind.replace("former", "models")], {"begins": begins, "shown": SHOWN})
            past = former_ids(catalog) if kind == "former" else []
            return [row[0] for row in rows] + [one for one in past if _begins(one, typed)][: SHOWN - len(rows)]
    except SnapshotError:
        return []


def _begins(model_id: str, typed: str) -> bool:
    return any(text.lower().startswith(typed.lower()) for text in (model_id, model_id.rpartition("/")[2]))
