"""Which module may import which: read from the source, imports inside functions and for types included."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.package.installed import ROOT

PACKAGES = ("hf_providers", "pipeline")
MAY_IMPORT_CLI = {"hf_providers.__main__", "pipeline.docs.cli_page"}
"""`python -m hf_providers` is hfp, and docs/cli.md is made from the parser itself."""


def modules() -> dict[str, str]:
    """Every module's source by its dotted name; a package goes by its own."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    names = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in paths}
    return {name: path.read_text(encoding="utf-8") for path, name in names.items()}


def imports(source: str, known: set[str]) -> set[str]:
    """The modules that a source imports; of `from package import name` the submodule where `name` is one."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute here, so that this test can read them"
            found |= {
                submodule if (submodule := f"{node.module}.{alias.name}") in known else str(node.module)
                for alias in node.names
            }
    return found & known


@pytest.fixture(scope="module")
def arrows() -> dict[str, set[str]]:
    sources = modules()
    return {name: imports(source, set(sources)) - {name} for name, source in sources.items()}


def test_no_module_imports_itself_in_a_circle(arrows: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' <- '.join(error.args[1])}")


def test_the_library_does_not_import_the_pipeline(arrows: dict[str, set[str]]) -> None:
    back = {name for name, targets in arrows.items() if any(target.startswith("pipeline") for target in targets)}
    assert not {name for name in back if name.startswith("hf_providers")}


def test_nothing_imports_the_command_line(arrows: dict[str, set[str]]) -> None:
    outside = {
        name
        for name, targets in arrows.items()
        if not name.startswith("hf_providers.cli") and any(target.startswith("hf_providers.cli") for target in targets)
    }
    assert outside == MAY_IMPORT_CLI


def test_a_source_of_the_crawl_knows_nothing_of_what_comes_after_it(arrows: dict[str, set[str]]) -> None:
    later = ("pipeline.assemble", "pipeline.history", "pipeline.publish", "pipeline.deploy", "pipeline.site")
    sources = {name: targets for name, targets in arrows.items() if name.startswith("pipeline.crawl.sources.")}
    assert len(sources) > 5
    assert not {(name, target) for name, targets in sources.items() for target in targets if target.startswith(later)}


def test_the_reader_of_imports_sees_submodules_lazy_imports_and_those_for_types() -> None:
    known = {"a", "a.b", "c", "d"}
    source = "from a import b, name\ndef f():\n    import c\nif TYPE_CHECKING:\n    from d import D\nimport os\n"
    assert imports(source, known) == {"a.b", "a", "c", "d"}
