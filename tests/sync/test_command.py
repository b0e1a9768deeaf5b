"""`hfp sync` and `hfp info --verify` as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from hf_providers.cli.main import main
from tests.sync.served import Answer, Served
from tests.sync.whole import whole


def hfp_process(cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run hfp on what is synced: the checkout's own snapshot is newer, and would answer (test_address)."""
    own = {"HFP_CACHE": str(cache), "HFP_SNAPSHOT": "" if words[0] == "sync" else str(cache), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "hf_providers", *words]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | own, check=False)


def hfp(cache: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, where nothing has to be imported again."""
    own = {
        "HFP_CACHE": str(cache),
        "HFP_SNAPSHOT": "" if words[0] == "sync" else str(cache),
        "NO_COLOR": "1",
    } | environment
    out, err = StringIO(), StringIO()
    with patch.dict(os.environ, own), redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def checked_again(origin: Path) -> None:
    document = json.loads((origin / "manifest.json").read_bytes()) | {"checked_at": "2026-09-01T00:00:00Z"}
    (origin / "manifest.json").write_text(json.dumps(document))


def test_what_was_synced_answers(served: Served, cache: Path, origin: Path, renew: Callable[[], None]) -> None:
    done = hfp_process(cache, "sync", "--from", served.url)
    version = whole(cache)["version"]
    assert (done.returncode, done.stderr) == (0, "")
    assert version in done.stdout
    answer = json.loads(hfp_process(cache, "acme/Talk-7B", "--json").stdout)
    assert answer["snapshot"]["version"] == version
    assert answer["offers"][0]["input_usd_per_mtok"] == "0.000000001"
    renew()
    assert hfp_process(cache, "sync", "--check", "--from", served.url).returncode == 5
    assert whole(cache)["version"] == version
    assert hfp(cache, "sync", "--from", served.url).returncode == 0
    assert json.loads(hfp(cache, "acme/Talk-7B", "--json").stdout)["offers"][0]["input_usd_per_mtok"] == "0.000000002"
    assert "already the newest" in hfp(cache, "sync", "--from", served.url).stdout
    checked_again(origin)
    said = hfp(cache, "sync", "--from", served.url).stdout
    assert "2026-09-01 00:00 UTC is in use (checked again there; no file has changed)" in said
    assert hfp(cache, "sync", "--check", "--from", served.url).returncode == 0


def test_json_says_what_was_done(served: Served, cache: Path) -> None:
    said = json.loads(hfp(cache, "sync", "--from", served.url, "--json").stdout)
    manifest = whole(cache)
    assert said == {
        "schema_version": 1,
        "version": manifest["version"],
        "checked_at": manifest["checked_at"],
        "newer": True,
        "files": len(manifest["files"]),
        "bytes": sum(file["bytes"] for file in manifest["files"]),
        "folder": str(cache),
        "url": served.url,
    }


def refused(done: subprocess.CompletedProcess[str], code: int, says: str) -> None:
    message, hint = done.stderr.splitlines()
    assert done.returncode == code
    assert says in message
    assert hint
    assert not done.stdout


def test_refusals_are_two_lines_and_a_code(served: Served, cache: Path, tmp_path: Path) -> None:
    refused(hfp(cache, "sync", "--from", "http://example.org/"), 2, "not an https address")
    refused(hfp(cache, "sync", "--from", served.url, "--snapshot", "x"), 2, "into the cache")
    refused(hfp(cache, "sync", "--from", served.url, HF_HUB_OFFLINE="1"), 4, "forbids the network")
    assert served.asked == []
    (tmp_path / "file").write_text("")
    refused(hfp(tmp_path / "file", "sync", "--from", served.url), 3, "cannot write")
    served.instead = lambda path, nth: Answer(200, b"<html>Hotel</html>")
    refused(hfp(cache, "sync", "--from", served.url), 4, "gave a web page")


def test_a_manifest_is_no_snapshot_but_can_be_fetched(served: Served, cache: Path) -> None:
    refused(hfp(cache, "acme", "--snapshot", served.url), 3, "there is no snapshot at http")
    assert f"hfp sync --from {served.url}" in hfp(cache, "acme", "--snapshot", served.url).stderr


def test_verify_hashes_every_file_again(served: Served, cache: Path) -> None:
    hfp(cache, "sync", "--from", served.url)
    manifest = whole(cache)
    done = hfp(cache, "info", "--verify")
    assert done.returncode == 0
    assert f"{len(manifest['files'])} files are what" in done.stdout
    assert "gh attestation" not in done.stdout, "what this server gave is attested by nobody known"
    kept = json.loads((cache / ".sync.json").read_bytes()) | {"url": "https://some-body.github.io/hf-providers/data/m"}
    (cache / ".sync.json").write_text(json.dumps(kept))
    said = f"gh attestation verify {cache}/manifest.json --repo some-body/hf-providers"
    assert said in hfp(cache, "info", "--verify").stdout
    paths = [file["path"] for file in manifest["files"] if file["path"].endswith(".parquet")]
    content = bytearray((cache / paths[0]).read_bytes())
    content[-9] ^= 1
    (cache / paths[0]).write_bytes(bytes(content))
    (cache / paths[1]).unlink()
    done = hfp(cache, "info", "--verify", "--json")
    assert done.returncode == 3
    said = json.loads(done.stdout)["verified"]
    assert set(said["wrong"]) == set(paths[:2])
    assert said["wrong"][paths[1]] == "missing"
    assert len(said["right"]) == len(manifest["files"]) - 2
    assert "2 files of" in done.stderr


def test_an_archived_file_is_no_fault(served: Served, cache: Path, origin: Path) -> None:
    document = json.loads((origin / "manifest.json").read_bytes())
    next(file for file in document["files"] if "month=" in file["path"])["url"] = "https://example.org/a.parquet"
    (origin / "manifest.json").write_text(json.dumps(document))
    hfp(cache, "sync", "--from", served.url)
    done = hfp(cache, "info", "--verify")
    assert done.returncode == 0
    assert "1 kept elsewhere" in done.stdout
    counted = hfp(cache, "sql", "SELECT count(*) AS n FROM measurements", "--json")
    assert json.loads(counted.stdout)["rows"] == [{"n": 1}], "the other month is still there"
    assert counted.stderr == "measurements: 1 files of closed months are archived elsewhere and not read\n"
    assert hfp(cache, "sql", "SELECT count(*) FROM offers").stderr == ""


def test_the_bundled_snapshot_verifies(tmp_path: Path) -> None:
    done = hfp(tmp_path / "none", "info", "--verify", HFP_SNAPSHOT="")
    assert done.returncode == 0
    assert "files are what" in done.stdout


def test_verify_names_a_damaged_catalog(served: Served, cache: Path) -> None:
    hfp(cache, "sync", "--from", served.url)
    (catalog,) = cache.glob("v1/*/catalog.sqlite")
    catalog.write_bytes(catalog.read_bytes()[:5000])
    done = hfp(cache, "info", "--verify")
    assert done.returncode == 3
    assert f"{catalog.relative_to(cache)}: 5000 bytes, not " in done.stdout
