"""Who may ask: names and pages of strangers."""

from pathlib import Path

import pytest

from speakervid5m.cards.explorer import ReleaseWatcher, ReportBox, create_app
from speakervid5m.cli import main
from tests.cards.explorer.asking import Asked
from tests.cards.explorer.serving import explorer
from tests.cards.explorer.test_reports import CONFIG, good, send

REPORT = "/api/report/dialogue_sft/unknown"


@pytest.fixture
def asked(release: Path, tmp_path: Path) -> Asked:
    box = ReportBox(tmp_path / "requests", root=str(release))
    hosts = ("Explorer.Example.org", "10.1.2.3", "[fd00::1]")
    return Asked(
        create_app(ReleaseWatcher(str(release)), box, hosts=hosts), server=("192.0.2.7", 80)
    )


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("localhost", True),
        ("LocalHost:7860", True),
        ("127.0.0.1:1", True),
        ("127.9.9.9", True),
        ("[::1]:7860", True),
        ("[0:0:0:0:0:0:0:1]", True),
        ("0.0.0.0:7860", True),
        ("192.0.2.7", True),
        ("[::ffff:192.0.2.7]:80", True),
        ("explorer.example.ORG", True),
        ("explorer.example.org:443", True),
        ("10.1.2.3:80", True),
        ("[fd00:0::1]", True),
        ("192.0.2.8", False),
        ("evil.example", False),
        ("explorer.example.org.evil.example", False),
        ("evil-explorer.example.org", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost:7860@evil.example", False),
        ("evil.example#localhost", False),
        ("localhost:", False),
        ("localhost:99999999", False),
        ("", False),
        ("::1", False),
        ("[::1", False),
        ("[::1]evil", False),
        ("2130706433", False),
        ("*", False),
        ("localhost, evil.example", False),
        ("localhost\\", False),
        (None, False),
    ],
)
def test_it_answers_under_its_own_names_alone(asked: Asked, host: str | None, is_own: bool) -> None:
    for path in ("/", "/api/release", "/static/main.js", "/theme.css"):
        answer = asked(path, headers={} if host is None else {"host": host})
        assert answer.status == (200 if is_own else 400), path
    assert is_own or "error" in answer.json()
    assert "content-security-policy" in answer.headers


def test_what_to_do_is_told(asked: Asked) -> None:
    told = asked("/", headers={"host": "my-machine:7860"}).json()["error"]
    assert "--allow-host my-machine" in told


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://localhost:7860"}, 404),
        ({"origin": "https://localhost:7860"}, 404),
        ({"origin": "HTTP://LOCALHOST:7860"}, 404),
        ({"origin": "http://localhost:7860", "sec-fetch-site": "same-origin"}, 404),
        ({}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "localhost:7860"}, 403),
        ({"origin": "http://localhost"}, 403),
        ({"origin": "http://localhost:7861"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://evil.example/?http://localhost:7860"}, 403),
        ({"origin": "http://127.0.0.1:7860"}, 403),
        ({"origin": "http://localhost:7860", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://localhost:7860", "sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://localhost:7860", "content-type": "text/plain"}, 415),
        ({"origin": "http://localhost:7860", "content-type": ""}, 415),
        (
            {"origin": "http://localhost:7860", "content-type": "text/plain; application/json"},
            415,
        ),
        (
            {"origin": "http://localhost:7860", "content-type": "Application/JSON; charset=utf-8"},
            404,
        ),
    ],
)
def test_changes_are_asked_for_by_this_page_alone(
    asked: Asked, headers: dict[str, str], status: int
) -> None:
    own = {"host": "localhost:7860", "content-type": "application/json"}
    for path in (REPORT, "/no/such/route"):
        answer = asked(path, method="POST", headers=own | headers, body=b"{}")
        assert answer.status == status, answer.body
    for method in ("PUT", "DELETE", "PATCH", "FROB"):
        answer = asked("/", method=method, headers=own | {"origin": "http://evil.example"})
        assert answer.status == 403


def test_two_origins_are_none(asked: Asked) -> None:
    own = "http://localhost:7860"
    headers = [("host", "localhost:7860"), ("origin", own), ("origin", own)]
    assert asked(REPORT, method="POST", headers=headers, body=b"{}").status == 403


def test_over_a_socket(release: Path, tmp_path: Path) -> None:
    with explorer(str(release), tmp_path, hosts=("space.example",)) as own:
        assert own.ask("/api/release").status == 200
        assert own.ask("/api/release", headers={"Host": "evil.example"}).status == 400
        assert own.ask("/api/release", headers={"Host": "space.example"}).status == 200
        row = own.rows(CONFIG)[0]
        asked = good(own, row)
        behind = {"Host": "space.example", "Origin": "https://space.example"}
        assert send(own, row, asked, **behind).status == 200
        for wrong in ("https://evil.example", own.url.rstrip("/")):
            assert send(own, row, asked, **behind | {"Origin": wrong}).status == 403
        assert send(own, row, asked, **{"Content-Type": "text/plain"}).status == 415


@pytest.mark.parametrize(
    "name", ["*", "http://a.example", "a.example:80", "a b", "", "a/b", "[::1"]
)
def test_a_name_that_is_none_is_told(
    release: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    box = ReportBox(None, root=str(release))
    with pytest.raises(ValueError, match="without scheme and port"):
        create_app(ReleaseWatcher(str(release)), box, hosts=(name,))
    assert main(["explore", str(release), "--no-open", "--port", "0", f"--allow-host={name}"]) == 1
    assert "is not a host name" in capsys.readouterr().err


def test_media_are_for_this_page_alone(asked: Asked) -> None:
    answer = asked("/api/release", headers={"host": "localhost"})
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
