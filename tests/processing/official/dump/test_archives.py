"""Archives of strangers: what is read, what is refused, what is survived."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from speakervid5m.processing.official.dump.archives import MAX_MEMBER_BYTES, members
from speakervid5m.processing.official.dump.problems import Unusable


def archive(path: Path, *found: tuple[str, bytes, bytes], form: int = tarfile.GNU_FORMAT) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix != ".tar" else "w", format=form) as tar:
        for name, content, kind in found:
            member = tarfile.TarInfo(name)
            member.size, member.type = len(content), kind
            member.linkname = "/etc/passwd" if kind != tarfile.REGTYPE else ""
            tar.addfile(member, io.BytesIO(content))
    return path


def read(path: Path) -> dict[str, bytes | str]:
    return {
        name: content.reason if isinstance(content, Unusable) else content
        for name, content in members(path)
    }


def why(path: Path) -> str:
    with pytest.raises(Unusable) as caught:
        list(members(path))
    return caught.value.reason


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".tgz"])
def test_every_kind_of_archive_gives_what_tarfile_gives(
    tmp_path: Path, form: int, ending: str
) -> None:
    long = "folder/" * 12 + "a long name of a member " + "x" * 60 + ".json"
    found = [
        ("a.json", b"{}", tarfile.REGTYPE),
        ("folder/", b"", tarfile.DIRTYPE),
        (long, b"1" * 513, tarfile.REGTYPE),
        ("empty.json", b"", tarfile.REGTYPE),
        ("folder/b c.json", b"2" * 512, tarfile.REGTYPE),
    ]
    if form != tarfile.USTAR_FORMAT:
        found.append(("gr\u00fc\u00df.json", b"3", tarfile.REGTYPE))
    path = archive(tmp_path / f"a{ending}", *found, form=form)
    assert read(path) == {name: content for name, content, kind in found if kind != b"5"}


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("../up.json", tarfile.REGTYPE, "unsafe_name"),
        ("a/../../up.json", tarfile.REGTYPE, "unsafe_name"),
        ("/etc/cron.d/x.json", tarfile.REGTYPE, "unsafe_name"),
        ("C:/x.json", tarfile.REGTYPE, "unsafe_name"),
        ("link.json", tarfile.SYMTYPE, "not_a_file"),
        ("hard.json", tarfile.LNKTYPE, "not_a_file"),
        ("pipe.json", tarfile.FIFOTYPE, "not_a_file"),
        ("device.json", tarfile.CHRTYPE, "not_a_file"),
    ],
)
def test_members_that_mean_harm_are_refused_by_name(
    tmp_path: Path, name: str, kind: bytes, reason: str
) -> None:
    path = archive(tmp_path / "a.tar.gz", (name, b"", kind), ("b.json", b"{}", tarfile.REGTYPE))
    assert read(path) == {name: reason, "b.json": b"{}"}
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_huge_member_is_skipped_without_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    size = MAX_MEMBER_BYTES + 1
    huge = tarfile.TarInfo("huge.json")
    huge.size = size
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(huge.tobuf(tarfile.GNU_FORMAT))
        for _ in range(-(-size // 512)):
            file.write(bytes(512))
        small = tarfile.TarInfo("b.json")
        small.size = 2
        file.write(small.tobuf(tarfile.GNU_FORMAT) + b"{}".ljust(512, b"\0") + bytes(1024))
    assert read(path) == {"huge.json": "too_large", "b.json": b"{}"}


def test_ten_gigabytes_by_the_header_alone(tmp_path: Path) -> None:
    huge = tarfile.TarInfo("huge.json")
    huge.size = 10_000_000_000
    path = tmp_path / "a.tar"
    path.write_bytes(huge.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    found = members(path)
    with pytest.raises(Unusable, match="ends within a member"):
        list(found)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_truncated_archive_gives_what_came_before(tmp_path: Path, kept: float) -> None:
    import random

    rng = random.Random(3)
    noise = [rng.randbytes(3000) for _ in range(40)]
    found = [(f"{number}.json", content, tarfile.REGTYPE) for number, content in enumerate(noise)]
    path = archive(tmp_path / "a.tar.gz", *found)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    got = []
    with pytest.raises(Unusable) as caught:
        for _, content in members(path):
            got.append(content)
    assert caught.value.reason == "damaged_archive"
    assert got == noise[: len(got)]
    assert len(got) >= 40 * kept - 20


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"not an archive", "damaged_archive"),
        (b"\x1f\x8b damaged", "corrupt_archive"),
        (bytes(700), "damaged_archive"),
        (b"", "damaged_archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "lfs_pointer"),
    ],
)
def test_no_archive_at_all(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(content)
    assert why(path) == reason
