"""Videos of which there is no clip: each is named, with what lost it."""

import dataclasses
import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from speakervid5m.cli import main
from speakervid5m.processing.assembly.catalogue import SourcePlan
from speakervid5m.processing.assembly.cut_sources import CutRejection, CutReport
from speakervid5m.processing.assembly.takedown import KeptCatalogue
from speakervid5m.processing.curation import curation_status
from speakervid5m.processing.curation.tiers.clipless import clipless_sources
from speakervid5m.processing.engines import RunReport, Source, StageStore
from speakervid5m.release import TIERS_SCHEMA
from tests.processing.curation.run.conftest import Curated

ONE, NONE = pa.table({"index": [1]}), pa.table({"index": pa.array([], pa.int64())})
SOURCE = Source(source_id="x", path=Path("a talk.mp4"), digest="0", name="a talk.mp4")


def lost(
    tmp_path: Path, rows: dict[str, pa.Table], tiers: list[dict[str, object]], **more: object
) -> list[tuple[str, str, str]]:
    store = StageStore(tmp_path)
    tables = {"scenes": "scenes", "look": "faces", "tracks": "tracks"}
    for stage in ("scenes", "look", "tracks", "clips", "annotated"):
        store.write(stage, "key", {tables.get(stage, "clips"): rows.get(stage, ONE)})
    report = RunReport(keys={"x": dict.fromkeys((*tables, "clips", "annotated"), "key")})
    table = pa.Table.from_pylist(tiers, schema=TIERS_SCHEMA)
    found = clipless_sources(report, [SOURCE], store, table, **more)  # type: ignore[arg-type]
    assert all(one.source == SOURCE for one in found)
    return [(one.step, one.reason, one.detail) for one in found]


@pytest.mark.parametrize(
    ("empty", "step", "reason"),
    [
        (["scenes", "tracks", "clips"], "scenes", "no_scene"),
        (["look", "tracks", "clips"], "look", "no_face"),
        (["tracks", "clips"], "tracks", "no_track"),
        (["clips"], "clips", "nobody_told"),
        ([], "annotated", "no_clip"),
    ],
)
def test_the_first_stage_that_found_nothing_lost_it(
    tmp_path: Path, empty: list[str], step: str, reason: str
) -> None:
    found = lost(tmp_path, dict.fromkeys([*empty, "annotated"], NONE), [])
    assert [one[:2] for one in found] == [(step, reason)]


def row(tier: str | None, *reasons: str) -> dict[str, object]:
    return {"clip_id": "c", "source_id": "x", "tier": tier, "reasons": list(reasons)}


def test_gates_branches_and_cuts_are_named_and_what_has_clips_is_not(tmp_path: Path) -> None:
    dropped = [row(None, "lips"), row(None, "lips", "luminance")]
    words = "its 2 clips are dropped by lips 2, luminance 1"
    assert lost(tmp_path / "a", {}, dropped) == [("gates", "dropped", words)]
    kept = [*dropped, row("sft")]
    assert lost(tmp_path / "b", {}, kept) == []
    assert lost(tmp_path / "c", {}, []) == [], "gates were not asked yet"

    class Catalogue(KeptCatalogue):
        def __init__(self, samples: list[object]) -> None:
            self._made = samples

        def source(self, source_id: str) -> SourcePlan:
            del source_id
            return SourcePlan(samples=self._made)  # type: ignore[arg-type]

    more = {"catalogue": Catalogue([]), "cut": CutReport()}
    assert lost(tmp_path / "d", {}, kept, **more)[0][:2] == ("branches", "no_sample")
    rejects = [CutRejection("x", str(n), "truncated", "") for n in range(2)]
    cut = CutReport(rejects=[*rejects, CutRejection("y", "3", "no_audio", "")])
    more = {"catalogue": Catalogue(["a sample"]), "cut": cut}
    words = "of its clips could not be cut: truncated 2"
    assert lost(tmp_path / "e", {}, kept, **more) == [("cut", "truncated", words)]
    more |= {"cut": CutReport()}
    assert lost(tmp_path / "f", {}, kept, **more)[0][:2] == ("cut", "not_cut")
    assert lost(tmp_path / "g", {}, kept, **more, released={"x"}) == []


def test_the_end_of_a_run_and_the_report_name_it(
    curated: Curated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(curated.out.parent, tmp_path / "copy")
    out = tmp_path / "copy" / "speakervid5m"
    tiers = curation_status(dataclasses.replace(curated.options, thresholds={"duration_min": 10.5}))
    (one,) = tiers.clipless
    assert tiers.has_rejects
    assert not curation_status(curated.options).clipless
    where = [str(curated.folder / "my videos"), "--out", str(out), "--gate", "duration_min=10.5"]
    assert main(["curate", "retier", *where, "--dry-run"]) == 0
    words = f"gave no clip: {one.source.source_id} ({one.source.name}) in gates: dropped: its "
    assert words in capsys.readouterr().out
    assert main(["rejects", str(out), "--source", one.source.source_id, "--json"]) == 0
    rejects = json.loads(capsys.readouterr().out)["list"]
    dropped = {reject["name"]: reject["reason"] for reject in rejects if reject["stage"] == "gates"}
    assert dropped.pop(one.source.name) == "dropped", "the video, because of its clips"
    assert dropped and set(dropped.values()) == {"duration_min"}
    assert {name[:11] for name in dropped} == {one.source.source_id}
    assert main(["rejects", str(out), "--reason", "duration_mim"]) == 1
    assert "the nearest are duration_min" in capsys.readouterr().err
    assert main(["curate", "report", *where]) == 0
    said = capsys.readouterr().out
    page = Path(said.split("written to ")[1].splitlines()[0]).read_text("utf-8")
    assert "no clip: gates: dropped" in page
    assert f"{one.source.source_id}, {one.source.name}" in page
