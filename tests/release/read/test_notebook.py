"""What a notebook shows: tables, and players that need no file and no server."""

import base64
import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from speakervid5m.records import Clip, ListeningSample, SingleSample
from speakervid5m.release import Release, open_release


@pytest.fixture(scope="module")
def release(small: Path) -> Release:
    return open_release(str(small))


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def assert_balanced(html: str) -> None:
    parser = _Balanced()
    parser.feed(html)
    parser.close()
    assert parser.open == []


def media_of(html: str) -> list[tuple[str, bytes]]:
    places = re.findall(r'src="data:([a-z0-9/]+);base64,([^"]+)"', html)
    return [(kind, base64.b64decode(data)) for kind, data in places]


def test_release_and_samples_are_tables(release: Release) -> None:
    html = release._repr_html_()
    assert_balanced(html)
    assert all(name in html for name in release.configs)
    samples = release["dialogue_sft"]
    html = samples._repr_html_()
    assert_balanced(html)
    assert samples[0].sample_id in html and repr(samples) in html.replace("&#x27;", "'")


def test_a_sample_prints_under_15_lines_with_its_ids(release: Release) -> None:
    for name in release.configs:
        for sample in release[name]:
            text = repr(sample)
            assert len(text.splitlines()) < 15
            assert sample.sample_id in text and sample.conversation_id in text
            assert_balanced(sample._repr_html_())


def test_a_pair_plays_from_its_bytes(release: Release) -> None:
    samples = release["dialogue_sft"]
    shown = samples.show(0)
    assert repr(shown) == repr(samples[0])
    html = shown._repr_html_()
    assert_balanced(html)
    assert media_of(html) == [
        ("video/mp4", samples.media(0, "initiator_video")),
        ("video/mp4", samples.media(0, "responder_video")),
    ]


@pytest.mark.parametrize("config", ["single_sft", "multi_turn_sft", "listening_sft"])
def test_every_branch_plays(release: Release, config: str) -> None:
    samples = release[config]
    for number, sample in enumerate(samples):
        html = samples.show(number)._repr_html_()
        assert_balanced(html)
        expected = ["video/mp4"] * len(sample.clips)
        if isinstance(sample, ListeningSample) and not isinstance(sample.speaker, Clip):
            expected = ["audio/flac", "video/mp4"]
        assert [kind for kind, _ in media_of(html)] == expected


def test_a_stranger_s_words_are_text(release: Release) -> None:
    sample = release["single_sft"][0]
    assert isinstance(sample, SingleSample)
    clip = dataclasses.replace(sample.clips[0], transcript="<script>alert(1)</script>\x1b[31m")
    for html in (clip._repr_html_(), dataclasses.replace(sample, clip=clip)._repr_html_()):
        assert "<script" not in html and "\x1b" not in html
    assert "\x1b" not in repr(clip)
