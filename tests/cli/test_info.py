"""`hfp info`: where the facts come from, as the manifest says."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.cli.hfp import Hfp, catalog, model


def test_it_says_where_the_facts_come_from(hfp: Hfp, data: Path) -> None:
    stated = json.loads((data / "manifest.json").read_text(encoding="utf-8"))["provenance"]
    assert len(stated) > 1
    told = hfp("info", "--snapshot", str(data), "--json").json["snapshot"]["provenance"]
    assert told == stated
    shown = " ".join(hfp("info", "--snapshot", str(data)).out.split())
    cells = [
        row["value"] for row in csv.DictReader(io.StringIO(hfp("info", "--snapshot", str(data), "--format", "csv").out))
    ]
    for source in stated:
        assert all(part in shown for part in filter(None, (source["description"], source["url"])))
        assert any(source["description"] in cell for cell in cells)


def test_a_catalog_alone_comes_from_nowhere_that_is_known(hfp: Hfp, tmp_path: Path) -> None:
    path = catalog(tmp_path / "catalog.sqlite", {"models": [model("a/B-1")]})
    result = hfp("info", "--snapshot", str(path), "--json")
    assert (result.code, result.json["snapshot"]["provenance"]) == (0, [])
    assert "come from" not in hfp("info", "--snapshot", str(path)).out


@pytest.mark.parametrize("stated", [7, "x", ["x"], [{"source": 1, "description": "a\x1b[2Jb\u202ec"}]])
def test_a_manifest_can_say_anything(hfp: Hfp, data: Path, tmp_path: Path, stated: object) -> None:
    copied = tmp_path / "data"
    shutil.copytree(data, copied)
    manifest = copied / "manifest.json"
    said = json.loads(manifest.read_text(encoding="utf-8")) | {"provenance": stated}
    manifest.unlink()
    manifest.write_text(json.dumps(said), encoding="utf-8")
    result = hfp("info", "--snapshot", str(copied))
    assert result.code == 0
    assert not {"\x1b", "\u202e"} & set(result.out)
