"""Making derived files again where there is nothing to make them of."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import DatasetError
from pipeline.publish.derive import refresh


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="there is no dataset"):
        refresh(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
