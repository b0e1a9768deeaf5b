"""The environment means what it means in huggingface_hub, which is asked itself; and where the token may go."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from hf_providers.errors import HubError
from hf_providers.hub import Settings

TOKEN = "hf_thisIsASecretOfATest"
THEIRS = """
import json
from huggingface_hub import constants
from huggingface_hub.utils import get_token, get_token_to_send
try:
    token = get_token_to_send(None)
except Exception:
    token = "failed"
print(json.dumps([constants.ENDPOINT, constants.HF_HUB_OFFLINE, token]))
"""


@pytest.mark.skipif(importlib.util.find_spec("huggingface_hub") is None, reason="huggingface_hub is not installed")
@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HF_TOKEN": " hf_env\n"},
        {"HF_TOKEN": "", "HUGGING_FACE_HUB_TOKEN": "hf_old"},
        {"HF_TOKEN": "hf_new", "HUGGING_FACE_HUB_TOKEN": "hf_old"},
        {"HF_TOKEN": " \n", "HUGGING_FACE_HUB_TOKEN": "hf_old"},
        {"HF_TOKEN_PATH": "{folder}/other", "HF_HOME": "{folder}/home"},
        {"HF_TOKEN_PATH": "$FOLDER/other", "FOLDER": "{folder}"},
        {"HF_HOME": "{folder}/home"},
        {"XDG_CACHE_HOME": "{folder}/cache"},
        {"HF_HOME": "{folder}/nowhere"},
        {"HF_TOKEN": "hf_env", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"},
        {"HF_TOKEN": "hf_env", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "no"},
        {"HF_ENDPOINT": "https://hub.example.org/"},
        {"HF_HUB_OFFLINE": "1"},
        {"HF_HUB_OFFLINE": "true"},
        {"HF_HUB_OFFLINE": "on"},
        {"HF_HUB_OFFLINE": "0"},
        {"HF_HUB_OFFLINE": "2"},
        {"TRANSFORMERS_OFFLINE": "YES"},
        {"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"},
    ],
    ids=str,
)
def test_environment_as_huggingface_hub_takes_it(environ: dict[str, str], tmp_path: Path) -> None:
    files = {"other": "hf_path\n", "home/token": " hf_home\r\n", "cache/huggingface/token": "hf_cache"}
    for place, token in {**files, ".cache/huggingface/token": "hf_default"}.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(token)
    whole = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    whole |= {name: value.replace("{folder}", str(tmp_path)) for name, value in environ.items()}
    with patch.dict(os.environ, whole, clear=True):
        ours = Settings.from_env()
    assert [ours.endpoint, ours.offline, ours.token] == _run(THEIRS, whole)


def _run(code: str, environ: dict[str, str]) -> list[object]:
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    answer: list[object] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("token", ["hf_with space", "hf_ü", "hf_\x07", "hf_a\tb"])
def test_token_that_cannot_be_sent_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(HubError) as caught:
        Settings.from_env({"HF_TOKEN": token})
    assert token not in f"{caught.value}{caught.value.hint}"


def test_token_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="token file"):
        Settings.from_env({"HF_TOKEN_PATH": str(tmp_path)})


@pytest.mark.parametrize("name", ["HF_ENDPOINT", "HFP_ROUTER_URL"])
@pytest.mark.parametrize("address", ["huggingface.co", "ftp://huggingface.co", "https://", "\x00"])
def test_what_is_no_address_is_refused(name: str, address: str, tmp_path: Path) -> None:
    with pytest.raises(HubError, match=name):
        Settings.from_env({name: address, "HF_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://huggingface.co/api/models", True),
        ("https://router.huggingface.co/v1/models", True),
        ("https://hf.co/x", True),
        ("http://huggingface.co/api/models", False),
        ("https://huggingface.co:8443/", False),
        ("https://huggingface.co.evil.org/", False),
        ("https://evilhuggingface.co/", False),
        ("https://evil.org/huggingface.co", False),
        ("https://huggingface.co@evil.org/", False),
        ("http://127.0.0.1:8000/api/models", True),
        ("http://127.0.0.1:8001/api/models", False),
        ("https://127.0.0.1:8000/api/models", False),
        ("http://localhost:8000/api/models", False),
    ],
)
def test_where_the_token_may_go(url: str, may: bool) -> None:
    assert Settings(endpoint="http://127.0.0.1:8000", token=TOKEN).may_send_token(httpx.URL(url)) is may


def test_token_is_not_in_the_repr() -> None:
    settings = Settings(token=TOKEN)
    assert TOKEN not in f"{settings!r}{settings}"
