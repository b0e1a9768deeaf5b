"""What is sent to GitHub and where, what is tried again, and what is said of a failure."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from hf_providers.retry import ATTEMPTS
from pipeline.__main__ import main
from pipeline.deploy.github import GitHub
from pipeline.errors import GitHubError
from tests.workflows.github_server import CUT, HOME, TOKEN, Server, github

ENABLE = f"{HOME}actions/workflows/snapshot.yml/enable"


def patient(hub: Server, waits: list[float] | None = None) -> GitHub:
    """A client that notes how long it would wait."""
    return GitHub(hub.environ, sleep=(waits if waits is not None else []).append)


def test_a_request_has_the_token_and_the_version_of_the_api(hub: Server) -> None:
    with patient(hub) as client:
        assert client.every("releases", dict[str, Any]) == []
    (sent,) = hub.headers
    assert sent["Authorization"] == f"Bearer {TOKEN}"
    assert sent["Accept"] == "application/vnd.github+json"
    assert sent["X-GitHub-Api-Version"] == "2022-11-28"
    assert "hf-providers" in sent["User-Agent"]


def test_a_netrc_does_not_replace_the_token(hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password person\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with patient(hub) as client:
        client.every("releases", dict[str, Any])
    assert hub.headers[0]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"GITHUB_TOKEN": ""},
        {"GITHUB_REPOSITORY": ""},
        {"GITHUB_REPOSITORY": "../../user"},
        {"GITHUB_API_URL": "http://api.github.example"},
        {"GITHUB_API_URL": "https://me:secret@api.github.example"},
        {"GITHUB_API_URL": "ftp://127.0.0.1"},
    ],
)
def test_an_environment_without_a_safe_place_for_the_token_is_refused(hub: Server, wrong: dict[str, str]) -> None:
    with pytest.raises(GitHubError) as caught:
        GitHub(hub.environ | wrong)
    assert TOKEN not in str(caught.value) + caught.value.hint
    assert not hub.asked


def test_a_redirect_is_not_followed_with_the_token(hub: Server) -> None:
    with github() as other, patient(hub) as client:
        hub.faults[("GET", f"{HOME}releases")] = [302]
        hub.extra["Location"] = f"{other.url}{HOME}releases"
        with pytest.raises(GitHubError, match="302"):
            client.every("releases", dict[str, Any])
        assert not other.asked


def test_a_failure_that_may_pass_is_tried_again_and_a_refusal_is_not(hub: Server) -> None:
    waits: list[float] = []
    hub.faults[("PUT", ENABLE)] = [502, 429]
    with patient(hub, waits) as client:
        client.change("PUT", "actions/workflows/snapshot.yml/enable", None, type(None))
        assert (hub.enabled, len(waits)) == (["snapshot.yml"], 2)
        hub.faults[("PUT", ENABLE)] = [403]
        with pytest.raises(GitHubError, match=r"403 to PUT .*: Resource not accessible") as caught:
            client.change("PUT", "actions/workflows/snapshot.yml/enable", None, type(None))
    assert "permission" in caught.value.hint
    assert len(hub.asked) == 4


def test_what_asks_to_wait_is_waited_for_and_given_up_in_the_end(hub: Server) -> None:
    waits: list[float] = []
    hub.faults[("PUT", ENABLE)] = [403] * ATTEMPTS
    hub.extra["Retry-After"] = "21"
    with patient(hub, waits) as client, pytest.raises(GitHubError, match="403"):
        client.change("PUT", "actions/workflows/snapshot.yml/enable", None, type(None))
    assert len(hub.asked) == ATTEMPTS
    assert waits == [21.0] * (ATTEMPTS - 1)


@pytest.mark.parametrize(
    ("status", "headers", "reason", "waits"),
    [
        (403, {"Retry-After": "3600"}, "Forbidden", None),
        (429, {"Retry-After": "3600"}, "Too many", None),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, "API rate limit exceeded", None),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, "API rate limit exceeded", 1),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, "Forbidden", 60),
        (403, {}, "You have exceeded a secondary rate limit.", 60),
    ],
)
def test_a_rate_limit_is_waited_for_unless_that_takes_long(
    hub: Server, status: int, headers: dict[str, str], reason: str, waits: int | None
) -> None:
    waited: list[float] = []
    hub.faults[("PUT", ENABLE)] = [status]
    hub.extra, hub.reason = headers, reason
    with patient(hub, waited) as client:
        if waits is None:
            with pytest.raises(GitHubError, match=f"{status}.*{reason}") as caught:
                client.change("PUT", "actions/workflows/snapshot.yml/enable", None, type(None))
            assert "rate limit is used up" in caught.value.hint
            assert (hub.enabled, waited) == ([], [])
        else:
            client.change("PUT", "actions/workflows/snapshot.yml/enable", None, type(None))
            assert hub.enabled == ["snapshot.yml"]
            assert len(waited) == 1
            assert waits <= waited[0] < waits + 1


def test_a_connection_that_breaks_is_tried_again(hub: Server) -> None:
    hub.faults[("GET", f"{HOME}releases")] = [CUT, CUT]
    with patient(hub) as client:
        assert client.every("releases", dict[str, Any]) == []
    assert len(hub.asked) == 3


def test_a_token_that_is_refused_is_not_shown(
    hub: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_expired-and-secret")
    assert main(["keepalive", "--workflow", "snapshot.yml"]) == 1
    said = capsys.readouterr()
    first, second = said.err.splitlines()
    assert first.endswith("Bad credentials")
    assert "GITHUB_TOKEN" in second
    assert "ghs_" not in said.out + said.err
    assert len(hub.asked) == 1


def test_a_file_goes_only_to_the_api_or_to_githubs_uploads(hub: Server, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    _, release = hub.create_release({"tag_name": "t", "draft": True})
    with github() as other, patient(hub) as client:
        for elsewhere in (
            f"{other.url}/uploads/1",
            "https://uploads.github.com.example/x",
            "http://uploads.github.com",
        ):
            with pytest.raises(GitHubError, match=r"not GitHub's|no address"):
                client.upload(f"{elsewhere}{{?name,label}}", "f", tmp_path / "f", dict[str, Any])
        assert (hub.asked, other.asked) == ([], [])
        sent = client.upload(release["upload_url"], "f", tmp_path / "f", dict[str, Any])
    assert sent["digest"] == f"sha256:{hashlib.sha256(b'content').hexdigest()}"
    assert hub.headers[-1]["Content-Length"] == "7"


def test_a_refusal_says_what_is_wrong_in_detail(hub: Server, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"content")
    _, release = hub.create_release({"tag_name": "t", "draft": True})
    hub.upload(release["id"], "f", b"earlier")
    with (
        patient(hub) as client,
        pytest.raises(GitHubError, match=r"422 .*already_exists") as caught,
    ):
        client.upload(release["upload_url"], "f", tmp_path / "f", dict[str, Any])
    assert caught.value.status == 422
    assert len(hub.asked) == 1


def test_github_com_has_another_host_for_uploads(hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network: what would be sent is caught on its way out."""
    (tmp_path / "f").write_bytes(b"content")
    sent: list[httpx.Request] = []

    def out(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(201, json={})

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", out)
    with GitHub(hub.environ | {"GITHUB_API_URL": ""}) as client:
        target = f"https://uploads.github.com{HOME}releases/1/assets{{?name,label}}"
        client.upload(target, "a b", tmp_path / "f", dict[str, Any])
    assert str(sent[0].url) == f"https://uploads.github.com{HOME}releases/1/assets?name=a+b"


def test_creating_is_asked_for_once(hub: Server) -> None:
    hub.faults[("POST", f"{HOME}issues")] = [502]
    with patient(hub) as client, pytest.raises(GitHubError, match="502"):
        client.create("issues", {"title": "x"}, dict[str, Any])
    assert len(hub.asked) == 1
    assert not hub.issues


def test_every_page_is_read(hub: Server) -> None:
    hub.issues = [{"number": n, "labels": ["x"], "state": "open"} for n in range(1, 251)]
    with patient(hub) as client:
        found = client.every("issues?labels=x", dict[str, Any])
    assert sorted(issue["number"] for issue in found) == list(range(1, 251))
    assert len(hub.asked) == 3


def test_an_answer_of_another_shape_is_a_failure(hub: Server) -> None:
    with patient(hub) as client, pytest.raises(GitHubError, match="is not understood"):
        client.get("releases", dict[str, Any])


def test_without_a_server_a_command_says_so_in_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with github() as server:
        environ = server.environ
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr("hf_providers.retry.ATTEMPTS", 1)
    assert main(["keepalive", "--workflow", "snapshot.yml"]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert "cannot be reached" in first
    assert "try again" in second


def test_keepalive_enables_each_workflow(hub: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keepalive", "--workflow", "snapshot.yml", "archive.yml"]) == 0
    assert hub.enabled == ["snapshot.yml", "archive.yml"]
    assert capsys.readouterr().out == "enabled: snapshot.yml\nenabled: archive.yml\n"
    with pytest.raises(SystemExit):
        main(["keepalive", "--workflow", "../../issues"])


@pytest.mark.parametrize(
    ("state", "enabled"),
    [("active", True), ("disabled_inactivity", True), ("disabled_fork", True), ("disabled_manually", False)],
)
def test_keepalive_undoes_what_github_did_and_not_what_a_person_did(
    hub: Server, capsys: pytest.CaptureFixture[str], state: str, *, enabled: bool
) -> None:
    hub.states["archive.yml"] = state
    assert main(["keepalive", "--workflow", "archive.yml", "snapshot.yml"]) == 0
    assert hub.enabled == (["archive.yml"] if enabled else []) + ["snapshot.yml"]
    assert ("left alone, as somebody disabled it: archive.yml" in capsys.readouterr().out) is not enabled


def test_a_failure_is_shown_on_the_page_of_the_run_too(
    hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert main(["archive", "--data", str(tmp_path / "<b>")]) == 1
    said = summary.read_text()
    assert "`archive` failed" in said
    assert "&lt;b&gt;" in said
    assert "<b>" not in said
    assert TOKEN not in said + capsys.readouterr().err
