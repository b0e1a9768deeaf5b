"""Check whether a zstd file is complete: DuckDB silently accepts one that breaks off.

The layout is RFC 8878's: frames of blocks, each block with its size. Nothing is decompressed here.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_FRAME, _SKIPPABLE = 0xFD2FB528, range(0x184D2A50, 0x184D2A60)
_DICTIONARY_BYTES = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)
_REPEATED_BYTE = 1
"""The type of a block that is one byte, whatever its size says."""


def is_whole(path: str) -> bool:
    """Return whether the file at a path ends where its last frame does."""
    with Path(path).open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        for frame in count():
            if file.tell() == size:
                return frame > 0
            if not _pass_frame(file) or file.tell() > size:
                return False
    return False


def _pass_frame(file: BinaryIO) -> bool:
    """Skip a frame; return whether one begins here and its last block is reached."""
    magic = _number(file, 4)
    if magic in _SKIPPABLE:
        file.seek(_number(file, 4), 1)
        return True
    if magic != _FRAME:
        return False
    descriptor = _number(file, 1)
    single, size_flag = descriptor >> 5 & 1, descriptor >> 6
    size_bytes = _CONTENT_SIZE_BYTES[size_flag] or single
    file.seek((1 - single) + _DICTIONARY_BYTES[descriptor & 3] + size_bytes, 1)
    while len(header := file.read(3)) == 3:
        block = int.from_bytes(header, "little")
        file.seek(1 if block >> 1 & 3 == _REPEATED_BYTE else block >> 3, 1)
        if block & 1:
            file.seek(4 if descriptor >> 2 & 1 else 0, 1)
            return True
    return False


def _number(file: BinaryIO, size: int) -> int:
    return int.from_bytes(file.read(size), "little")
