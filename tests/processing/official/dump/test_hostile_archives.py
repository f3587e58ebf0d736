"""Archives made to do harm, or damaged on their way: named, bounded, and never half believed."""

import gzip
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from speakervid5m.processing.official.dump import gzip_streams as inflating
from speakervid5m.processing.official.dump.archives import MAX_EXTENSION_BYTES, members
from speakervid5m.processing.official.dump.problems import Unusable

END = bytes(1024)


def header(name: str, size: bytes, kind: bytes = b"0") -> bytes:
    """A header whose checksum is right, whatever stands in it."""
    found = tarfile.TarInfo(name)
    found.type = kind
    block = bytearray(found.tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = size.ljust(12, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name: str, content: bytes = b"{}", kind: bytes = b"0") -> bytes:
    filled = -(-len(content) // 512) * 512
    return header(name, b"%011o" % len(content), kind) + content.ljust(filled, b"\0")


def stored(folder: Path, content: bytes, name: str = "a.tar") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(content, 1) if name.endswith("gz") else content)
    return path


def read(path: Path) -> tuple[list[str], str]:
    """The names that were given, and why it ended, if for a reason."""
    names: list[str] = []
    try:
        for name, content in members(path):
            names.append(name if isinstance(content, bytes) else f"{name}: {content.reason}")
    except Unusable as problem:
        return names, problem.reason
    return names, ""


@pytest.mark.parametrize(
    "size",
    [
        b"-0000000001",
        b"-1",
        b"0x10",
        b"1_0",
        b"\xff" * 12,
        b"\x80" + b"\xff" * 11,
        b"77777777777",
    ],
)
def test_a_size_that_cannot_be_ends_the_archive_by_name(tmp_path: Path, size: bytes) -> None:
    content = member("a.json") + header("b.json", size) + b"{}".ljust(512) + member("c.json") + END
    assert read(stored(tmp_path, content)) == (["a.json"], "damaged_archive")


def test_a_large_size_in_binary_is_read(tmp_path: Path) -> None:
    size = b"\x80" + (2).to_bytes(11, "big")
    content = header("a.json", size) + b"{}".ljust(512, b"\0") + member("b.json") + END
    assert read(stored(tmp_path, content)) == (["a.json", "b.json"], "")


@pytest.mark.parametrize("place", [0, 3, 60, 124, 130, 148, 156, 300])
def test_a_flipped_bit_in_a_header_makes_no_member(tmp_path: Path, place: int) -> None:
    content = bytearray(member("a.json") + member("b.json") + END)
    content[1024 + place] ^= 1
    assert read(stored(tmp_path, bytes(content))) == (["a.json"], "damaged_archive")


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_archives_one_after_another_are_all_read(tmp_path: Path, name: str) -> None:
    first, second = member("a.json") + END, member("b.json") + END + bytes(9216)
    path = tmp_path / name
    path.write_bytes(first + second)
    if name == "a.tar.gz":
        # Two streams, and the zeros of a tape at the end.
        path.write_bytes(gzip.compress(first) + gzip.compress(second) + bytes(4000))
    assert read(path) == (["a.json", "b.json"], "")
    path.write_bytes(path.read_bytes() + b"something else".ljust(512))
    names, reason = read(path)
    assert names == ["a.json", "b.json"]
    assert reason == ("corrupt_archive" if name == "a.tar.gz" else "damaged_archive")


def test_an_archive_that_ends_between_two_members_is_cut_off(tmp_path: Path) -> None:
    assert read(stored(tmp_path, member("a.json"))) == (["a.json"], "damaged_archive")


def test_content_that_fails_its_checksum_is_told_apart_from_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    content = gzip.compress(member("a.json", b'{"start": 289}') + END, 0)
    path.write_bytes(content.replace(b"289", b"281"))
    assert read(path)[1] == "corrupt_archive"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (b"S", (["a.json: not_a_file", "b.json"], "")),
        (b"V", (["a.json: not_a_file", "b.json"], "")),
        (b"D", (["a.json: not_a_file", "b.json"], "")),
        (b"\0", (["a.json", "b.json"], "")),
        (b"7", (["a.json", "b.json"], "")),
        (b"5", (["b.json"], "")),
    ],
)
def test_members_of_every_kind(tmp_path: Path, kind: bytes, outcome: tuple[list[str], str]) -> None:
    content = member("a.json", b"{}", kind) + member("b.json") + END
    assert read(stored(tmp_path, content)) == outcome


def pax(*records: tuple[bytes, bytes]) -> bytes:
    content = b""
    for key, value in records:
        size = len(key) + len(value) + 3
        digits = len(str(size + len(str(size))))
        content += b"%d %s=%s\n" % (size + digits, key, value)
    return content


def test_pax_records_say_name_and_size(tmp_path: Path) -> None:
    records = pax((b"comment", b"1 path=x\n"), (b"path", b"b\xc3\xb6.json"), (b"size", b"2"))
    content = member("PaxHeader", records, b"x") + header("a.json", b"0") + b"{}".ljust(512, b"\0")
    assert read(stored(tmp_path, content + member("c.json") + END)) == (
        ["b\xf6.json", "c.json"],
        "",
    )


@pytest.mark.parametrize(
    "records",
    [b"9 path=", b"path=a\n", b"0 path=a\n", b"-9 path=a\n", pax((b"size", b"-1")), b"99 a=b\n"],
)
def test_pax_records_that_are_none_end_the_archive_by_name(tmp_path: Path, records: bytes) -> None:
    content = member("PaxHeader", records, b"x") + member("a.json") + END
    assert read(stored(tmp_path, content)) == ([], "damaged_archive")


@pytest.mark.parametrize("kind", [b"L", b"K", b"x", b"g"])
def test_a_name_without_end_takes_no_memory(tmp_path: Path, kind: bytes) -> None:
    size = 40 * MAX_EXTENSION_BYTES
    content = header("long", b"%011o" % size, kind) + bytes(size) + member("a.json") + END
    path = stored(tmp_path, content, "a.tar.gz")
    del content
    tracemalloc.start()
    assert read(path) == ([], "damaged_archive")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_a_bomb_is_named_and_stopped_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflating, "FREE_BYTES", 1_000_000)
    size = 60 * 1_024_000
    path = stored(tmp_path, member("a.json") + header("b.json", b"%011o" % size), "a.tar")
    with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=9) as file:
        file.write(path.read_bytes())
        for _ in range(60):
            file.write(bytes(1_024_000))
    tracemalloc.start()
    outcome = read(tmp_path / "a.tar.gz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome == (["a.json"], "inflates_too_far")
    assert peak < 10_000_000
    # As far as any archive may go, it is read: tar fills small ones up with zeros.
    monkeypatch.setattr(inflating, "FREE_BYTES", size)
    assert read(tmp_path / "a.tar.gz") == (["a.json", "b.json: too_large"], "damaged_archive")


@given(st.data())
def test_whatever_is_changed_in_an_archive_there_is_no_other_end(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(["a.tar", "a.tar.gz"]))
    blocks = member("a.json") + member("x" * 90 + ".json", b"1" * 700) + END
    content = bytearray(gzip.compress(blocks, 0) if name.endswith("gz") else blocks)
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(bytes(content))
    _, reason = read(path)
    assert reason in {
        "", "damaged_archive", "corrupt_archive", "inflates_too_far"
    }  # fmt: skip
