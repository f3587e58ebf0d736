"""The page in Chromium, by clicks and keys: what a visitor sees, hears and can do."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.cards.explorer.conftest import HOSTILE
from tests.cards.explorer.serving import Explorer, explorer
from tests.small_release import write_small_release

DESKTOP, PHONE = {"width": 1280, "height": 1100}, {"width": 390, "height": 844}
CLOCK = "Number(document.querySelector('.clock').dataset.seconds)"


@pytest.fixture
def page(browser: Browser, served: Explorer) -> Iterator[Page]:
    """A page that must not complain."""
    with browser.new_context(viewport=DESKTOP) as context:  # type: ignore[arg-type]
        found = context.new_page()
        said: list[str] = []
        found.on("console", lambda one: said.append(f"{one.type}: {one.text}"))
        found.on("pageerror", lambda one: said.append(str(one)))
        found.goto(served.url)
        yield found
        assert said == []


def go(page: Page, served: Explorer, query: str) -> None:
    page.goto(f"{served.url}?{query}")
    expect(page.locator("h2.title")).to_be_visible()


def shown(page: Page) -> str:
    expect(page.locator("#rows a[aria-current=true]")).to_have_count(1)
    return page.locator("#rows a[aria-current=true]").get_attribute("data-id") or ""


def until(page: Page, condition: str) -> None:
    """Waits for something to be true of the page, whose policy forbids to wait inside of it."""
    for _ in range(500):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never true: {condition}")


WATCH = """() => {
  window.seen = [];
  const look = () => {
    const found = [...document.querySelectorAll('video')];
    if (found.length === 2 && found.every((one) => !one.paused)) {
      window.seen.push(found.map((one) => one.currentTime));
    }
    requestAnimationFrame(look);
  };
  look();
}"""
"""Writes down where both videos are, in every frame in which both play."""

WATCH_TURNS = """() => {
  window.turns = [];
  const look = () => {
    const playing = [...document.querySelectorAll('video')].map((one) => !one.paused);
    const last = JSON.stringify(window.turns.at(-1));
    if (playing.includes(true) && JSON.stringify(playing) !== last) window.turns.push(playing);
    requestAnimationFrame(look);
  };
  look();
}"""
"""Writes down which videos play, whenever others do: the player goes on once a frame, too."""


def assert_in_step(page: Page) -> None:
    """Both went on, and were at the same place, however seldom a busy machine let us look."""
    seen: list[tuple[float, float]] = page.evaluate("window.seen")
    apart = sorted(abs(one - other) for one, other in seen)
    assert len(seen) >= 3
    for times in zip(*seen, strict=True):
        assert times[-1] - times[0] > 0.3
    # A busy machine may show one of them late for a moment, and the player then catches up.
    assert apart[len(apart) // 2] < 0.1, apart


def longest(served: Explorer, config: str) -> Any:
    """The row whose shortest lane is longest: these clips last a second or two."""

    def length(row: Any) -> float:
        view = served.json(f"/api/sample/{config}/{row['sample_id']}?at={row['at']}")
        seen = all(lane["clip"] for lane in view["lanes"])
        return min(lane["stop"] - lane["start"] for lane in view["lanes"]) if seen else 0.0

    return max(served.rows(config), key=length)


def test_a_pair_plays_in_step(page: Page, served: Explorer) -> None:
    row = longest(served, "listening_sft")
    go(page, served, f"config=listening_sft&sample={row['sample_id']}&at={row['at']}")
    page.evaluate(WATCH)
    page.get_by_role("button", name="Play").click()
    until(page, f"{CLOCK} > 0.8")
    assert_in_step(page)
    page.keyboard.press("Home")
    if page.get_by_role("button", name="Play").count():
        page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").click()
    assert page.evaluate("[...document.querySelectorAll('video')].every(one => one.paused)")


def test_an_answer_waits_for_its_turn_or_plays_together(page: Page, served: Explorer) -> None:
    row = longest(served, "dialogue_sft")
    go(page, served, f"config=dialogue_sft&sample={row['sample_id']}&at={row['at']}")
    page.evaluate(WATCH_TURNS)
    page.keyboard.press("Space")
    until(page, "window.turns.some((one) => one[1])")
    # To the end: it stops by itself, and begins anew.
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert page.evaluate("window.turns") == [[True, False], [False, True]]
    page.get_by_label("Together").check()
    page.evaluate(WATCH)
    page.get_by_role("button", name="Play").click()
    until(page, f"{CLOCK} > 0.5")
    assert_in_step(page)


def test_turns_play_one_after_another(page: Page, served: Explorer) -> None:
    go(page, served, "config=multi_turn_sft")
    expect(page.locator("video")).to_have_count(3)
    page.evaluate(WATCH_TURNS)
    page.keyboard.press("Space")
    until(page, "[0, 1, 2].every((turn) => window.turns.some((one) => one.indexOf(true) === turn))")


def test_a_voice_from_off_screen_is_heard(page: Page, served: Explorer) -> None:
    rows = served.rows("listening_sft")
    row = next(one for one in rows if "speaker off screen" in one["facts"])
    go(page, served, f"config=listening_sft&sample={row['sample_id']}&at={row['at']}")
    expect(page.get_by_text("heard, not seen")).to_be_visible()
    page.keyboard.press("Space")
    until(page, "document.querySelector('audio').currentTime > 0.2")
    until(page, "document.querySelector('video').currentTime > 0.1")


def test_what_is_drawn(page: Page, served: Explorer) -> None:
    go(page, served, "config=dialogue_sft")
    expect(page.locator(".rows path.speaks")).to_have_count(2)
    assert len(page.locator(".rows path.speaks").first.get_attribute("d") or "") > 100
    inked = (
        # A copy is read: a canvas that is read back often is complained of.
        "(canvas) => { const copy = new OffscreenCanvas(canvas.width || 1, canvas.height || 1);"
        "const pen = copy.getContext('2d', {willReadFrequently: true});"
        "pen.drawImage(canvas, 0, 0);"
        "return new Uint32Array(pen.getImageData(0, 0, copy.width, copy.height).data.buffer)"
        ".some((one) => one !== 0); }"
    )
    # Voice A has a pose, voice B has none; the frame of the source is always drawn.
    until(page, f"({inked})(document.querySelector('.screen canvas'))")
    assert not page.locator(".screen canvas").nth(1).evaluate(inked)
    assert page.locator("canvas.frame").evaluate(inked)
    page.get_by_label("Skeleton").uncheck()
    assert not page.locator(".screen canvas").first.evaluate(inked)
    page.goto(f"{served.url}?config=listening_sft")
    expect(page.locator(".rows path.listens")).to_have_count(1)


def test_filters_search_and_pages(page: Page, served: Explorer) -> None:
    go(page, served, "config=dialogue_sft")
    expect(page.locator("#count")).to_have_text("8 of 8 samples")
    page.locator("summary", has_text="Filter").click()
    page.get_by_label("Video quality, DOVER, least").fill("0.75")
    expect(page.locator("#count")).not_to_have_text("8 of 8 samples")
    assert "dover=0.75.." in page.url
    expected = served.json("/api/search/dialogue_sft?dover=0.75..")["num_found"]
    expect(page.locator("#count")).to_have_text(f"{expected} of 8 samples")
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator("#count")).to_have_text("8 of 8 samples")
    page.keyboard.press("/")
    page.keyboard.type("scene 5,")
    said = served.json("/api/search/dialogue_sft?q=scene%205,")["num_found"]
    expect(page.locator("#count")).to_have_text(f"{said} of 8 samples")
    assert 0 < said < 8
    page.locator("#words").fill("' OR 1=1 --")
    expect(page.locator("#count")).to_contain_text("No sample matches")
    expect(page.locator("#rows li")).to_have_count(0)
    page.go_back()
    expect(page.locator("#rows li").first).to_be_visible()


def test_keys_go_through_samples_and_the_conversation(page: Page, served: Explorer) -> None:
    rows = [row["sample_id"] for row in served.rows("dialogue_sft")]
    go(page, served, "config=dialogue_sft")
    assert shown(page) == rows[0]
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#rows a[data-id='{rows[1]}'][aria-current]")).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator(f"#rows a[data-id='{rows[4]}'][aria-current]")).to_have_count(1)
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(f"#rows a[data-id='{rows[0]}'][aria-current]")).to_have_count(1)
    source = served.rows("dialogue_sft")[0]["source_id"]
    own = [
        one["sample_id"]
        for one in served.json(f"/api/conversation/{source}")["samples"]
        if one["config"] == "dialogue_sft"
    ]
    page.wait_for_selector(".block")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(f"#rows a[data-id='{own[1]}'][aria-current]")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    # In a field, keys are letters.
    page.locator("#report-reason").fill("")
    page.locator("#report-reason").press_sequentially("r / ?k t")
    expect(page.locator("#report-reason")).to_have_value("r / ?k t")


def test_a_conversation_is_followed_by_clicks(page: Page, served: Explorer) -> None:
    go(page, served, "config=dialogue_sft")
    blocks = page.locator(".block")
    expect(blocks.first).to_be_visible()
    source = served.rows("dialogue_sft")[0]["source_id"]
    clips = served.json(f"/api/conversation/{source}")["clips"]
    expect(blocks).to_have_count(len(clips))
    # The listener stands in no dialogue: the page goes to where it does.
    page.locator(".block.listens").first.click()
    expect(page.locator("h2.title")).to_contain_text("Listening")
    expect(page.locator("#config")).to_have_value("listening_pretrain")
    expect(page.locator(".block[aria-current]").first).to_be_visible()
    page.go_back()
    expect(page.locator("h2.title")).to_contain_text("Dialogue")


def test_a_report_is_filed(page: Page, served: Explorer) -> None:
    go(page, served, "config=dialogue_sft")
    page.get_by_label("Clip of the").select_option(index=1)
    page.get_by_label("this person, in this video").check()
    page.get_by_role("textbox", name="Why").fill("It is I who is shown.")
    page.get_by_label("How to reach you").fill("me@example.org")
    page.get_by_role("button", name="Send the request").click()
    command = page.locator(".command")
    expect(command).to_contain_text("speakervid5m retract")
    written = json.loads((served.requests / "requests.jsonl").read_text().splitlines()[-1])
    assert written["kind"] == "person" and written["contact"] == "me@example.org"
    shown = shlex.split(command.inner_text())
    assert shown[3:] == shlex.split(written["command"])[3:]


def test_words_of_strangers_are_shown_as_text(page: Page, served: Explorer) -> None:
    found = {row["people"][0]["words"]: row for row in served.rows("dialogue_sft")}
    for text in HOSTILE:
        row = found[text]
        go(page, served, f"config=dialogue_sft&sample={row['sample_id']}&at={row['at']}")
        said = page.locator(".said p.words").first
        assert said.evaluate("one => one.textContent") == text
        assert said.evaluate("one => getComputedStyle(one).unicodeBidi") == "isolate"
        assert (
            page.evaluate("document.querySelectorAll('#sample script, img[onerror]').length") == 0
        )
        assert page.title() == "a release: explorer"


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_axe_finds_nothing(browser: Browser, served: Explorer, scheme: Any, size: Any) -> None:
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        page = context.new_page()
        for config in ("dialogue_sft", "listening_sft", "multi_turn_sft"):
            row = served.rows(config)[0]
            page.goto(f"{served.url}?config={config}")
            page.locator("summary", has_text="Filter").click()
            expect(page.locator("#rows li").first).to_be_visible()
            assert_accessible(page)
            page.goto(f"{served.url}?config={config}&sample={row['sample_id']}")
            expect(page.locator(".block").first).to_be_visible()
            for one in page.locator("#sample summary").all():
                one.click()
            assert_accessible(page)
            for box in ("document.documentElement", "document.getElementById('sample')"):
                assert page.evaluate(f"{box}.scrollWidth <= {box}.clientWidth"), box
        page.keyboard.press("?")
        assert_accessible(page)


def assert_accessible(page: Page) -> None:
    # A video is faded in: colours are looked at when that is over.
    page.wait_for_timeout(250)
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []


def test_focus_is_seen_wherever_tab_goes(page: Page, served: Explorer) -> None:
    go(page, served, "config=dialogue_sft")
    expect(page.locator(".block").first).to_be_visible()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(() => { const one = document.activeElement, style = getComputedStyle(one);"
                "return [one.id || one.className || one.tagName, style.outlineStyle, one.tagName];"
                "})()"
            )
        )
    names = {name for name, _, _ in reached}
    assert {"config", "words", "play", "seek", "report-reason", "report-contact"} <= names
    unseen = [one for one in reached if one[1] == "none" and one[2] not in ("BODY", "SECTION")]
    assert unseen == []


def test_on_a_phone_list_and_sample_take_turns(browser: Browser, served: Explorer) -> None:
    with browser.new_context(viewport=PHONE, has_touch=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(served.url)
        expect(page.locator("#rows li").first).to_be_visible()
        expect(page.locator("#sample")).to_be_hidden()
        page.locator("#rows a").first.tap()
        expect(page.locator("h2.title")).to_be_visible()
        expect(page.locator("#rows")).to_be_hidden()
        page.get_by_role("button", name="Back to the list").tap()
        expect(page.locator("#rows li").first).to_be_visible()


def test_without_media_it_says_what_to_run(browser: Browser, tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, with_media=False)
    with explorer(str(root), tmp_path) as bare, browser.new_context() as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda one: said.append(one.text))
        page.goto(bare.url)
        expect(page.get_by_text("speakervid5m materialize RELEASE")).to_be_visible()
        expect(page.get_by_role("button", name="Play")).to_be_disabled()
        assert said == []
