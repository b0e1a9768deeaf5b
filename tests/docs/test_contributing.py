"""CONTRIBUTING.md: the folders, files, names and targets that it speaks of exist, and its map leaves out no folder."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROOMS = ("", "hf_providers", "pipeline")
"""Where the paths of the text begin; one that begins nowhere else is inside the folder that its line names first."""
PATH = re.compile(r"(?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|sql|toml)")


def lines() -> list[str]:
    """The text by lines, an item of a list with the lines that continue it."""
    return re.sub(r"\n {2,}", " ", TEXT).split("\n")


def quoted(line: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", line)


def paths(line: str) -> list[str]:
    """The paths of a line that name one file or folder, in the repository."""
    named = [text for text in quoted(line) if PATH.fullmatch(text) and "NAME" not in text]
    return [path for path in named if not path.startswith(("build/", "../"))]


def located(path: str, line: str) -> Path | None:
    """Where a path of a line is."""
    inside = [folder.removesuffix("/") for folder in quoted(line) if folder.endswith("/")]
    beside = [str(Path(other).parent) for other in quoted(line) if PATH.fullmatch(other)]
    rooms = [*ROOMS, *inside, *beside]
    rooms += [f"{room}/{other}" for room in ROOMS[1:] for other in [*inside, *beside]]
    return next((ROOT / room / path for room in rooms if (ROOT / room / path).exists()), None)


NAMED = [(path, line) for line in lines() for path in paths(line)]


@pytest.mark.parametrize(("path", "line"), NAMED, ids=[path for path, _ in NAMED])
def test_a_path_exists(path: str, line: str) -> None:
    assert located(path, line) is not None


def defined(path: Path) -> set[str]:
    """The names that a module defines at its top."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


OF = [found for line in lines() for found in re.findall(r"`(\w+)` of `([\w/]+\.py)`", line)]


@pytest.mark.parametrize(("name", "module"), OF)
def test_a_module_defines_the_name(name: str, module: str) -> None:
    path = located(module, f"`{module}`")
    assert path is not None
    assert name in defined(path)


def test_what_a_new_file_defines_a_neighbour_defines() -> None:
    rows = [line for line in lines() if "/NAME.py`" in line]
    described = [pair for row in rows for pair in re.findall(r"`([\w/]+)/NAME\.py` with (.*?), (?:and|the)", row)]
    assert len(described) == 4
    for folder, names in described:
        asked = {name for name in quoted(names) if name.isidentifier()}
        assert asked
        modules = [path for path in (ROOT / folder).glob("*.py") if path.stem != "__init__"]
        assert sum(asked <= defined(path) for path in modules) >= 2, (folder, asked)


def test_the_map_has_every_folder() -> None:
    whole = TEXT[TEXT.index("| folder |") : TEXT.index("The way of a price")]
    named = {text.rstrip("/").rpartition("/")[2] for text in quoted(whole)}
    rooms = {path.parent.name for room in ROOMS[1:] for path in (ROOT / room).glob("*/__init__.py")}
    assert len(rooms) > 20
    assert rooms <= named


def test_the_targets_and_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^(?:make|`make) ([\w-]+)|`make ([\w-]+)`", TEXT, re.MULTILINE)
    assert len(targets) >= 8
    for target in {one or other for one, other in targets}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for command in set(re.findall(r"python -m pipeline (\w+)", TEXT)):
        assert (ROOT / "pipeline" / "commands" / f"{command}.py").exists(), command
