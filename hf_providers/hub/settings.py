"""The Hub's address and the token, from the environment variables of huggingface_hub, with the same meaning."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

from hf_providers.errors import HubError

DEFAULT_ENDPOINT = "https://huggingface.co"
DEFAULT_ROUTER_URL = "https://router.huggingface.co"
_TRUE = {"1", "ON", "YES", "TRUE"}
Origin = tuple[str, str, int | None]


def origin_of(url: httpx.URL) -> Origin:
    """Return scheme, host and port (None for the scheme's default), which identify a server."""
    return url.scheme, url.host, url.port


@dataclass(frozen=True, slots=True)
class Settings:
    """Endpoints, token and offline switch. The token stays out of the repr."""

    endpoint: str = DEFAULT_ENDPOINT
    router_url: str = DEFAULT_ROUTER_URL
    token: str | None = field(default=None, repr=False)
    offline: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the settings in the environment.

        The token is HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or the file that `hf auth login` writes (HF_TOKEN_PATH,
        HF_HOME/token). Tokens that huggingface_hub fetches over the network (OIDC, OAuth refresh) are not.

        Raises:
            HubError: an address is not one, or the token or its file cannot be used.
        """
        return cls(
            endpoint=_address(environ, "HF_ENDPOINT", DEFAULT_ENDPOINT),
            router_url=_address(environ, "HFP_ROUTER_URL", DEFAULT_ROUTER_URL),
            token=_token(environ),
            offline=is_true(environ.get("HF_HUB_OFFLINE") or environ.get("TRANSFORMERS_OFFLINE")),
        )

    def may_send_token(self, url: httpx.URL) -> bool:
        """Return whether the token may be sent to `url`: Hugging Face's hosts over https, or the two set addresses."""
        if origin_of(url) in {origin_of(httpx.URL(self.endpoint)), origin_of(httpx.URL(self.router_url))}:
            return True
        ours = url.host in {"huggingface.co", "hf.co"} or url.host.endswith(".huggingface.co")
        return ours and url.scheme == "https" and url.port is None


def is_true(value: str | None) -> bool:
    """Return whether a variable of the environment is set to yes, as huggingface_hub reads it."""
    return value is not None and value.upper() in _TRUE


def _address(environ: Mapping[str, str], name: str, default: str) -> str:
    text = (environ.get(name) or default).rstrip("/")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise HubError(f"{name} is not an http or https address", f"set {name}={default}, or unset it")
    return text


def _token(environ: Mapping[str, str]) -> str | None:
    if is_true(environ.get("HF_HUB_DISABLE_IMPLICIT_TOKEN")):
        return None
    token = _clean(environ.get("HF_TOKEN") or environ.get("HUGGING_FACE_HUB_TOKEN")) or _token_in_file(environ)
    # Checked here because an HTTP library that meets such a header prints it in its error.
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise HubError("the Hugging Face token has characters no token has", "set HF_TOKEN to the token alone")
    return token


def _clean(token: str | None) -> str | None:
    return (token or "").replace("\r", "").replace("\n", "").strip() or None


def _token_in_file(environ: Mapping[str, str]) -> str | None:
    cache = environ.get("XDG_CACHE_HOME", str(Path("~") / ".cache"))
    home = _expanded(environ.get("HF_HOME", str(Path(cache) / "huggingface")))
    path = Path(_expanded(environ.get("HF_TOKEN_PATH", str(Path(home) / "token"))))
    try:
        return _clean(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        hint = "make the file readable, or set HF_TOKEN"
    raise HubError("the Hugging Face token file cannot be read", hint)


def _expanded(path: str) -> str:
    return os.path.expandvars(os.path.expanduser(path))  # noqa: PTH111 huggingface_hub's order: ~ first, then $NAMES
