"""One tree of errors: every error of the project is in it, and its drawing says so."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import hf_providers.errors
import pipeline.errors
from hf_providers.errors import HfProvidersError

ERROR_CLASS = re.compile(r"^class \w+\(.*(Exception|Error)\b", re.MULTILINE)
ROOT = Path(hf_providers.errors.__file__).parents[1]


def test_every_error_of_the_project_derives_from_the_one_base() -> None:
    found = {}
    for path in [*ROOT.glob("hf_providers/**/*.py"), *ROOT.glob("pipeline/**/*.py")]:
        if path.name == "__main__.py" or not ERROR_CLASS.search(path.read_text()):
            continue
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        found |= {
            thing: issubclass(thing, HfProvidersError)
            for thing in vars(module).values()
            if isinstance(thing, type) and issubclass(thing, Exception) and thing.__module__ == module.__name__
        }
    assert len(found) > 30
    assert [thing for thing, derives in found.items() if not derives] == []


@pytest.mark.parametrize("module", [hf_providers.errors, pipeline.errors])
def test_the_drawing_shows_every_error_below_its_parent(module: object) -> None:
    """Four columns a level; the parent is the last name one level up."""
    stack: list[str] = []
    drawn = set()
    for line in (module.__doc__ or "").splitlines():
        found = re.match(r"    ([│├└─ ]*)([A-Za-z_.]+)( {2,}|$)", line)
        if found:
            level = len(found[1]) // 4
            stack[level:] = [found[2].rpartition(".")[2]]
            drawn.add((stack[level], stack[level - 1] if level else None))
    classes = [thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, Exception)]
    real = {(thing.__name__, thing.__bases__[0].__name__) for thing in classes if thing is not HfProvidersError}
    assert drawn == real | {("HfProvidersError", None)}


def test_an_error_says_what_is_wrong_and_what_to_do() -> None:
    error = HfProvidersError("no snapshot", "hfp sync")
    assert (str(error), error.hint) == ("no snapshot", "hfp sync")
    assert HfProvidersError("no snapshot").hint == ""
