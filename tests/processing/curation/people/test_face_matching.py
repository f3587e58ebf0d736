"""Faces put together over a source, and voices set right by them."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.accuracy.scores import score_clusters
from speakervid5m.processing.curation.people.face_matching import identify
from speakervid5m.processing.curation.people.mouth_binding import BoundTrack, bind, speech_envelope
from speakervid5m.records import Role
from tests.processing.curation.heard import DRAWN, MadeTrack, hear, tracks_of, true_voices, unit

logger = logging.getLogger(__name__)

pytest.importorskip("scipy", reason="the extra curate is not installed")

FACES = np.random.default_rng(3).normal(size=(4, 64))


def face(person: int, number: int, noise: float = 0.3) -> MadeTrack:
    descriptor = unit(FACES[person] + noise * np.random.default_rng(number).normal(size=64))
    empty = np.zeros(0, np.float32)
    return MadeTrack(
        scene=number, box_index=0, first=0, stop=0, mouths=empty, contrasts=empty,
        present=empty.astype(bool), descriptor=descriptor, person="ABCD"[person],
    )  # fmt: skip


def said(voice: str | None, role: Role = "speaking") -> BoundTrack:
    return BoundTrack(scene=0, box_index=0, voice=voice, role=role, syncs=())


def test_a_wrong_letter_is_corrected_and_counted() -> None:
    tracks = [face(number % 2, number) for number in range(10)]
    bound = [said("AB"[number % 2]) for number in range(10)]
    bound[4] = said("B")
    found = identify(tracks, bound)
    assert found.voices == tuple("ABABABABAB") and found.num_corrected == 1
    assert found.persons == tuple("ABABABABAB") and found.num_unverified == 0


def test_who_listens_is_known_by_the_face_and_keeps_the_voice_heard() -> None:
    tracks = [face(number % 2, number) for number in range(8)]
    bound = [said("AB"[number % 2]) for number in range(8)]
    bound[3], bound[6] = said("A", "listening"), said(None, "unbound")
    found = identify(tracks, bound)
    assert found.persons == tuple("ABABABAB")
    assert found.voices[3] == "A" and found.voices[6] is None and found.num_corrected == 0


def test_a_third_face_is_nobody_and_unverified() -> None:
    tracks = [face(number % 3, number) for number in range(12)]
    bound = [said("ABC"[number % 3]) for number in range(12)]
    bound[8] = said("A")
    found = identify(tracks, bound)
    assert found.persons == ("A", "B", None) * 4
    assert found.voices[8] == "A" and (found.num_corrected, found.num_unverified) == (0, 1)
    assert found.voices[2] == "C", "other voices are left alone"


def test_one_face_with_both_letters_is_one_person() -> None:
    tracks = [face(0, number) for number in range(6)]
    found = identify(tracks, [said("AABAAB"[number]) for number in range(6)])
    assert found.persons == ("A",) * 6 and found.num_corrected == 2


def test_a_known_distance_works_for_two_tracks_and_for_none() -> None:
    same, other = [face(0, 1), face(0, 2)], [face(0, 1), face(1, 2)]
    bound = [said("A"), said("B")]
    assert len(set(identify(same, bound, same_face_distance=0.8).groups)) == 1
    assert len(set(identify(other, bound, same_face_distance=0.8).groups)) == 2
    nothing = identify([], [])
    assert nothing.persons == () and nothing.num_corrected == 0
    lone = identify([face(0, 1)], [said("A")])
    assert lone.persons == ("A",)


def test_faces_that_are_seen_at_once_are_two_people_however_near() -> None:
    """Relatives, and drawn heads: nearer than the publisher's distance."""
    near = unit(FACES[0] + 0.25 * FACES[1])
    tracks = []
    for number in range(6):
        for person, vector in ((0, unit(FACES[0])), (1, near)):
            noise = 0.02 * np.random.default_rng(2 * number + person).normal(size=64)
            track = face(person, number)
            first, descriptor = 100 * number, unit(vector + noise)
            tracks.append(replace(track, first=first, stop=first + 90, descriptor=descriptor))
    bound = [said("AB"[number % 2]) for number in range(12)]
    together = identify(tracks, bound, same_face_distance=1.17)
    assert together.persons == ("A", "B") * 6 and together.num_corrected == 0
    apart = [replace(track, stop=track.first) for track in tracks]
    assert len(set(identify(apart, bound, same_face_distance=1.17).groups)) == 1


@pytest.mark.parametrize("distance", [0.9, 1.17])
def test_the_official_rule_of_matches(distance: float) -> None:
    # Descriptors of one person are 0.6 apart here, of two 1.3 and more.
    tracks = [face(number % 2, number) for number in range(20)]
    bound = [said("AB"[number % 2]) for number in range(20)]
    bound[4], bound[7] = said("B"), said("A")
    bound[9], bound[10] = said("A", "listening"), said(None, "unbound")
    tracks[13] = face(3, 13)
    found = identify(tracks, bound, same_face_distance=distance)
    people = list("AB" * 10)
    people[13] = ""
    assert [one or "" for one in found.persons] == people
    assert found.voices[4] == "A" and found.voices[7] == "B" and found.num_corrected == 2
    assert found.voices[9] == "A" and found.persons[10] == "A"
    assert found.voices[13] == "B" and found.num_unverified == 1


def test_one_face_with_both_letters_matches_the_one_who_has_it_more() -> None:
    tracks = [face(0, number) for number in range(6)]
    bound = [said("AABAAB"[number]) for number in range(6)]
    found = identify(tracks, bound, same_face_distance=1.17)
    assert found.persons == ("A",) * 6 and found.num_corrected == 2


def test_faces_that_match_nobody_stay_as_they_are() -> None:
    zeros = np.zeros(64, np.float32)
    tracks = [replace(face(0, number), descriptor=zeros) for number in range(3)]
    found = identify(tracks, [said("A")] * 3, same_face_distance=1.17)
    assert found.persons == (None,) * 3 and found.voices == ("A",) * 3
    assert found.num_unverified == 3


def test_tracks_without_a_face_are_nobody() -> None:
    tracks = [face(number % 2, number) for number in range(6)]
    tracks[2] = replace(tracks[2], descriptor=None)
    found = identify(tracks, [said("AB"[number % 2]) for number in range(6)])
    assert found.persons[2] is None and found.groups[2] == -1 and found.num_unverified == 1
    blind = [replace(track, descriptor=None) for track in tracks]
    assert set(identify(blind, [said("A")] * 6).persons) == {None}


def test_the_representative_is_of_the_most_alike() -> None:
    # Two strays come first; most of A look alike.
    tracks = [face(1, 0), face(1, 1), *(face(0, n) for n in range(2, 8))]
    tracks += [face(1, n) for n in range(8, 14)]
    found = identify(tracks, [said("A")] * 8 + [said("B")] * 6)
    assert found.voices == ("B", "B", *"AAAAAA", *"BBBBBB") and found.num_corrected == 2


def test_identities_of_shows() -> None:
    pytest.importorskip("espeakng_loader", reason="the extra demo is not installed")
    groups, people, named = [], [], []
    for seed in (100, 104, 106, 109):
        show = hear(seed)
        tracks = tracks_of(show)
        bound = bind(tracks, true_voices(show), speech_envelope(show.samples), DRAWN).tracks
        found = identify(tracks, bound)
        groups += [(seed, group) for group in found.groups]
        people += [(seed, track.person) for track in tracks]
        named += [p == track.person for p, track in zip(found.persons, tracks, strict=True)]
    logger.info(f"B-cubed F1 {score_clusters(groups, people)[2]:.4f}, right {np.mean(named):.4f}")
    assert score_clusters(groups, people)[2] >= 0.98 and np.mean(named) >= 0.98
