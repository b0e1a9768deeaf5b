"""The file in which a run leaves the answers that have an ETag for the next one: gzip of JSON, named by its content.

It is part of what is published, because nothing else is left between runs. Nobody has to have it: a run that finds
none, or one that it cannot read, asks every server for the whole.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from hf_providers.hub.kept_answers import KeptAnswer

MAX_FILE_BYTES: Final = 16 * 2**20
"""Of the compressed file."""
MAX_BYTES: Final = 64 * 2**20
"""Of what it holds."""
MAX_ANSWERS: Final = 1000
_FORMAT: Final = 1


def dump(answers: Iterable[KeptAnswer]) -> bytes | None:
    """Return the file's bytes, the same for the same answers; None where there is nothing to keep, or too much of it.

    Answers that are no UTF-8 are left out.
    """
    entries = [entry for answer in answers if (entry := _entry(answer))][:MAX_ANSWERS]
    text = json.dumps({"format": _FORMAT, "answers": entries}, ensure_ascii=False).encode()
    if not entries or len(text) > MAX_BYTES:
        return None
    packed = gzip.compress(text, compresslevel=6, mtime=0)  # 9 takes three times as long for 3 % less
    return packed if len(packed) <= MAX_FILE_BYTES else None


def _entry(answer: KeptAnswer) -> dict[str, str] | None:
    try:
        body = answer.body.decode()
    except UnicodeDecodeError:
        return None
    return {"url": answer.url, "etag": answer.etag, "sha256": sha256(answer.body).hexdigest(), "body": body}


def parse(packed: bytes) -> list[KeptAnswer]:
    """Return the answers in the file, without those that are not what they were; none where it is not such a file."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            text = file.read(MAX_BYTES + 1)
        document = json.loads(text) if len(text) <= MAX_BYTES else {}
        entries = document["answers"] if document["format"] == _FORMAT else []
        return [answer for entry in entries[:MAX_ANSWERS] if (answer := _answer(entry))]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        return []


def _answer(entry: Any) -> KeptAnswer | None:
    stated = [entry[name] for name in ("url", "etag", "body", "sha256")]
    if not all(isinstance(text, str) for text in stated):
        return None
    url, etag, text, digest = stated
    body = text.encode()
    return KeptAnswer(url, etag, body) if sha256(body).hexdigest() == digest else None
