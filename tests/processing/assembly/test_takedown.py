"""A source of which something was taken back: what is left of it stays as it was released."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from speakervid5m.processing.assembly.catalogue import Assigned
from speakervid5m.processing.assembly.takedown import KeptCatalogue
from speakervid5m.release import open_release
from speakervid5m.release.takedown.retraction import retract
from speakervid5m.release.tombstones.records import Request
from tests.small_release import media_of, write_small_release


class Nothing:
    """A catalogue from which the source has gone, as it has where curation measures it no more."""

    def source_ids(self) -> Sequence[str]:
        return ()

    def samples(self, source_id: str) -> Sequence[Assigned]:
        raise KeyError(source_id)

    def poses(self, source_id: str) -> Mapping[str, bytes]:
        raise KeyError(source_id)


def test_poses_stay_with_the_clips_that_stay(tmp_path: Path) -> None:
    root = tmp_path / "speakervid5m"
    write_small_release(root)
    source = open_release(str(root))["single_sft"][0].clips[0].source_id
    retract(root, Request(people=frozenset([f"{source}#B"])), date="2026-11-26")
    release = open_release(str(root))
    kept = KeptCatalogue(Nothing(), root, release)
    assert kept.source_ids() == [source]
    released = {
        sample.clips[0].clip_id: media_of(sample).get("pose")
        for name in ("single_sft", "single_pretrain")
        for sample in release[name]
        if sample.clips[0].source_id == source
    }
    expected = {clip_id: pose for clip_id, pose in released.items() if pose is not None}
    assert expected
    assert expected.items() <= kept.poses(source).items()
    assert set(kept.poses(source)) <= {
        clip.clip_id for _, sample in kept.source(source).samples for clip in sample.clips
    }
