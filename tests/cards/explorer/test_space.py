"""The files of a Space: nothing secret in them, and nothing that means more than it says."""

import runpy
from pathlib import Path

import pytest
import yaml

from speakervid5m.cards.explorer import SpaceFacts, export_space
from speakervid5m.cli import main
from speakervid5m.cli.release import explore as exploring
from speakervid5m.records import Installation

ROOT = Path(__file__).parents[3]
PACKAGE = "speakervid5m[explore]"


@pytest.mark.parametrize(
    ("made", "package"),
    [
        (Installation(version="2.0", is_indexed=True), "speakervid5m[explore,remote]==2.0"),
        (
            Installation(version="2.0", address="git+https://example.org/us@abc"),
            "speakervid5m[explore,remote] @ git+https://example.org/us@abc",
        ),
        (Installation(version="2.0", address="git+file:///us@abc"), None),
        (Installation(version="2.0", folder=ROOT, editable=True), None),
    ],
)
def test_a_space_gets_the_package_from_where_it_can(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    made: Installation,
    package: str | None,
) -> None:
    monkeypatch.setattr(exploring, "installation", lambda: made)
    space = tmp_path / "space"
    status = main(["explore", "hf://datasets/org/name", "--export-space", str(space)])
    assert status == (1 if package is None else 0)
    if package is None:
        assert "--package 'speakervid5m[explore,remote] @ git+" in capsys.readouterr().err
        assert not space.exists()
    else:
        assert (space / "requirements.txt").read_text() == f"{package}\n"
        assert ("git" in (space / "Dockerfile").read_text()) == ("git+" in package)


def test_a_space_cannot_see_a_folder_of_this_machine(tmp_path: Path) -> None:
    facts = SpaceFacts(release=str(tmp_path), package="speakervid5m[explore]")
    with pytest.raises(ValueError, match=r"a Space cannot see .* give a URL"):
        export_space(tmp_path / "space", facts)
    facts = SpaceFacts(release="hf://datasets/org/name", package="no.whl")
    with pytest.raises(ValueError, match="no wheel"):
        export_space(tmp_path / "space", facts)


def test_a_wheel_travels_with_a_space(tmp_path: Path) -> None:
    wheel = tmp_path / "speakervid5m-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"PK")
    facts = SpaceFacts(release="hf://datasets/org/name", package=str(wheel))
    export_space(tmp_path / "space", facts)
    required = (tmp_path / "space" / "requirements.txt").read_text()
    assert required == f"./{wheel.name}[explore,remote]\n"
    assert (tmp_path / "space" / wheel.name).read_bytes() == b"PK"


def test_the_app_of_a_space_is_quoted_as_python(tmp_path: Path) -> None:
    facts = SpaceFacts(
        release="hf://datasets/org/it's", package="speakervid5m", contact="\"'\\ {x}"
    )
    export_space(tmp_path, facts)
    source = (tmp_path / "app.py").read_text()
    compile(source, "app.py", "exec")
    asked: list[list[str]] = []
    patched = source.replace("from speakervid5m.cli import main", "")
    (tmp_path / "app.py").write_text(patched)
    with pytest.raises(SystemExit):
        runpy.run_path(str(tmp_path / "app.py"), {"main": asked.append})
    assert "hf://datasets/org/it's" in asked[0] and "--contact=\"'\\ {x}" in asked[0]


SECRETS = (
    "http://user:s3cret@host/rel",
    "https://s3cret@host/rel",
    "https://host/rel?token=s3cret",
    "https://host/rel#s3cret",
    "hf://datasets/org/name?token=s3cret",
    "simplecache::https://user:s3cret@host/rel",
    "https://user:pa/s3cret@host/rel",
)


@pytest.mark.parametrize("release", SECRETS)
def test_no_secret_is_written_into_a_space(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], release: str
) -> None:
    space = tmp_path / "space"
    command = ["explore", release, "--export-space", str(space), "--package", PACKAGE]
    assert main(command) == 1
    told = capsys.readouterr()
    assert "as secrets of the Space" in told.err and "s3cret" not in told.err + told.out
    assert not space.exists()


@pytest.mark.parametrize(
    "package",
    [
        "speakervid5m\n--index-url=http://evil.example/",
        "speakervid5m @ https://host/x.zip\n--index-url=http://evil.example/",
        "git+https://host/x\n--index-url=http://evil.example/",
        "speakervid5m --index-url=http://evil.example/",
        "speakervid5m @ https://host/x --hash=sha256:00",
        "git+https://host/x --editable",
        "--editable .",
        "-r other.txt",
        "./folder",
        "speakervid5m # one\r-r other.txt",
        "speakervid5m\\",
        "speakervid5m\u2028-r other.txt",
        "",
    ],
)
def test_a_package_is_one_requirement(tmp_path: Path, package: str) -> None:
    facts = SpaceFacts(release="hf://datasets/org/name", package=package)
    with pytest.raises(ValueError, match="is not a requirement: give one"):
        export_space(tmp_path / "space", facts)
    assert not (tmp_path / "space").exists()


@pytest.mark.parametrize(
    "package",
    [
        "speakervid5m[explore,remote]==0.1.0",
        "speakervid5m[explore] @ git+https://host/org/name@main",
        "git+https://host/org/name@0123abc#egg=speakervid5m",
        "git+ssh://git@host/org/name",
        "speakervid5m >= 0.1 ; python_version > '3.10'",
    ],
)
def test_requirements_of_every_kind(tmp_path: Path, package: str) -> None:
    export_space(tmp_path, SpaceFacts(release="hf://datasets/org/name", package=package))
    assert (tmp_path / "requirements.txt").read_text() == f"{package}\n"


@pytest.mark.parametrize(
    "package",
    [
        "speakervid5m @ git+https://user:s3cret@host/org/name",
        "git+https://s3cret@host/org/name",
        "speakervid5m @ https://host/x.whl?token=s3cret",
    ],
)
def test_no_secret_is_in_a_package(tmp_path: Path, package: str) -> None:
    with pytest.raises(ValueError, match="as secrets of the Space") as told:
        export_space(tmp_path, SpaceFacts(release="hf://datasets/org/name", package=package))
    assert "s3cret" not in str(told.value)


def test_a_release_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unprintable"):
        export_space(tmp_path, SpaceFacts(release="hf://datasets/a/b\nc", package=PACKAGE))


def test_a_wheel_has_the_name_of_one(tmp_path: Path) -> None:
    wheel = tmp_path / "speakervid5m 0.1.0\n-r x.whl"
    wheel.write_bytes(b"PK")
    facts = SpaceFacts(release="hf://datasets/org/name", package=str(wheel))
    with pytest.raises(ValueError, match="is not a wheel's name"):
        export_space(tmp_path / "space", facts)


def test_a_name_stays_in_its_code_span(tmp_path: Path) -> None:
    name = "hf://datasets/org/a`<b>**x** | ![y](z)`'\"{release}"
    export_space(tmp_path, SpaceFacts(release=name, package=PACKAGE))
    card = (tmp_path / "README.md").read_text()
    (line,) = (one for one in card.splitlines() if "play and check" in one)
    before, span, after = line.split("`")
    assert "<b>" in span and after == " by range reads; nothing is copied here." and before
    assert yaml.safe_load(card.split("---")[1])["sdk"] == "docker"
    compile((tmp_path / "app.py").read_text(), "app.py", "exec")


def test_a_space_answers_under_the_names_that_the_hub_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_space(tmp_path, SpaceFacts(release="hf://datasets/org/name", package=PACKAGE))
    source = (tmp_path / "app.py").read_text().replace("from speakervid5m.cli import main", "")
    (tmp_path / "app.py").write_text(source)
    for given, wanted in (
        ("org-name.hf.space", ["--allow-host=org-name.hf.space"]),
        ("a.hf.space,b.example", ["--allow-host=a.hf.space", "--allow-host=b.example"]),
        ("", []),
    ):
        monkeypatch.setenv("SPACE_HOST", given)
        asked: list[list[str]] = []
        with pytest.raises(SystemExit):
            runpy.run_path(str(tmp_path / "app.py"), {"main": asked.append})
        assert [one for one in asked[0] if one.startswith("--allow-host")] == wanted
