"""Models that the tests of the hosting sources serve."""

from __future__ import annotations

from typing import Any

from pipeline.replay import Model
from tests.run.runs import entry, model


def chat(model_id: str, sha: str | None = "a" * 40, **fields: Any) -> Model:
    stated = {"id": model_id, "sha": sha, **fields}
    return Model({k: v for k, v in stated.items() if v is not None}, model(model_id, entry()).offers)
