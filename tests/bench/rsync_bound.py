"""What rsync would send of a file at least: the bytes that stand in no block of the file before it.

Its own headers, block sums and tokens are left out, which makes it a bound. The block is rsync's for files of such a
size (700 bytes); the new file is searched at every offset, by rsync's weak sum first, then by the bytes themselves.
"""

from __future__ import annotations

import numpy as np

BLOCK = 700
_SUMS = 1 << 16


def literal_bytes(old: bytes, new: bytes) -> int:
    """Return how many bytes of `new` are in no whole block of `old`."""
    blocks = {old[place : place + BLOCK] for place in range(0, len(old) - BLOCK + 1, BLOCK)}
    if len(new) < BLOCK or not blocks:
        return len(new)
    wanted = np.unique(np.concatenate([weak_sums(block) for block in blocks]))
    literal = place = 0
    for candidate in np.flatnonzero(np.isin(weak_sums(new), wanted)).tolist():
        if candidate >= place and new[candidate : candidate + BLOCK] in blocks:
            literal += candidate - place
            place = candidate + BLOCK
    return literal + len(new) - place


def weak_sums(content: bytes) -> np.ndarray:
    """Return rsync's rolling sum of the block at each offset."""
    values = np.frombuffer(content, np.uint8).astype(np.int64)
    plain = np.concatenate([[0], np.cumsum(values)])
    weighted = np.concatenate([[0], np.cumsum(values * np.arange(len(values)))])
    ends = np.arange(BLOCK, len(values) + 1)
    first = plain[ends] - plain[ends - BLOCK]
    second = ends * first - (weighted[ends] - weighted[ends - BLOCK])
    return (first % _SUMS) * _SUMS + second % _SUMS
