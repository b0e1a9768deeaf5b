"""A run that must have a state: refused without one, unless this is known to be the first; and only once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hf_providers.hub import Settings
from pipeline.crawl.progress import reporter
from pipeline.deploy.state import FIRST, mark_first
from pipeline.publish.dataset import Provenance
from pipeline.replay import serve
from pipeline.run import run
from tests.dataset_samples import manifest_of
from tests.deploy.served import files_in
from tests.run.runs import Pipe, entry, facts, model


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipe:
    """The pipeline in this process, publishing into a folder of the test."""
    return Pipe(monkeypatch, tmp_path)


def test_a_folder_without_a_state_is_refused_before_anything_is_asked(
    pipe: Pipe, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(facts(model("acme/Talk-7B", entry()))) as server:
        assert pipe.run(server, "--require-state") == 1
        assert server.requests == []
        error, hint = capsys.readouterr().err.splitlines()
        assert "has no dataset, and the history must not start over" in error
        assert "fetch-state" in hint
        assert files_in(pipe.out) == {".lock"}
        assert pipe.run(server) == 0
        assert pipe.run(server, "--require-state") == 0


def test_the_mark_of_a_first_run_is_good_for_one(pipe: Pipe) -> None:
    mark_first(pipe.out, "https://example.org/data/manifest.json")
    with serve(facts(model("acme/Talk-7B", entry()))) as server:
        assert pipe.run(server, "--require-state") == 0
        assert not (pipe.out / FIRST).exists()
        shutil.rmtree(pipe.out)
        pipe.out.mkdir()
        assert pipe.run(server, "--require-state") == 1


def test_a_run_that_publishes_nothing_is_still_to_be_the_first(pipe: Pipe) -> None:
    mark_first(pipe.out, "https://example.org/data/manifest.json")
    with serve(facts(model("acme/Talk-7B"))) as server:
        assert pipe.run(server, "--require-state") == 1
    assert (pipe.out / FIRST).is_file()


def test_where_facts_come_from_is_added_to(pipe: Pipe) -> None:
    first, second = (Provenance(source=name, description="A recording.") for name in ("first", "second"))
    with serve(facts(model("acme/Talk-7B", entry()))) as server, reporter() as progress:
        settings = Settings(endpoint=server.url, router_url=server.url)
        for given in ([first], [second], [second], []):
            run(pipe.out, settings, progress, provenance=given)
    assert [entry["source"] for entry in manifest_of(pipe.out)["provenance"]] == ["first", "second"]
