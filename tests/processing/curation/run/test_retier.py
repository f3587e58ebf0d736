"""Other gates, and later waves: what changes, what is refused, what is not forgotten."""

import dataclasses
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from speakervid5m.processing.assembly.clip_store import CutStore
from speakervid5m.processing.assembly.cut_clips import CutClip
from speakervid5m.processing.curation import (
    PROFILES,
    CurateOptions,
    Curation,
    NotReady,
    curate,
    retier,
    scored_clips,
)
from speakervid5m.processing.curation.run.previous_release import as_measured
from speakervid5m.processing.models import Package
from speakervid5m.processing.weights.table import YUNET_FILE
from speakervid5m.records import ListeningSample, OffScreenVoice
from speakervid5m.release import open_release, verify
from tests.media.rendered import request
from tests.processing.curation.run.conftest import Curated
from tests.processing.shows import bytes_of

pytestmark = pytest.mark.timeout(600)


def test_retier_needs_no_model_and_no_decoding(curated: Curated, tmp_path: Path) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    options = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    scores = scored_clips(options).scores["face_sharpness"].to_pylist()
    middle = sorted(one for one in scores if one is not None)[len(scores) // 2]
    other = dataclasses.replace(options, thresholds={"sft_face_sharpness": middle})
    before = bytes_of(options.out)
    looked = retier(other, rewrite=False)
    assert bytes_of(options.out) == before
    tiers = pq.read_table(tmp_path / "copy" / "speakervid5m.work" / "tiers.parquet")
    report = retier(other)
    assert report.tiering is not None
    assert report.tiering == looked.tiering
    assert report.cut is not None
    assert report.cut.num_cut == 0
    assert tiers["tier"].to_pylist().count("sft") == report.tiering.num_by_tier["sft"]
    assert report.tiering.num_by_tier["sft"] == sum(one > middle for one in scores if one)
    assert report.tiering.not_sft_by == {
        "sft_face_sharpness": report.tiering.num_by_tier["pretrain"]
    }
    assert verify(str(options.out), decode=False).ok
    gates = {gate["name"]: gate for gate in open_release(str(options.out)).manifest.facts.gates}
    assert gates["sft_face_sharpness"]["threshold"] == middle
    assert gates["sft_face_sharpness"]["source"] == "set by hand"
    retier(options)
    assert bytes_of(options.out) == bytes_of(curated.out)


def test_what_was_said_once_is_not_forgotten_without_a_word(
    curated: Curated, tmp_path: Path
) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    plain = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    source = open_release(str(plain.out))["dialogue_sft"][0].clips[0].source_id
    options = dataclasses.replace(plain, test_sources=frozenset([source]))
    first = curate(options)
    assert first.changed == (), "test sources stand in rows, not in the facts"
    assert len(open_release(str(plain.out))["vidchatbench"]) > 0
    before = bytes_of(plain.out)
    for forgetful in (curate, retier):
        with pytest.raises(ValueError, match=rf"{source} of .* would enter training: .*--test-s"):
            forgetful(plain)
    with pytest.raises(ValueError, match="was written with the profile embedded, not permissive"):
        retier(dataclasses.replace(options, profile="permissive"))
    assert bytes_of(plain.out) == before
    again = retier(
        dataclasses.replace(
            options,
            assumptions=dataclasses.replace(options.assumptions, max_turns=4),
            thresholds={"sft_face_sharpness": 0.125},
        )
    )
    assert [one.rpartition(" -> ")[2] for one in again.changed] == ["4", "0.125"]
    assert again.changed[0] == "max_turns 16 -> 4"
    assert again.changed[1].startswith("gate sft_face_sharpness ")


def test_a_source_leaves_the_release_only_if_that_is_said(curated: Curated, tmp_path: Path) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    whole = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    part = dataclasses.replace(whole, videos=(curated.folder / "my videos" / "talk 1.mp4",))
    before = bytes_of(whole.out)
    for command in (curate, retier):
        with pytest.raises(ValueError, match=r"1 sources of .* are not among the videos: give"):
            command(part)
    parts = whole.out.with_name("speakervid5m.work") / "stages" / "annotated"
    parts.rename(parts.with_name("elsewhere"))
    with pytest.raises(ValueError, match=r"2 sources of .* are not finished: stages failed"):
        retier(whole)
    parts.with_name("elsewhere").rename(parts)
    assert bytes_of(whole.out) == before
    report = curate(dataclasses.replace(part, drop_missing=True))
    assert report.written is not None and report.written.num_sources == 1
    assert len(open_release(str(whole.out)).source_ids()) == 1


def test_new_tiers_need_neither_the_packages_nor_the_weights_of_the_run(
    curated: Curated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    options = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    embedded = PROFILES["embedded"]
    models = dict(embedded.models) | {
        "look": dataclasses.replace(embedded.models["look"], files=(YUNET_FILE,)),
        "voices": dataclasses.replace(
            embedded.models["voices"],
            packages=(Package(module="no_such_module", distribution="no-such"),),
        ),
    }
    monkeypatch.setitem(PROFILES, "embedded", dataclasses.replace(embedded, models=models))
    with pytest.raises(NotReady, match=r"no-such"):
        curate(options)
    retier(dataclasses.replace(options, thresholds={"duration_min": 6.0}))
    assert bytes_of(options.out) != bytes_of(curated.out)
    retier(options)
    assert bytes_of(options.out) == bytes_of(curated.out), "it says who measured it, as before"
    shutil.rmtree(options.out)
    with pytest.raises(NotReady, match=r"no-such"):
        retier(options)


def test_backends_are_read_from_the_manifest_as_they_were(curated: Curated) -> None:
    curation = Curation.of(curated.options)
    now = [stage.backend for stage in curation.stages]
    assert [stage.backend for stage in as_measured(curation).stages] == now
    # A release of an earlier version says less of them.
    assert curation.previous is not None
    for facts in curation.previous.manifest.facts.backends["embedded"].values():
        del facts["bundled"]
    assert [stage.backend for stage in as_measured(curation).stages] == [
        dataclasses.replace(one, bundled=()) for one in now
    ]


def test_a_first_taste_freezes_nothing_and_a_gate_set_by_hand_holds_once(
    curated: Curated, tmp_path: Path
) -> None:
    shutil.copytree(curated.out.with_name("speakervid5m.work"), tmp_path / "speakervid5m.work")
    options = dataclasses.replace(curated.options, out=tmp_path / "speakervid5m")

    def clarity() -> dict[str, object]:
        gates = open_release(str(options.out)).manifest.facts.gates
        return next(dict(gate) for gate in gates if gate["name"] == "clarity")

    curate(dataclasses.replace(options, limit=1))
    assert "--limit" in str(clarity()["source"])
    curate(options)
    frozen = clarity()
    assert "frozen over the sources" in str(frozen["source"])
    retier(dataclasses.replace(options, thresholds={"clarity": 1e6}))
    assert clarity()["threshold"] == 1e6
    retier(options)
    assert clarity() == frozen


def test_other_base_gates_cut_nothing_that_stands(curated: Curated, tmp_path: Path) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    options = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    strict = retier(dataclasses.replace(options, thresholds={"duration_min": 6.0}))
    assert strict.tiering is not None
    assert strict.tiering.dropped_by["duration_min"] > 0
    assert strict.written is not None
    assert strict.written.num_sources == 2
    assert verify(str(options.out), decode=False).ok
    loose = retier(options)
    assert loose.written is not None
    assert bytes_of(options.out) == bytes_of(curated.out)
    for report in (strict, loose):
        assert report.cut is not None
        assert report.cut.num_cut == 0, "all of it was cut before"


def test_a_looser_base_gate_cuts_what_is_new_alone(curated: Curated, tmp_path: Path) -> None:
    work = tmp_path / "speakervid5m.work"
    shutil.copytree(curated.out.with_name("speakervid5m.work"), work)
    shutil.rmtree(work / "cuts")
    options = dataclasses.replace(curated.options, out=tmp_path / "speakervid5m")
    strict = curate(dataclasses.replace(options, thresholds={"duration_min": 6.0}))
    pieces = _pieces(work)
    loose = retier(options)
    assert strict.cut is not None and loose.cut is not None
    assert strict.cut.num_cut == 2 and loose.cut.num_cut > 0
    both = _pieces(work)
    assert sorted({*both}) == sorted(both), "no piece twice"
    assert set(pieces) < set(both)
    assert bytes_of(options.out) == bytes_of(curated.out)


def without_speakers(curated: Curated, folder: Path) -> CurateOptions:
    shutil.copytree(curated.out.parent, folder)
    return dataclasses.replace(
        curated.options, out=folder / "speakervid5m", thresholds={"lips": 5.0}
    )


def test_a_gate_that_drops_a_speaker_cuts_nothing(curated: Curated, tmp_path: Path) -> None:
    options = without_speakers(curated, tmp_path / "copy")
    # Who is listened to is heard from off screen now, and was cut with frames.
    report = retier(options)
    assert report.cut is not None and report.written is not None
    assert (report.cut.num_cut, report.cut.num_pending) == (0, 0)
    listeners = open_release(str(options.out))["listening_sft"]
    assert len(listeners) > 0
    assert all(
        isinstance(one, ListeningSample) and isinstance(one.speaker, OffScreenVoice)
        for one in listeners
    )


@pytest.mark.slow
def test_what_was_cut_for_other_gates_gives_the_bytes_of_a_fresh_run(
    curated: Curated, tmp_path: Path
) -> None:
    options = without_speakers(curated, tmp_path / "copy")
    retier(options)
    work = tmp_path / "fresh" / "speakervid5m.work"
    shutil.copytree(curated.out.with_name("speakervid5m.work") / "stages", work / "stages")
    fresh = dataclasses.replace(options, out=tmp_path / "fresh" / "speakervid5m")
    cut = curate(fresh).cut
    assert cut is not None and cut.num_cut == 2
    before = open_release(str(options.out)).manifest.facts.num_buckets
    assert before == open_release(str(fresh.out)).manifest.facts.num_buckets
    assert data_of(options.out) == data_of(fresh.out)


def test_cuts_that_nothing_can_ask_for_go_and_what_a_gate_drops_stays(
    curated: Curated, tmp_path: Path
) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    options = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    work = tmp_path / "copy" / "speakervid5m.work"
    before = _pieces(work)
    retier(dataclasses.replace(options, thresholds={"duration_min": 6.0}))
    assert _pieces(work) == before
    store = CutStore(work / "cuts", options.settings)
    gone = store.folder_of("a source that left")
    shutil.copytree(next(store.source_folders()), gone)
    # As if an earlier version of the stages had found other boxes.
    source_id = next(iter(open_release(str(options.out)).source_ids()))
    other = request("other", 1.0, 4.0)
    write = CutClip(
        clip_id="other", video=b"frames", audio=None, width=2, height=2, fps=25.0, num_frames=75,
        sample_rate=None,
    )  # fmt: skip
    store.write(source_id, [other], [write], source_stamp="now")
    assert len(_pieces(work)) > len(before)
    report = retier(options)
    assert sorted(_pieces(work)) == sorted(before) and not gone.exists()
    assert report.cut is not None and report.cut.num_cut == 0
    assert bytes_of(options.out) == bytes_of(curated.out)


def data_of(root: Path) -> dict[str, bytes]:
    return {
        name: data for name, data in bytes_of(root).items() if name.startswith(("data/", "index/"))
    }


def _pieces(work: Path) -> list[str]:
    parts = (work / "cuts").glob("*/*/*.parquet")
    return [one for path in parts for one in pq.read_table(path)["request"].to_pylist()]


def test_a_tier_that_is_left_out_comes_back_into_the_same_shards(
    curated: Curated, tmp_path: Path
) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    options = dataclasses.replace(curated.options, out=tmp_path / "copy" / "speakervid5m")
    before = bytes_of(options.out)
    report = retier(dataclasses.replace(options, tiers=("pretrain",), drop_missing=True))
    assert report.written is not None
    manifest = report.written.manifest
    assert all(name.endswith("_pretrain") for name in manifest.configs)
    assert manifest.facts.empty_configs["single_sft"] == "its tier was left out (--tiers)"
    retier(options)
    assert bytes_of(options.out) == before
