"""An unchanged snapshot costs one small request and no HTTP library; whatever is not just that is left to `sync`."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hf_providers.hub import timed_http
from hf_providers.sync import unchanged as module
from hf_providers.sync.unchanged import Unchanged, unchanged
from hf_providers.sync.update import sync
from tests.hub.hubserver import Answer as Raw
from tests.hub.hubserver import response
from tests.hub.hubserver import serving as raw_server
from tests.sync.served import Answer, Served

pytestmark = pytest.mark.skipif(
    os.name != "posix" or sys.platform == "darwin", reason="there the system has proxies and certificates of its own"
)
HEAVY = ("httpx", "pydantic", "ssl", "dataclasses", "http.client", "filelock", "tenacity")


@pytest.fixture
def synced(served: Served, cache: Path) -> Path:
    """A folder that was synced; what was asked for then is forgotten."""
    sync(served.url, cache, environ={})
    # Its files are dated before what vouches for them, however coarse the file system's times are.
    (cache / ".sync.json").touch()
    served.paths()
    return cache


def asked(served: Served | str, folder: Path, **environ: str) -> Unchanged | None:
    return unchanged(served if isinstance(served, str) else served.url, str(folder), environ)


def test_it_is_one_request_that_names_nobody(served: Served, synced: Path) -> None:
    found = asked(served, synced, HF_TOKEN="hf_aTokenThatMustNotBeSeen")
    assert found
    manifest = json.loads((synced / "manifest.json").read_bytes())
    assert (found.version, found.checked_at) == (manifest["version"], manifest["checked_at"])
    assert (found.url, found.folder, found.newer, found.files, found.bytes) == (served.url, str(synced), False, 0, 0)
    (request,) = served.asked
    assert request.path == "manifest.json"
    assert request.headers["if-none-match"].startswith('"')
    assert request.headers["user-agent"] == timed_http.user_agent()
    named = {"host", "user-agent", "accept", "accept-encoding", "connection", "if-none-match", "if-modified-since"}
    assert request.headers.keys() <= named
    assert served.sent_bytes == sum(path.stat().st_size for path in synced.rglob("*") if path.is_file()) - sum(
        (synced / name).stat().st_size for name in (".sync.json", ".sync.lock")
    )


def test_the_command_imports_no_http_library_and_says_the_same(served: Served, synced: Path) -> None:
    code = (
        "import sys; from hf_providers.cli.main import main; code = main(sys.argv[1:]);"
        f" print(*sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    environ |= {"HFP_CACHE": str(synced), "HF_HUB_OFFLINE": ""}
    for options in ([], ["--check"], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-c", code, "sync", *options], env=environ, capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == "", options
        assert served.paths() == ["manifest.json"]
        if "--json" in options:
            assert json.loads(done.stdout)["newer"] is False
        else:
            assert done.stdout.startswith("already the newest: snapshot ")


@pytest.mark.parametrize("short", ["manifest.json", "/manifest.json", ""])
def test_the_folder_means_its_manifest(served: Served, synced: Path, short: str) -> None:
    assert asked(served.url.removesuffix(short), synced)


@pytest.mark.parametrize(
    "other",
    ["http://127.0.0.1:9/data/manifest.json", "https://x.example/data", "file:///etc/passwd", "", "http://127.0.0.1"],
)
def test_another_address_is_left_to_sync(served: Served, synced: Path, other: str) -> None:
    assert asked(other, synced) is None
    assert served.paths() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("https_proxy", "http://proxy:1"), ("HTTP_PROXY", "x"), ("all_proxy", "x"), ("HF_HUB_OFFLINE", "1"),
        ("TRANSFORMERS_OFFLINE", "1"),
    ],
)  # fmt: skip
def test_proxies_and_the_offline_switch_are_left_to_sync(served: Served, synced: Path, name: str, value: str) -> None:
    assert asked(served, synced, **{name: value}) is None
    assert served.paths() == []


def a_file(folder: Path) -> Path:
    return next(folder.rglob("offers.parquet"))


def swapped_folder(folder: Path) -> None:
    """The version's folder becomes a link to a copy of it."""
    home = a_file(folder).parent
    home.rename(folder.parent / "elsewhere")
    home.symlink_to(folder.parent / "elsewhere")


def flipped(path: Path) -> None:
    """Another byte, and the old time of change."""
    before = path.stat()
    body = bytearray(path.read_bytes())
    body[40] ^= 1
    path.write_bytes(body)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def kept_as(**changes: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / ".sync.json"
        path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))

    return change


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: flipped(a_file(folder)),
        lambda folder: a_file(folder).unlink(),
        lambda folder: (a_file(folder).rename(folder / "x"), (folder / "x").rename(folder / "offers.parquet")),
        swapped_folder,
        lambda folder: (folder / "manifest.json").write_text("{}"),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / ".sync.json").unlink(),
        lambda folder: (folder / ".sync.json").write_text("[]"),
        lambda folder: (folder / ".sync.lock").unlink(),
        kept_as(validators={}),
        kept_as(validators={"If-None-Match": '"a"\r\nX-Injected: 1'}),
        kept_as(validators={"If-None-Match": 7}),
        kept_as(validators={"X-Other": '"a"'}),
        kept_as(url="http://127.0.0.1:1/ \r\n/manifest.json"),
        kept_as(sha256="0" * 64),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_verified_is_left_to_sync(
    served: Served, synced: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(synced)
    assert asked(served, synced) is None
    assert served.paths() == []


def test_a_copy_is_verified_once_and_then_vouched_for(served: Served, synced: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(synced, tmp_path / "copy")
    (copy / ".sync.json").write_bytes((synced / ".sync.json").read_bytes())
    a_file(copy).touch()
    assert asked(served, copy) is None
    assert sync(served.url, copy, environ={}).newer is False
    assert asked(served, copy)


@pytest.mark.parametrize("status", [200, 206, 301, 404, 429, 500])
def test_only_a_304_is_taken(served: Served, synced: Path, status: int) -> None:
    served.instead = lambda path, nth: Answer(status, b"x", {"Location": served.url})
    assert asked(served, synced) is None
    assert served.paths() == ["manifest.json"]


def test_what_has_changed_is_fetched_as_ever(served: Served, synced: Path, renew: Callable[[], None]) -> None:
    renew()
    assert asked(served, synced) is None
    assert sync(served.url, synced, environ={}).newer


@pytest.mark.parametrize(
    "pieces",
    [
        [b""], [b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n"], [b"304\r\n\r\n"], [b"HTTP/2 304\r\n\r\n"],
        [b"HTTP/1.1 3040 x\r\n\r\n"], [b"\x16\x03\x01" * 50], [b"HTTP/1.1 304 x\r\n", *[b"a: b\r\n" * 200] * 100],
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_left_to_sync(synced: Path, pieces: list[bytes]) -> None:
    with raw_server(lambda _: Raw(pieces, "close")) as server:
        url = f"{server.url}/data/manifest.json"
        kept_as(url=url)(synced)
        assert asked(url, synced) is None
        assert server.targets == ["/data/manifest.json"]


def test_a_304_in_pieces_is_one(synced: Path) -> None:
    pieces = [bytes([byte]) for byte in b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"]
    with raw_server(lambda _: Raw(pieces, "close")) as server:
        kept_as(url=f"{server.url}/data/manifest.json")(synced)
        assert asked(f"{server.url}/data/manifest.json", synced)


def test_who_drips_is_left(synced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REQUEST_S", 0.3)
    held: list[object] = []
    with raw_server(lambda _: Raw(held[0].drip(b"HTTP/1.1 304 x\r\n"), "close")) as server:  # type: ignore[attr-defined]
        held.append(server)
        kept_as(url=f"{server.url}/data/manifest.json")(synced)
        assert asked(f"{server.url}/data/manifest.json", synced) is None


def test_nobody_there_is_left_to_sync(served: Served, synced: Path) -> None:
    kept_as(url="http://127.0.0.1:9/data/manifest.json")(synced)
    assert asked("http://127.0.0.1:9/data/manifest.json", synced) is None


def test_another_sync_at_work_is_left_to_sync(served: Served, synced: Path) -> None:
    code = "import fcntl,sys; f=open(sys.argv[1],'a+'); fcntl.flock(f,2); print('held',flush=True); sys.stdin.read()"
    lock = synced / ".sync.lock"
    with subprocess.Popen([sys.executable, "-c", code, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert asked(served, synced) is None
        assert unchanged(served.url, str(synced), {}, locks=False), "to look takes no lock"
        assert other.stdin is not None
        other.stdin.close()
    assert asked(served, synced)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine that only its own file vouches for, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    crt, key = folder / "crt.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    more = ["-addext", "subjectAltName=DNS:localhost", "-out", str(crt), "-keyout", str(key)]
    subprocess.run([*command, *more], check=True, capture_output=True)
    return crt, key


def test_tls_has_to_be_whom_the_system_trusts(synced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crt, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    for name in ("SSL_CERT_DIR", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    with raw_server(lambda _: response(304, b"", "close", content_length=""), context) as server:
        url = f"https://localhost:{server.port}/data/manifest.json"
        kept_as(url=url)(synced)
        assert asked(url, synced) is None, "nobody vouches for it"
        assert server.targets == []
        monkeypatch.setenv("SSL_CERT_FILE", str(crt))
        assert asked(url, synced)
        assert server.targets == ["/data/manifest.json"]
        kept_as(url=url.replace("localhost", "127.0.0.1"))(synced)
        assert asked(url.replace("localhost", "127.0.0.1"), synced) is None, "the certificate is of another name"
