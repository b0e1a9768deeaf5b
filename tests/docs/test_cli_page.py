"""Every command and public name is documented, and the examples of docstrings hold."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import hf_providers
from hf_providers import snapshot
from hf_providers.cli.commands import COMMANDS
from tests.cli.hfp import ROOT

MODULES = [
    "hf_providers",
    *(
        f"hf_providers.{name}"
        for name in (
            "adapter",
            "cost",
            "errors",
            "export",
            "offer",
            "model",
            "provider",
            "snapshot",
        )
    ),
]
PUBLIC = [name for name in hf_providers.__all__ if name != "__version__"]


def test_every_command_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"## `hfp {name}`" in text


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_the_docstrings_hold(module: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", str(data))
    snapshot.default_snapshot.cache_clear()
    names = {name: getattr(hf_providers, name) for name in PUBLIC}
    failed, attempted = doctest.testmod(import_module(module), extraglobs=names)
    snapshot.default_snapshot.cache_clear()
    assert attempted > 0
    assert failed == 0


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_explained_and_used_in_an_example(name: str) -> None:
    thing = getattr(hf_providers, name)
    said = inspect.getdoc(thing if inspect.isclass(thing) or inspect.isfunction(thing) else type(thing)) or ""
    assert len(said.splitlines()[0]) > 20
    found = [test for module in MODULES for test in doctest.DocTestFinder().find(import_module(module))]
    assert ">>>" in said or any(name in example.source for test in found for example in test.examples)


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "providers"])
def test_every_public_method_is_explained(name: str) -> None:
    thing = getattr(hf_providers, name)
    for member, value in vars(thing).items() if inspect.isclass(thing) else ():
        if not member.startswith("_") and (callable(value) or isinstance(value, property)):
            assert inspect.getdoc(value), f"{name}.{member}"
