"""The table of profiles: what may be in which, what is missing, what can be chosen instead."""

import os
import pickle
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pytest

from speakervid5m.processing.curation import (
    PROFILES,
    TABLE,
    CurateOptions,
    Curation,
    missing,
    profile_of,
)
from speakervid5m.processing.curation.backends.compact import (
    COMPACT_LOOK,
    COMPACT_LOOK_HOG,
    DLIB_MATCHES,
)
from speakervid5m.processing.curation.backends.embedded import OURS
from speakervid5m.processing.curation.backends.look import (
    ARCFACE_MATCHES,
    SFACE_LOOK,
    SFACE_MATCHES,
)
from speakervid5m.processing.curation.clips.clip_tables import (
    MEASURED,
    measured_schema,
    merged_clips,
)
from speakervid5m.processing.curation.profiles.profile import ProfileName
from speakervid5m.processing.curation.stages import STAGES
from speakervid5m.processing.models import Package, required
from speakervid5m.processing.models.speech.pyannote import PYANNOTE_COMMUNITY
from speakervid5m.processing.weights import MissingWeights
from speakervid5m.processing.weights.table import (
    DLIB_FACE_FILE,
    FACE_MESH_FILE,
    HAAR_CASCADE_FILE,
    RESEMBLYZER_FILE,
    SILERO_VAD_FILE,
    YUNET_FILE,
)
from speakervid5m.records import Clip, Interval, install_command, package_command
from tests.processing.curation.made_clips import clip, table

NAMES = list(get_args(ProfileName))
DOCS = Path(__file__).parents[4] / "docs"
GUIDE = "".join((DOCS / name).read_text() for name in ("curation_reference.md", "weights.md"))
ANY_USE = {"Apache-2.0", "MIT", "BSD-3-Clause", "LGPL-2.1", "CC-BY-4.0"}


def models(name: str) -> list[Any]:
    return [spec for row in TABLE for spec in getattr(row, name)]


def test_the_table_lists_every_stage_in_order() -> None:
    assert [row.stage for row in TABLE] == list(STAGES)
    for row in TABLE:
        for name in NAMES:
            names = [spec.name for spec in getattr(row, name)]
            assert len(names) == len(set(names)), "names are unique within a stage"


@pytest.mark.parametrize("name", ["compact", "embedded", "permissive"])
def test_what_is_free_to_use_is_free_to_use(name: str) -> None:
    for spec in models(name):
        assert set(spec.licence.split(", ")) <= ANY_USE, spec.name
        for file in (*spec.files, *spec.bundled):
            assert file.licence in ANY_USE, file.file
    assert name != "embedded" or not any(spec.files for spec in models(name))


def test_what_a_package_brings_inside_is_there_and_as_large_as_is_said() -> None:
    for package in ("cv2", "silero_vad"):
        pytest.importorskip(package, reason="the extra curate is not installed")
    from speakervid5m.processing.models.opencv import cv2
    from speakervid5m.processing.models.speech.voice_activity import _silero_file

    cascade = Path(vars(cv2)["data"].haarcascades) / HAAR_CASCADE_FILE.file
    for path, known in ((cascade, HAAR_CASCADE_FILE), (_silero_file(), SILERO_VAD_FILE)):
        assert path.name == known.file
        assert path.stat().st_size == pytest.approx(known.num_bytes, rel=0.1)
    assert "Redistribution" in cascade.read_text()[:2000]


@pytest.mark.parametrize("name", NAMES)
def test_the_guide_names_every_tool_and_every_file(name: str) -> None:
    for row in TABLE:
        for spec in getattr(row, name)[:1]:
            assert spec.name in GUIDE or spec.name == "speakervid5m", spec.name
        for spec in getattr(row, name):
            for file in (*spec.files, *spec.bundled):
                assert f"`{file.file}" in GUIDE, file.file


@pytest.mark.parametrize("name", NAMES)
def test_stages_can_be_built_planned_and_sent_to_a_process_without_weights(
    name: str, tmp_path: Path
) -> None:
    stages = profile_of(name).stages(tmp_path)
    assert [stage.name for stage in stages] == [row.stage for row in TABLE if getattr(row, name)]
    before: set[str] = set()
    columns: set[str] = set()
    for stage in stages:
        assert set(stage.reads) <= before, "each reads only those before it"
        before.add(stage.name)
        pickle.dumps(stage)
        assert stage.writes, "what a backend gives is held against something"
        measured = (stage.writes or {}).get(MEASURED)
        own = set(measured.names if measured is not None else ()) - {"clip_id"}
        assert not own & columns, "a column is one stage's"
        columns |= own
        assert not any((tmp_path / file.file).exists() for file in stage.backend.files)
    # What decides is measured, or known without a model.
    known = columns | set(Clip.__dataclass_fields__) | {"duration_seconds"}
    assert {gate.field for gate in profile_of(name).gates} <= known


def test_what_is_missing_is_told_once_with_all_that_it_takes(tmp_path: Path) -> None:
    lacking = missing(profile_of("permissive"), tmp_path)
    assert len({file.file for file in lacking.weights}) == len(lacking.weights) > 5
    for file in lacking.weights:
        for words in (str(tmp_path / file.file), str(file.source), file.licence):
            assert words in str(lacking)
    assert not missing(profile_of("embedded"), tmp_path).weights


def test_another_tool_of_the_cell_has_another_name_and_nothing_else_can_be_chosen() -> None:
    chosen = profile_of("permissive", {"voices": "pyannote-community-1"})
    assert chosen.name == "permissive+voices=pyannote-community-1"
    assert chosen.models["voices"] is PYANNOTE_COMMUNITY
    assert chosen.gates == PROFILES["permissive"].gates
    same = profile_of("permissive", {"voices": PROFILES["permissive"].models["voices"].name})
    assert same.name == "permissive"
    for stage, name in (("voices", "whisper"), ("dance", "x"), ("captions", "dover")):
        with pytest.raises(ValueError, match=r"no backend .* to choose from: .*voices="):
            profile_of("permissive", {stage: name})


def test_a_model_of_another_profile_brings_its_gates() -> None:
    whisper = "whisper-large-v3-turbo"
    chosen = profile_of("embedded", {"transcripts": whisper})
    assert chosen.name == f"embedded+transcripts={whisper}"
    order = [row.stage for row in TABLE if row.stage in chosen.models]
    assert list(chosen.models) == order and "transcripts" in order
    words = {"asr_logprob", "asr_no_speech", "asr_compression", "sft_asr_logprob"}
    assert words <= set(PROFILES["embedded"].left_out)
    assert not words & set(chosen.left_out)
    names = {gate.name for gate in chosen.gates}
    assert words | {"language"} <= names
    assert names - words - {"language"} == {gate.name for gate in PROFILES["embedded"].gates}
    assert {"uvq", "sft_uvq"} <= {g.name for g in profile_of("paper", {"quality": "uvq-1.5"}).gates}


def test_a_stage_that_is_left_out_leaves_its_gates_out_by_name(tmp_path: Path) -> None:
    chosen = profile_of("permissive", {"captions": "none", "quality": "none"})
    assert chosen.name == "permissive+captions=none+quality=none"
    assert not {"captions", "quality"} & set(chosen.models)
    assert {"sft_motion", "uvq", "sft_uvq"} <= set(chosen.left_out)
    assert not {"sft_motion", "uvq", "sft_uvq"} & {gate.name for gate in chosen.gates}
    assert not {"uvq1p5.onnx", "Qwen3-VL-8B-Instruct"} & {
        file.file for file in missing(chosen, tmp_path).weights
    }
    assert "captions" not in [stage.name for stage in chosen.stages(tmp_path)]
    assert profile_of("embedded", {"captions": "none"}).name == "embedded"


@pytest.mark.parametrize("stage", ["probe", "look", "voices", "clips", "annotated"])
def test_a_stage_without_which_there_is_no_clip_stays(stage: str) -> None:
    with pytest.raises(ValueError, match=f"{stage} cannot be left out: no clip"):
        profile_of("permissive", {stage: "none"})


def test_models_that_read_each_others_tables_are_chosen_together() -> None:
    with pytest.raises(ValueError, match="read each other's tables"):
        profile_of("embedded", {"binding": "lr-asd"})


def test_until_asks_only_for_what_it_needs(tmp_path: Path) -> None:
    def files(**options: str) -> set[str]:
        curation = Curation.of(
            CurateOptions(
                videos=(tmp_path,),
                out=tmp_path / "release",
                weights=tmp_path,
                profile="permissive",
                **options,  # type: ignore[arg-type]
            )
        )
        return {file.file for file in curation.missing.weights}

    assert files(last_stage="scenes") == {
        file.file for file in PROFILES["permissive"].models["look"].files
    }
    # Results of the stages before are found by the digests of their weights.
    assert files(first_stage="voices", last_stage="voices") > files(last_stage="scenes")
    assert files() == {f.file for f in missing(PROFILES["permissive"], tmp_path).weights}


def test_another_network_for_faces_brings_its_own_distance(tmp_path: Path) -> None:
    chosen = profile_of("permissive", {"look": SFACE_LOOK.name})
    assert chosen.models["identity"] is SFACE_MATCHES
    assert SFACE_MATCHES.make(tmp_path, "cpu") == 1.128
    assert profile_of("permissive").models["identity"] is ARCFACE_MATCHES
    assert list(chosen.models) == list(PROFILES["permissive"].models), "the order of the stages"


def test_without_the_optional_file_another_backend_stands_in_by_name(tmp_path: Path) -> None:
    without = profile_of("compact", weights=tmp_path)
    assert without.name == "compact+look=yunet, face mesh, hog"
    assert without.models["identity"] is OURS
    lacks = missing(without, tmp_path)
    assert {file.file for file in lacks.weights} == {
        YUNET_FILE.file,
        FACE_MESH_FILE.file,
        RESEMBLYZER_FILE.file,
    }
    assert "speakervid5m weights get compact --folder" in str(lacks)
    (tmp_path / DLIB_FACE_FILE.file).touch()
    whole = profile_of("compact", weights=tmp_path)
    assert whole.name == "compact" and whole.models["identity"] is DLIB_MATCHES
    assert whole.by_folder == {"look": COMPACT_LOOK.name}, "kept by name for later commands"
    assert profile_of("compact", whole.by_folder, tmp_path / "nowhere").name == "compact"
    named = profile_of("compact", {"look": COMPACT_LOOK_HOG.name}, tmp_path)
    assert named.name == without.name
    assert [stage.backend.name for stage in without.stages(tmp_path)] != [
        stage.backend.name for stage in whole.stages(tmp_path)
    ]
    asked = profile_of("compact", {"look": COMPACT_LOOK.name}, tmp_path / "nowhere")
    assert {file.file for file in missing(asked, tmp_path / "nowhere").weights} >= {
        DLIB_FACE_FILE.file
    }, "who names it gets it or an error"


def test_a_package_that_is_missing_is_told_with_what_to_type() -> None:
    package = Package(module="no_such_module", distribution="no-such", extra="models")
    assert not package.is_there()
    assert package.version == "not installed"
    with pytest.raises(ImportError, match=re.escape(install_command("models"))):
        required(package)
    own = Package(module="no_parent.child", distribution="no-parent")
    assert not own.is_there()
    assert own.command == package_command("no-parent")


def test_weights_decide_the_build_and_a_folder_must_hold_its_files(tmp_path: Path) -> None:
    (weights,) = PYANNOTE_COMMUNITY.files
    assert "missing" in PYANNOTE_COMMUNITY.backend(tmp_path).build
    folder = weights.path(tmp_path)
    folder.mkdir()
    assert not weights.is_there(tmp_path)
    (folder / "config.yaml").write_text("a")
    # Not of the same tick of the clock as what is written next.
    os.utime(folder / "config.yaml", (1, 1))
    first = PYANNOTE_COMMUNITY.backend(tmp_path).build
    (folder / "config.yaml").write_text("b")
    assert "missing" not in first != PYANNOTE_COMMUNITY.backend(tmp_path).build
    assert "config.yaml" in str(MissingWeights([weights], tmp_path))


def test_weights_are_read_once_and_again_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (weights,) = PYANNOTE_COMMUNITY.files
    weights.path(tmp_path).mkdir()
    file = weights.path(tmp_path) / "config.yaml"
    file.write_text("a")
    first = weights.digest(tmp_path)
    opened: list[Path] = []
    real = Path.open

    def measures(self: Path, *arguments: Any, **named: Any) -> Any:
        opened.append(self)
        return real(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", measures)
    assert weights.digest(tmp_path) == first
    assert file not in opened
    file.write_text("other")
    second = weights.digest(tmp_path)
    assert second != first
    (tmp_path / ".digests.json").write_text('{"x": 3, "y": ["1", 2]} broken')
    assert weights.digest(tmp_path) == second
    (tmp_path / ".digests.json").unlink()
    tmp_path.chmod(0o500)
    assert weights.digest(tmp_path) == second
    tmp_path.chmod(0o700)


def test_measures_are_joined_by_clip_and_a_column_is_one_stages() -> None:
    clips = table([clip(0, 0.0, 4.0), clip(1, 4.0, 8.0)])
    words, scores = measured_schema("transcript"), measured_schema("dover")
    first = clips["clip_id"][0].as_py()
    said = words.empty_table().from_pylist([{"clip_id": first, "transcript": "x"}], schema=words)
    rows = merged_clips(clips, [said, scores.empty_table()]).to_pylist()
    assert [row["transcript"] for row in rows] == ["x", None]
    assert rows[1]["speech"] == [vars_of(Interval(4.0, 8.0))]
    with pytest.raises(ValueError, match="two stages measure transcript"):
        merged_clips(clips, [said, said])


def vars_of(one: Interval) -> dict[str, float]:
    return {"start_seconds": one.start_seconds, "stop_seconds": one.stop_seconds}


class _Segment:
    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end


class _Annotation:
    def itertracks(self, *, yield_label: bool) -> list[tuple[_Segment, str, str]]:
        assert yield_label
        return [
            (_Segment(0.0, 2.0), "_", "SPEAKER_01"),
            (_Segment(2.0, 3.0), "_", "SPEAKER_00"),
            (_Segment(3.5, 4.0), "_", "SPEAKER_01"),
        ]


class _Pipeline:
    exclusive_speaker_diarization = _Annotation()

    @classmethod
    def from_pretrained(cls, folder: Path) -> "_Pipeline | None":
        return cls() if (folder / "config.yaml").exists() else None

    def to(self, device: Any) -> None:
        assert str(device) == "cpu"

    def __call__(self, sound: dict[str, Any]) -> "_Pipeline":
        assert tuple(sound["waveform"].shape) == (1, 64_000)
        assert sound["sample_rate"] == 16_000
        return self


def test_pyannote_is_given_samples_and_its_exclusive_reading_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the calls of pyannote.audio 4: the package itself is no dependency."""
    pytest.importorskip("torch", reason="the extra models is not installed")
    module = ModuleType("pyannote.audio")
    monkeypatch.setattr(module, "Pipeline", _Pipeline, raising=False)
    monkeypatch.setitem(sys.modules, "pyannote.audio", module)
    (weights,) = PYANNOTE_COMMUNITY.files
    with pytest.raises(ValueError, match="holds no pipeline"):
        PYANNOTE_COMMUNITY.make(tmp_path, "cpu")
    weights.path(tmp_path).mkdir()
    (weights.path(tmp_path) / "config.yaml").write_text("")
    diarizer = PYANNOTE_COMMUNITY.make(tmp_path, "cpu")
    found = diarizer.turns(np.zeros(64_000, np.float32), 4.0)
    assert [tuple(one) for one in found] == [(0.0, 2.0, 0), (2.0, 3.0, 1), (3.5, 4.0, 0)]
