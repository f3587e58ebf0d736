"""A small release with words of strangers in it, served for a whole session; a browser."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from speakervid5m.records import DialogueSample
from speakervid5m.release import Row
from tests.cards.explorer.serving import Explorer, explorer
from tests.small_release import Rows, small_rows, write_rows

# As long as clicks wait; 5 s are few on a busy machine.
expect.set_options(timeout=30_000)

HOSTILE = (
    "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">",
    "{{ 7 * 7 }} {% raw %} ${7 * 7}",
    "# Not a heading, *not* [a link](https://example.org)",
    "\u05e9\u05dc\u05d5\u05dd \u202e gnp.exe, right to left",
)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All nine configs; the first dialogues say what must be shown as text. Not to be changed."""
    root = tmp_path_factory.mktemp("explorer") / "a release"
    write_rows(root, with_hostile_words(small_rows()))
    return root


def with_hostile_words(rows: Rows) -> Rows:
    found = list(rows["dialogue_sft"])
    for number, text in enumerate(HOSTILE):
        row = found[number]
        assert isinstance(row.sample, DialogueSample)
        said = replace(row.sample.initiator, transcript=text, segments=(), motion=text)
        found[number] = Row(sample=replace(row.sample, initiator=said), media=row.media)
    return rows | {"dialogue_sft": found}


@pytest.fixture(scope="session")
def served(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    with explorer(str(release), tmp_path_factory.mktemp("requests")) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium of the system: nothing is downloaded.

    Its event loop runs as long as it does: it ends with the tests of this folder, so that a test
    elsewhere in the same process can start its own.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    path = path or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium: `make system` as root, or apt-get install chromium")
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            pytest.skip(f"{path} does not start: {error.message.splitlines()[0]}")
        yield found
        found.close()
