"""The locked versions: hashed, of no machine, what pyproject.toml admits, and installed where it matters."""

from __future__ import annotations

import re
import tomllib
from itertools import product

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.dataset_samples import ROOT
from tests.workflows.test_workflows import JOBS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[a-z0-9.+!]+)( ; (?P<marker>[^\\/@:]+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
LOCKED = ("dev", "run")
WANTED = {
    "dev": ["hf-providers[dev]"],
    "run": ["hf-providers[pipeline,mirror,node]", *PROJECT["dependency-groups"]["build"]],
}
MACHINES = [
    {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.0", "sys_platform": system, "os_name": kind}
    for minor, (system, kind) in product(range(11, 15), [("linux", "posix"), ("darwin", "posix"), ("win32", "nt")])
]
LOCK = "pip install --require-hashes --only-binary :all: --requirement requirements/{}.txt"
PROJECT_ALONE = "pip install --no-deps --no-build-isolation --editable ."


def lines(name: str) -> list[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def pins(name: str) -> list[tuple[str, str, str | None]]:
    """Name, version and marker of everything that is locked."""
    found = filter(None, map(PIN.fullmatch, lines(name)))
    return [(pin["name"], pin["version"], pin["marker"]) for pin in found]


def wanted(name: str) -> list[Requirement]:
    """What pyproject.toml asks for, its own extras resolved."""
    waiting, found = [Requirement(text) for text in WANTED[name]], []
    while waiting:
        one = waiting.pop()
        if canonicalize_name(one.name) != "hf-providers":
            found.append(one)
            continue
        texts = [text for extra in one.extras for text in EXTRAS[extra]] + PROJECT["project"]["dependencies"]
        waiting += map(Requirement, texts)
    return found


@pytest.mark.parametrize("name", LOCKED)
def test_every_line_is_a_version_or_its_hash_and_so_names_no_address_or_path(name: str) -> None:
    every = lines(name)
    for line, following in zip(every, [*every[1:], ""], strict=True):
        hashed = HASH.fullmatch(line)
        assert hashed or PIN.fullmatch(line), line
        assert bool(HASH.fullmatch(following)) == line.endswith("\\"), "each version has its hashes"
    assert len(pins(name)) > 20


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: f"{machine['python_version']}-{machine['os_name']}")
@pytest.mark.parametrize("name", LOCKED)
def test_what_is_asked_for_is_locked_on_every_machine(name: str, machine: dict[str, str]) -> None:
    here = {**default_environment(), **machine}
    valid = [(pin, version) for pin, version, marker in pins(name) if marker is None or Marker(marker).evaluate(here)]
    versions = dict(valid)
    assert len(versions) == len(valid), "one version of each"
    for one in wanted(name):
        assert one.specifier.contains(versions[canonicalize_name(one.name)], prereleases=True), one


def test_the_workflows_install_what_was_tested() -> None:
    tested = {name: version for name, version, _ in pins("dev")}
    differs = {name for name, version, _ in pins("run") if tested.get(name, version) != version}
    assert not differs
    assert len({name for name, _, _ in pins("run")} & tested.keys()) > 30


def test_every_job_that_could_do_harm_installs_what_is_locked() -> None:
    for key, job in JOBS.items():
        installed = [step["run"] for step in job["steps"] if "pip" in step.get("run", "").split()]
        if key[0] != "ci" and installed:
            assert installed == [LOCK.format("run"), PROJECT_ALONE], key
        elif installed:
            assert installed == [LOCK.format("dev"), PROJECT_ALONE], key
        risky = "write" in job["permissions"].values() or "secrets." in str(job)
        assert not (risky and "make" in str([step.get("run", "") for step in job["steps"]]).split()), key


def test_the_package_is_built_where_no_test_runs() -> None:
    build, tests = JOBS["release", "build"], JOBS["release", "test"]
    said = [step["run"] for step in build["steps"] if "run" in step]
    assert not [line for line in said if "make" in line or ".ci/run" in line or "pytest" in line]
    assert said[-1] == "python -m build --no-isolation"
    assert [step["run"] for step in tests["steps"] if "run" in step] == [".ci/run"]
    assert "upload-artifact" not in str(tests)
    assert build["needs"] == "test"


def test_a_release_verifies_who_made_its_data_before_it_uses_it() -> None:
    said = [step["run"] for step in JOBS["release", "build"]["steps"] if "run" in step]
    at = {word: number for number, line in enumerate(said) for word in line.split() if word in {"fetch-state", "gh"}}
    publish = next(number for number, line in enumerate(said) if "pipeline publish" in line)
    assert at["fetch-state"] < at["gh"] < publish
    verify = said[at["gh"]]
    assert verify.startswith("gh attestation verify build/dataset/manifest.json --repo ")
    assert '--signer-workflow "$GITHUB_REPOSITORY/.github/workflows/snapshot.yml"' in verify
    assert "--source-ref" in verify


def test_a_secret_is_only_in_the_environment_of_its_job() -> None:
    for key, job in JOBS.items():
        assert ("secrets." in str(job)) == (key in {("snapshot", "snapshot"), ("archive", "mirror")}), key
        if "secrets." in str(job):
            assert job["environment"]["deployment"] is False, "or every hour would be listed as a deployment"
