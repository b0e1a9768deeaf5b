"""Print the completion script of a shell: commands, options, and the names of models and providers.

bash: source <(hfp completion bash)   zsh: source <(hfp completion zsh)   fish: hfp completion fish | source
"""

from __future__ import annotations

import os
import sys

from hf_providers.cli import COMMANDS, OK

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from hf_providers.catalog import Catalog

SHELLS = {
    "bash": """\
_hfp() {
    local IFS=$'\\n'
    COMP_WORDBREAKS=${COMP_WORDBREAKS//:}
    COMPREPLY=($("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o nosort -F _hfp hfp hf-providers
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
SHOWN = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=tuple(SHELLS), help="the shell")


def main(args: argparse.Namespace) -> int:
    """Print the script."""
    print(SHELLS[args.shell], end="")
    return OK


def complete(words: Sequence[str]) -> int:
    """Print what the last word could become, one a line; nothing where nothing is known."""
    *before, typed = words or [""]
    named = [word for word in before if not word.startswith("-")]
    found = _options(named, typed) if typed.startswith("-") else _words(before, named, typed)
    sys.stdout.write("".join(word + chr(10) for word in found))
    return OK


def _words(before: Sequence[str], named: Sequence[str], typed: str) -> list[str]:
    """Return the commands, shells, providers or models that begin so."""
    if named[:1] == ["completion"]:
        return [shell for shell in SHELLS if shell.startswith(typed)]
    from hf_providers.catalog import SnapshotError, open_snapshot

    found = [] if named else [name for name in COMMANDS if name.startswith(typed)]
    try:
        with open_snapshot(None, os.environ) as catalog:
            return found + _names(catalog, named, before[-1] if before else "", typed)
    except SnapshotError:
        return found


def _options(named: Sequence[str], typed: str) -> list[str]:
    """Return the options of the command that begin so."""
    from hf_providers.cli.parser import parser

    name = named[0] if named and named[0] in COMMANDS else "answer"
    command = __import__(f"hf_providers.cli.{name}", fromlist=["main"])
    options = (option for action in parser(name, command)._actions for option in action.option_strings)
    return sorted(option for option in options if option.startswith("--") and option.startswith(typed))


def _names(catalog: Catalog, named: Sequence[str], previous: str, typed: str) -> list[str]:
    """Return providers where one is expected, else model ids that begin so, or whose name does; the most used first."""
    like = typed.replace("\\\\", "").replace("%", "").replace("_", "\\\\_") + "%"
    if previous == "--provider" or (named[:1] == ["providers"] and previous != "--compare"):
        rows = catalog.query(
            "SELECT provider FROM providers WHERE provider LIKE ? ESCAPE '\\\\' ORDER BY provider", (like,)
        )
    elif len(typed) < 2:
        return []
    else:
        where = r"model_id LIKE ? ESCAPE '\' OR name LIKE ? ESCAPE '\'"
        rows = catalog.query(f"SELECT model_id FROM models WHERE {where} ORDER BY rowid LIMIT ?", (like, like, SHOWN))  # noqa: S608 no input in it
    return [row[0] for row in rows]
