"""The package as a person installs it: built, put into an empty environment, and used there without a network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.package.installed import ROOT, Installed

LARGEST_BYTES = 2_000_000
HEAVY = {"duckdb", "polars", "pyarrow", "huggingface-hub", "huggingface_hub", "jinja2", "pandas", "numpy"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def test_the_wheel_is_small_and_carries_the_dataset_and_the_queries(wheel: Path) -> None:
    assert wheel.stat().st_size <= LARGEST_BYTES
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        carried = {name.removeprefix("hf_providers/_bundled/") for name in names if "_bundled" in name}
        manifest = json.loads(archive.read("hf_providers/_bundled/data/manifest.json"))
    queries = {f"queries/{path.name}" for path in (ROOT / "queries").glob("*.sql")}
    assert {f"data/{file['path']}" for file in manifest["files"]} | queries <= carried
    assert "hf_providers/py.typed" in names
    assert not {name for name in names if name.startswith(("tests", "pipeline", "shared")) or "__pycache__" in name}


def test_the_wheel_asks_for_nothing_heavy(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        wanted = message_from_bytes(archive.read(name)).get_all("Requires-Dist") or []
    plain = [line for line in wanted if "extra ==" not in line]
    assert plain
    assert not [line for line in plain if any(line.lower().startswith(heavy) for heavy in HEAVY)]


def test_nothing_heavy_is_installed_along(installed: Installed) -> None:
    every = "print(*(one.name for one in __import__('importlib.metadata').metadata.distributions()))"
    listed, _ = installed.run("python", "-c", every)
    assert "hf-providers" in listed.split()
    assert not set(listed.lower().split()) & HEAVY


@pytest.mark.parametrize("script", ["hfp", "hf-providers"])
def test_both_names_answer_from_the_snapshot_installed_along(installed: Installed, script: str) -> None:
    out, err = installed.run(script, "deepseek-r1", "--json")
    document = json.loads(out)
    assert err == ""
    assert document["model"]["model_id"] == "deepseek-ai/DeepSeek-R1"
    manifest = json.loads((ROOT / "data" / "manifest.json").read_text())
    assert document["snapshot"]["version"] == manifest["version"]


@pytest.mark.parametrize(
    ("code", "argv"),
    [
        (0, ["llama 3.3", "--cheapest"]),
        (0, ["models", "--task", "image"]),
        (0, ["providers"]),
        (0, ["providers", "groq"]),
        (0, ["providers", "--compare", "deepseek-r1"]),
        (0, ["history", "deepseek-r1"]),
        (0, ["changes"]),
        (0, ["info"]),
        (0, ["completion", "bash"]),
        (0, ["__complete", "deepseek-r"]),
        (6, ["deepseek"]),
        (1, ["qwweenn"]),
    ],
)
def test_the_main_commands_run(installed: Installed, code: int, argv: list[str]) -> None:
    out, err = installed.run("hfp", *argv, code=code)
    assert (out == "") == (code == 1)
    assert (err == "") == (code != 1)


def test_sql_without_duckdb_says_how_to_get_it(installed: Installed) -> None:
    out, err = installed.run("hfp", "sql", "FROM offers", code=2)
    assert out == ""
    assert err.splitlines()[1] == "install it: pip install 'hf-providers[sql]'"


def test_the_network_really_is_refused(installed: Installed) -> None:
    _, err = installed.run("python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9')", code=1)
    assert "this command opened a socket" in err


def test_the_library_answers(installed: Installed) -> None:
    code = "from hf_providers import Model, providers; print(Model('deepseek-r1').cheapest.provider, len(providers))"
    out, _ = installed.run("python", "-c", code)
    assert out.split()[0] == "novita"


def test_a_folder_of_queries_is_found_for_sql(installed: Installed) -> None:
    """The Parquet and the queries lie where `hfp sql` looks for them, once DuckDB is there."""
    package = next((installed.bin.parent / "lib").glob("python3*/site-packages/hf_providers"))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from hf_providers.catalog import duckdb_tables, query_views\n"
        "assert duckdb_tables.__file__.startswith(sys.argv[1])\n"
        "print(duckdb_tables.run(None, {'HFP_CACHE': '/nonexistent'}, 'SELECT count(*) FROM offers')[1][0][0])\n"
        "print(len(list(query_views.queries_folder().glob('*.sql'))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(package.parent)], capture_output=True, text=True, check=True, cwd=package
    )
    counts = [int(line) for line in done.stdout.split()]
    offers = next(
        file["rows"]
        for file in json.loads((ROOT / "data" / "manifest.json").read_text())["files"]
        if file["table"] == "offers"
    )
    assert counts == [offers, len(list((ROOT / "queries").glob("*.sql")))]


def test_bash_completes_in_the_installed_environment(installed: Installed) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    script = (
        'source <(hfp completion bash); COMP_WORDS=(hfp deepseek-r1-0528-q); COMP_CWORD=1; _hfp; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, text=True, check=True, env=installed.environment
    )
    assert done.stdout.split() == ["deepseek-ai/DeepSeek-R1-0528-Qwen3-8B"]
