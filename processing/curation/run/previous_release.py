"""Guards and comparisons against the previous release, which a run replaces.

previous release --> the backends that measured it
                 --> refusals: sources that would leave, another profile (`retier`), test sources
                     that would enter training
                 --> changes: settings that differ from those of the previous release
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from ....release import ReleaseFacts
from ...engines import Backend
from ...weights import WeightsFacts
from .curation import Curation
from .find_videos import FoundSources


def as_measured(curation: Curation) -> Curation:
    """The curation with the backends of the previous release's manifest.

    So stored results are found on a machine with other packages and without weights. Without a
    release it is that of this machine.

    Raises:
        NotReady: there is no release, and packages or weights are missing.
    """
    if curation.previous is None:
        curation.missing.check()
        return curation
    backends = curation.previous.manifest.facts.backends.get(curation.profile.name, {})
    stages = tuple(
        replace(stage, backend=_backend_from(backends[stage.name]))
        if stage.name in backends
        else stage
        for stage in curation.stages
    )
    return replace(curation, stages=stages)


def _backend_from(facts: Mapping[str, Any]) -> Backend:
    """A backend of the manifest, see `backend_facts`; an earlier version's may lack fields."""
    known = {field.name: facts[field.name] for field in fields(Backend) if field.name in facts}
    for name in ("files", "bundled"):
        known[name] = tuple(
            WeightsFacts(**weights | {"holds": tuple(weights.get("holds", ()))})
            for weights in known.get(name, ())
        )
    return Backend(**known)


def refuse_lost_sources(
    curation: Curation, source_ids: Collection[str], where: str, why: str
) -> None:
    """Refuses to drop sources of the release because a folder or a package is missing.

    Args:
        curation: of the run.
        source_ids: the sources that are present.
        where: the set that they belong to, for the error.
        why: the likely cause, for the error.

    Raises:
        ValueError: a source of the release, not retracted from it, is not among them.
    """
    options, previous = curation.options, curation.previous
    if previous is None or options.drop_missing:
        return
    lost = sorted(
        source_id
        for source_id in previous.source_ids().difference(source_ids)
        if not curation.takedown.touches(source_id)
    )
    if lost:
        raise ValueError(
            f"{len(lost)} sources of {str(options.out)!r} ({', '.join(lost[:3])}"
            f"{' ...' if len(lost) > 3 else ''}) are not {where}: {why}. They would leave the "
            "release: nothing was changed. Pass --drop-missing to remove them"
        )


def refuse_lost_videos(curation: Curation, videos: FoundSources) -> None:
    """Refuses a run that is not given all videos of the release.

    Raises:
        ValueError: a source of the release is not among the videos.
    """
    refuse_lost_sources(
        curation,
        [source.source_id for source in videos.sources],
        "among the videos",
        "give all folders that the release was made from",
    )


def refuse_another_profile(curation: Curation) -> None:
    """Refuses new tiers by another profile than the one that wrote the release.

    Raises:
        ValueError: another profile, or other backends, wrote it; names them.
    """
    previous, out = curation.previous, str(curation.options.out)
    profile = curation.profile.name
    if previous is None or profile == (written := _profile_of(previous.manifest.facts)):
        return
    raise ValueError(
        f"{out!r} was written with the profile {written}, not {profile}: pass "
        "--profile, and --backend for each +STAGE=NAME of it, as the run did"
    )


def refuse_forgotten_tests(curation: Curation, videos: FoundSources) -> None:
    """Refuses to train on a source of the benchmark because `--test-sources` was left out.

    Args:
        curation: of the run.
        videos: of the run.

    Raises:
        ValueError: the release has test pairs of a source that is no test source any more.
    """
    options, previous = curation.options, curation.previous
    if previous is None or "vidchatbench" not in previous.configs:
        return
    tested = previous.source_ids("vidchatbench") - options.test_sources
    if entering := sorted(tested.intersection(source.source_id for source in videos.sources)):
        raise ValueError(
            f"{', '.join(entering[:5])}{' ...' if len(entering) > 5 else ''} of "
            f"{str(options.out)!r} belong to vidchatbench and would enter training: pass the same "
            "--test-sources as before (remove the release to choose other test sources)"
        )


def changes(previous: ReleaseFacts, written: ReleaseFacts) -> Iterator[str]:
    """Settings that decide the rows and differ: assumptions, thresholds, profile, size."""
    for prefix, old, new in (
        ("", previous.assumptions, written.assumptions),
        ("gate ", _thresholds(previous), _thresholds(written)),
        ("", _writing_choices(previous), _writing_choices(written)),
    ):
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                yield f"{prefix}{name} {old.get(name, '-')} -> {new.get(name, '-')}"


def _thresholds(facts: ReleaseFacts) -> dict[str, object]:
    return {gate["name"]: gate["threshold"] for gate in facts.gates}


def _writing_choices(facts: ReleaseFacts) -> dict[str, object]:
    cutting = facts.backends.get("cutting", {})
    return {"profile": _profile_of(facts), "long side": cutting.get("long_side")}


def _profile_of(facts: ReleaseFacts) -> str:
    """The name under which the manifest lists the backends, see `backend_facts`."""
    return ", ".join(name for name in facts.backends if name not in ("left_out", "cutting"))
