"""Whether a zstd file is whole, against files that another library packed, cut at every place."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest

from hf_providers.billing.zstd_frames import is_whole
from tests.hosting.made import T, hfp, said, usual

CONTENTS = {
    "one byte": b"x",
    "text": b"a line of a log\n" * 200,
    "a byte repeated": b"a" * 400_000,
    "noise": random.Random(1).randbytes(300_000),
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("streamed", [False, True])
def test_a_file_is_whole_only_at_its_end(content: str, streamed: bool, tmp_path: Path) -> None:
    sink = pa.BufferOutputStream()
    if streamed:
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(CONTENTS[content])
        packed = sink.getvalue().to_pybytes()
    else:
        packed = pa.Codec("zstd").compress(CONTENTS[content]).to_pybytes()
    skippable = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"
    path = tmp_path / "log.zst"
    for whole in (packed, packed + packed, skippable + packed, packed + skippable):
        path.write_bytes(whole)
        assert is_whole(str(path))
    for end in {*range(0, len(packed), max(1, len(packed) // 50)), len(packed) - 1}:
        path.write_bytes(packed[:end])
        assert not is_whole(str(path))
    path.write_bytes(packed + b"more")
    assert not is_whole(str(path))


@pytest.mark.usefixtures("wide")
def test_a_zstd_that_ends_early_is_told_by_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HFP_SNAPSHOT", usual(tmp_path / "catalog.sqlite"))
    chance = random.Random(2)
    rows = "".join(f"2026-03-01,{T},alpha,0,{chance.randint(1, 9**9)}\n" for _ in range(50_000))
    packed = pa.Codec("zstd").compress(f"time,model,provider,output_tokens,input_tokens\n{rows}".encode()).to_pybytes()
    (tmp_path / "log.csv.zst").write_bytes(packed[: len(packed) // 2])
    result = hfp("bill", str(tmp_path / "log.csv.zst"), "--json")
    found = said(result)
    (broken,) = found["broken"]
    assert result.code == 5
    assert "ends early" in broken["reason"]
    assert 10_000 < found["requests"] == broken["line"] - 2 < 40_000
    counts = [int(row.rpartition(",")[2]) for row in rows.splitlines()[: found["requests"]]]
    assert found["total_cost_nano_usd"] == 1000 * sum(counts)
