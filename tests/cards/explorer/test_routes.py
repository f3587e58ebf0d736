"""Addresses from strangers: ranges, what is missing, what would climb out of the release."""

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from speakervid5m.records import CONFIGS, SingleSample
from speakervid5m.release import Row, open_release
from speakervid5m.release.write.durable_files import footer_of
from tests.cards.explorer.conftest import HOSTILE
from tests.cards.explorer.serving import Explorer, explorer
from tests.small_release import small_rows, write_rows, write_small_release


def test_what_there_is(served: Explorer, release: Path) -> None:
    told = served.json("/api/release")
    rows = {one["name"]: one["rows"] for one in told["configs"]}
    opened = open_release(str(release))
    assert rows == {name: len(opened[name]) for name in CONFIGS}
    assert told["with_media"] and told["root"] == "a release"


@pytest.mark.parametrize("config", tuple(CONFIGS))
def test_every_piece_of_media_comes_as_it_was_written(
    served: Explorer, release: Path, config: str
) -> None:
    opened = open_release(str(release))[config]
    numbers = {sample.sample_id: number for number, sample in enumerate(opened)}
    view = served.sample(config)
    number, seen = numbers[view["sample_id"]], 0
    for lane in view["lanes"]:
        for medium, kind in (("video", "video/mp4"), ("audio", "audio/flac"), ("pose", None)):
            if lane[medium] is None:
                continue
            answer = served.ask(f"/{lane[medium]}")
            path, _, turn = lane[medium].partition("?")[0].removeprefix("media/").partition("s/")
            column = path.split("/")[-1] + ("s" if turn else "")
            wanted = opened.media(number, column)
            wanted = wanted[int(turn)] if isinstance(wanted, list) else wanted
            assert answer.status == 200 and answer.body == wanted
            assert kind is None or answer.headers["content-type"] == kind
            seen += 1
    assert seen >= 2


def test_ranges_as_browsers_ask_for_them(served: Explorer) -> None:
    path = "/" + served.sample("dialogue_sft")["lanes"][0]["video"]
    whole = served.ask(path)
    size = len(whole.body)
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, first, stop in (
        ("bytes=0-", 0, size),
        ("bytes=0-99", 0, 100),
        (f"bytes={size - 1}-", size - 1, size),
        ("bytes=-10", size - 10, size),
        (f"bytes=5-{10**15}", 5, size),
        (f"bytes=-{10**15}", 0, size),
    ):
        part = served.ask(path, headers={"Range": asked})
        assert part.status == 206, asked
        assert part.body == whole.body[first:stop]
        assert part.headers["content-range"] == f"bytes {first}-{stop - 1}/{size}"
    for asked in ("bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b"):
        assert served.ask(path, headers={"Range": asked}).body == whole.body, asked
    beyond = served.ask(path, headers={"Range": f"bytes={size}-"})
    assert beyond.status == 416 and beyond.headers["content-range"] == f"bytes */{size}"
    assert served.ask(path, headers={"Range": "bytes=-0"}).status == 416
    head = served.ask(path, method="HEAD")
    assert head.body == b"" and int(head.headers["content-length"]) == size


def test_unchanged_media_are_not_sent_twice(served: Explorer) -> None:
    path = "/" + served.sample("dialogue_sft")["lanes"][0]["video"]
    tag = served.ask(path).headers["etag"]
    again = served.ask(path, headers={"If-None-Match": tag})
    assert again.status == 304 and again.body == b""
    assert served.ask(path).headers["cache-control"] == "private, no-cache"
    old = {"Range": "bytes=0-9", "If-Range": '"other"'}
    assert served.ask(path, headers=old).status == 200


def test_posters_are_small_and_waves_have_a_value_a_frame(served: Explorer) -> None:
    poster = served.ask("/" + served.rows("dialogue_sft")[0]["people"][0]["poster"])
    assert Image.open(io.BytesIO(poster.body)).size == (64, 48)
    lane = served.sample("dialogue_sft")["lanes"][0]
    wave = served.json("/" + lane["wave"])
    assert len(wave) == lane["clip"]["num_frames"]
    assert np.median(wave) == pytest.approx(0.3 * 255, abs=3)


@pytest.mark.parametrize(
    "path",
    [
        "/static/../routes.py",
        "/static/..%2froutes.py",
        "/static/%2e%2e/%2e%2e/theme.py",
        "/media/../../../../etc/passwd",
        "/media/dialogue_sft/..%2f..%2fmanifest.json/initiator_video",
        "/media/dialogue_sft/x/..%2f..%2f..%2fmanifest.json",
        "/media/%2e%2e/x/initiator_video",
        "/api/sample/dialogue_sft/..%2f..%2fmanifest.json",
        "/api/search/..%2fdata",
        "/api/conversation/..%2f..%2fetc",
        "/manifest.json",
        "/data/dialogue/sft/train-0000.parquet",
    ],
)
def test_nothing_outside_can_be_reached(served: Explorer, path: str) -> None:
    answer = served.ask(path)
    assert answer.status == 404
    assert b"root:" not in answer.body and b"schema_version" not in answer.body


def test_unknown_columns_turns_and_samples_are_told(served: Explorer) -> None:
    row = served.rows("multi_turn_sft")[0]
    base = f"/media/multi_turn_sft/{row['sample_id']}"
    for path in (
        f"{base}/sample_id",
        f"{base}/turn_videos/99",
        f"{base}/turn_videos/-1",
        f"/poster/multi_turn_sft/{row['sample_id']}/turn_audios",
        "/media/multi_turn_sft/0123/turn_videos",
        "/media/no_such_config/0123/turn_videos",
    ):
        assert served.ask(path).status == 404, path
    told = served.ask(f"{base}/sample_id").json()["error"]
    assert "no media column 'sample_id'; there are turn_videos" in told


def test_a_wrong_place_is_only_slower(served: Explorer) -> None:
    row = served.rows("dialogue_sft")[3]
    for at in ("", "0-0", "99-1", "0-999999999", "x", "-1--1", "0-" + "9" * 40):
        found = served.json(f"/api/sample/dialogue_sft/{row['sample_id']}?at={quote(at)}")
        assert found["sample_id"] == row["sample_id"]


def test_pages_beyond_the_last_are_empty(served: Explorer) -> None:
    for page in ("2", "1000000", "9" * 19):
        answer = served.json(f"/api/search/single_sft?page={page}")
        assert answer["rows"] == [] and answer["num_found"] == 16
    for page in ("9" * 400, "-1", "1e3", "x", "\u0663"):
        told = served.ask(f"/api/search/single_sft?page={quote(page)}")
        assert told.status == 400 and "is not a number" in told.json()["error"]
    assert served.json("/api/search/single_sft?page=0")["page"] == 1


def test_sql_in_the_search_box_is_words(served: Explorer) -> None:
    for text in ("'; DROP TABLE samples; --", "' OR '1'='1", "read_csv('/etc/passwd')"):
        assert served.rows("dialogue_sft", f"q={quote(text)}") == []
    assert served.ask("/api/search/dialogue_sft?dover=1%20OR%201=1").status == 400


def test_words_of_strangers_arrive_letter_by_letter(served: Explorer) -> None:
    said = [row["people"][0]["words"] for row in served.rows("dialogue_sft")]
    assert set(HOSTILE) <= set(said)


def test_the_page_takes_nothing_from_elsewhere(served: Explorer) -> None:
    page = served.ask("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert b"http" not in page.body and b"<script>" not in page.body
    assert page.headers["x-content-type-options"] == "nosniff"


def test_ranges_of_sliders_hold_every_score(served: Explorer, release: Path) -> None:
    told = served.json("/api/scores/dialogue_sft")
    sliders = {one["name"]: one for one in told["scores"]}
    for sample in open_release(str(release))["dialogue_sft"]:
        for clip in sample.clips:
            assert clip.dover is not None
            assert sliders["dover"]["low"] <= clip.dover <= sliders["dover"]["high"]
    # Never measured in this release.
    assert "clarity" not in sliders and "lip_confidence" not in sliders
    assert told["languages"] == ["de", "en"]


def test_why_a_clip_is_where_it_is(served: Explorer) -> None:
    clip = served.sample("dialogue_sft")["lanes"][1]["clip"]
    answers = {gate["name"]: gate for gate in clip["gates"]}
    assert answers["sft_dover"]["threshold"] == 0.6
    scores = {one["name"]: one["value"] for one in clip["scores"]}
    assert answers["sft_dover"]["score"] == scores["dover"] > 0.6
    assert answers["sft_dover"]["words"] == "passes"
    assert answers["duration_min"]["words"] == "fails"
    assert "The authors' list puts this clip in SFT" in clip["reason"]


def test_a_conversation_has_every_clip_once_in_time_order(served: Explorer, release: Path) -> None:
    source = served.rows("dialogue_sft")[0]["source_id"]
    told = served.json(f"/api/conversation/{source}")
    opened = open_release(str(release))
    expected = {
        clip.clip_id
        for name in opened.configs
        for sample in opened[name]
        for clip in sample.clips
        if clip.source_id == source
    }
    ids = [clip["clip_id"] for clip in told["clips"]]
    assert set(ids) == expected and len(ids) == len(expected)
    starts = [clip["start"] for clip in told["clips"]]
    assert starts == sorted(starts)
    assert {one["config"] for one in told["samples"]} >= {"dialogue_sft", "multi_turn_pretrain"}
    assert served.ask("/api/conversation/xnobodyxxxx").status == 404


def test_a_config_without_rows_says_why(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, configs=["single_sft"])
    with explorer(str(root), tmp_path / "requests") as few:
        (empty,) = (
            one for one in few.json("/api/release")["configs"] if one["name"] == "dialogue_sft"
        )
        assert (empty["rows"], empty["why_empty"]) == (0, "the test left it out")
        told = few.ask("/api/search/dialogue_sft")
        assert told.status == 404 and "the test left it out" in told.json()["error"]


def test_a_release_without_media_shows_all_the_rest(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, with_media=False)
    with explorer(str(root), tmp_path / "requests") as bare:
        for config in CONFIGS:
            view = bare.sample(config)
            assert not view["with_media"]
            assert not any(lane[kind] for lane in view["lanes"] for kind in ("video", "audio"))
            assert all(one["poster"] is None for one in bare.rows(config)[0]["people"])


def test_a_page_of_this_machine_answers_to_no_other_name(release: Path, tmp_path: Path) -> None:
    with explorer(str(release), tmp_path, hosts=("127.0.0.1", "localhost")) as own:
        assert own.ask("/api/release").status == 200
        assert own.ask("/api/release", headers={"Host": "evil.example"}).status == 400


def test_damaged_media_are_an_error_and_no_picture(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, configs=["single_sft"], num_buckets=1)
    with explorer(str(root), tmp_path / "requests") as page:
        row = page.rows("single_sft")[0]
        view = page.json(f"/api/sample/single_sft/{row['sample_id']}?at={row['at']}")
        samples = open_release(str(root))["single_sft"]
        place = samples.ranges(0, "video")
        assert place is not None and not isinstance(place, list)
        shard = root / place.path
        data = bytearray(shard.read_bytes())
        data[place.offset_bytes + 60] ^= 255
        shard.write_bytes(bytes(data))
        answer = page.ask("/" + view["lanes"][0]["video"])
        assert answer.status == 502
        assert "do not match their checksum" in answer.json()["error"]


def test_a_score_that_is_no_number_is_not_measured(tmp_path: Path) -> None:
    rows = small_rows(configs=["single_sft"])
    row = rows["single_sft"][0]
    assert isinstance(row.sample, SingleSample)
    clip = replace(row.sample.clip, clarity=math.nan, motion_energy=math.inf)
    rows["single_sft"] = [Row(sample=SingleSample(clip=clip), media=row.media)]
    root = tmp_path / "speakervid5m"
    write_rows(root, rows)
    with explorer(str(root), tmp_path / "requests") as page:
        (lane,) = page.sample("single_sft")["lanes"]
        scores = {one["name"]: one["value"] for one in lane["clip"]["scores"]}
        assert scores["clarity"] is None and scores["motion_energy"] is None
        assert page.json("/api/scores/single_sft")["scores"] is not None


def test_an_index_without_a_column_says_what_to_run(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root, configs=["single_sft"], num_buckets=1)
    name = "index/single_sft/scan-0000.parquet"
    pq.write_table(pq.read_table(root / name).drop_columns("dover"), root / name)
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["files"][name] |= {
        "num_bytes": (root / name).stat().st_size,
        "footer_xxh3_64": footer_of(root / name),
    }
    (root / "manifest.json").write_text(json.dumps(manifest))
    with explorer(str(root), tmp_path / "requests") as page:
        told = page.ask("/api/search/single_sft")
        assert told.status == 502 and "speakervid5m reindex" in told.json()["error"]
