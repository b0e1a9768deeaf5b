"""The file of kept answers: what is written is read, and what is anything else is nothing."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from typing import Any

import pytest

from hf_providers.hub.kept_answers import KeptAnswer
from pipeline.crawl import kept_file

ANSWERS = [
    KeptAnswer("https://hub.example/inference/models", '"a"', "<p>Größe \x01</p>".encode()),
    KeptAnswer("https://router.example/v1/models", 'W/"b"', b'{"data": []}'),
]


def packed_text(text: bytes) -> bytes:
    """Return a text packed without the time: two test workers name their cases by these bytes."""
    return gzip.compress(text, mtime=0)


def packed(**changes: Any) -> bytes:
    """A file written by hand with the one answer `{}`, and what is changed in its entry."""
    entry = {"url": "https://x", "etag": '"a"', "sha256": sha256(b"{}").hexdigest(), "body": "{}"}
    return packed_text(json.dumps({"format": 1, "answers": [entry | changes]}).encode())


def test_what_is_written_is_read_and_is_the_same_for_the_same() -> None:
    written = kept_file.dump(ANSWERS)
    assert written
    assert written == kept_file.dump(list(ANSWERS))
    assert kept_file.parse(written) == ANSWERS


def test_a_file_written_by_hand_is_read() -> None:
    assert kept_file.parse(packed()) == [KeptAnswer("https://x", '"a"', b"{}")]


@pytest.mark.parametrize(
    "entry",
    [{"body": "{ }"}, {"sha256": "0" * 64}, {"url": None}, {"etag": 7}, {"body": None}, {"body": "\ud800"}],
)
def test_an_entry_that_is_not_what_it_was_is_nothing(entry: dict[str, Any]) -> None:
    assert kept_file.parse(packed(**entry)) == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"no gzip", packed()[:-9], packed()[:30], packed_text(b"[]"), packed_text(b"{}"),
        packed_text(b"[" * 100_000), packed_text(b'{"format": 2, "answers": []}'),
        packed_text(b'{"format": 1, "answers": {}}'), packed_text(b'{"format": 1, "answers": [[]]}'),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_is_nothing(content: bytes) -> None:
    assert kept_file.parse(content) == []


def test_a_bomb_does_not_unfold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_file, "MAX_BYTES", 2**20)
    assert kept_file.parse(packed_text(b" " * 2**21 + gzip.decompress(packed()))) == []
    assert len(kept_file.parse(packed_text(b" " * 2**19 + gzip.decompress(packed())))) == 1


def test_what_is_no_text_or_too_much_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    binary = KeptAnswer("https://x", '"a"', b"\xff\xfe")
    assert kept_file.dump([]) is None
    assert kept_file.dump([binary]) is None
    written = kept_file.dump([binary, *ANSWERS])
    assert written
    assert kept_file.parse(written) == ANSWERS
    monkeypatch.setattr(kept_file, "MAX_BYTES", 100)
    assert kept_file.dump(ANSWERS) is None
