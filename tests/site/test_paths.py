"""From any name to a file name: plain, inside, and of that name alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from pipeline.site import paths

PLAIN = re.compile(r"[A-Za-z0-9~_-][A-Za-z0-9~_.-]{0,199}")
NAMES = st.text(st.characters(codec="utf-8"), max_size=200) | st.text("aA./%~-_ ü", max_size=150)


@given(NAMES)
def test_a_segment_is_a_plain_name(name: str) -> None:
    made = paths.segment(name)
    assert PLAIN.fullmatch(made)
    assert not made.endswith((".html", ".json"))


@given(NAMES, NAMES)
def test_two_names_never_share_a_file(one: str, other: str) -> None:
    assert (paths.segment(one) == paths.segment(other)) == (one == other)
    assert (paths.model(one) == paths.model(other)) == (one == other)


@given(NAMES)
def test_what_is_made_of_a_name_stays_in_its_folder(name: str) -> None:
    for made, folder in ((paths.model(name), "models"), (paths.model_json(name), "api/v1/models")):
        parts = PurePosixPath(made).parts
        assert made.startswith(f"{folder}/")
        assert not {".", "..", "/"} & set(parts)
        assert "//" not in made


def test_names_that_are_plain_stay_as_they_are() -> None:
    assert paths.model("meta-llama/Llama-3.3-70B-Instruct") == "models/meta-llama/Llama-3.3-70B-Instruct/"
    assert paths.provider("fal-ai") == "providers/fal-ai/"
    assert paths.model_json("gpt2") == "api/v1/models/gpt2.json"


def test_no_folder_stands_where_a_file_has_to_be() -> None:
    """A legacy model without an author, and an author whose name ends like its file."""
    assert not paths.model("gpt2/index.html").startswith(paths.model("gpt2") + "index.html/")
    assert not paths.model_json("gpt2.json/x").startswith(paths.model_json("gpt2") + "/")
