"""The release as it stands before it is written anew: what is kept of it, forgotten, changed.

release --> frozen percentile, shards, who measured it
        --> refusals: sources that would leave, another profile (`retier`), test sources that
            would enter training
        --> changes: what decides, and is other than when it was last written
"""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

from ....release import (
    Gate,
    LockedRelease,
    NotARelease,
    Release,
    ReleaseFacts,
    finish_swap,
    gate_from,
    open_release,
    release_lock,
    work_folder,
)
from ....release.takedown import Takedown
from ...engines import Backend, Stage
from ...weights import Weights
from .find_videos import FoundSources
from .options import CurateOptions
from .resolve import resolved_profile, stages_of
from .scoring import FROZEN

PAUSE_SECONDS = 0.5
"""Between two looks at what another run holds (ours)."""


def settle(options: CurateOptions) -> None:
    """Ends a swap of folders that was interrupted, and waits for one that is under way."""
    while (work_folder(options.out) / "old").exists():
        with suppress(LockedRelease), release_lock(options.out):
            finish_swap(options.out)
            return
        time.sleep(PAUSE_SECONDS)


def open_previous_release(options: CurateOptions) -> Release | None:
    """The release, if it is there; an empty folder is none."""
    settle(options)
    try:
        return open_release(str(options.out))
    except NotARelease:
        return None


def frozen_clarity(options: CurateOptions) -> Gate | None:
    """The percentile gate as it was frozen; None where there is none, or it is taken anew."""
    before = open_previous_release(options)
    if options.refreeze or before is None:
        return None
    gates = (gate_from(gate) for gate in before.manifest.facts.gates)
    return next((gate for gate in gates if gate.name == "clarity" and gate.source == FROZEN), None)


def previous_stages(options: CurateOptions) -> tuple[Stage, ...] | None:
    """The stages with the backends that the release says measured it; None without a release.

    So what is finished is found on a machine that has other packages, and no weights.
    """
    before = open_previous_release(options)
    if before is None:
        return None
    made = before.manifest.facts.backends.get(resolved_profile(options).name, {})
    return tuple(
        replace(stage, backend=_backend_from(made[stage.name])) if stage.name in made else stage
        for stage in stages_of(options)
    )


def _backend_from(facts: Mapping[str, Any]) -> Backend:
    """As the manifest has it, see `run.backend_facts`; an earlier version's may lack fields."""
    known = {field.name: facts[field.name] for field in fields(Backend) if field.name in facts}
    for name in ("files", "bundled"):
        known[name] = tuple(
            Weights(**one | {"holds": tuple(one.get("holds", ()))}) for one in known.get(name, ())
        )
    return Backend(**known)


def refuse_lost_sources(
    options: CurateOptions, source_ids: Collection[str], where: str, why: str
) -> None:
    """What the release holds does not leave it because a folder or a package is not there.

    Args:
        options: of the run.
        source_ids: those that there are.
        where: they are looked for.
        why: a source may not be there.

    Raises:
        ValueError: a source of the release, not taken back from it, is not among them.
    """
    before = open_previous_release(options)
    if before is None or options.drop_missing:
        return
    takedown = Takedown.read(before.files)
    lost = sorted(
        one for one in before.source_ids().difference(source_ids) if not takedown.touches(one)
    )
    if lost:
        raise ValueError(
            f"{len(lost)} sources of {str(options.out)!r} ({', '.join(lost[:3])}"
            f"{' ...' if len(lost) > 3 else ''}) are not {where}: {why}. They would leave the "
            "release: nothing was changed. With --drop-missing they do"
        )


def refuse_another_profile(options: CurateOptions) -> None:
    """New tiers are of what the release was made from.

    Raises:
        ValueError: another profile, or other backends, wrote it; names them.
    """
    before, asked = open_previous_release(options), resolved_profile(options).name
    if before is None or asked == (made := _profile_of(before.manifest.facts)):
        return
    raise ValueError(
        f"{str(options.out)!r} was written with the profile {made}, not {asked}: say --profile, "
        "and --backend for each +STAGE=NAME of it, as the run did"
    )


def refuse_forgotten_tests(options: CurateOptions, found: FoundSources) -> None:
    """A source of the benchmark never enters training because a file was left out.

    Args:
        options: of the run.
        found: the videos.

    Raises:
        ValueError: the release has test pairs of a source that is no test source any more.
    """
    before = open_previous_release(options)
    if before is None or "vidchatbench" not in before.configs:
        return
    tested = before.source_ids("vidchatbench") - options.test_sources
    if entering := sorted(tested.intersection(source.source_id for source in found.sources)):
        raise ValueError(
            f"{', '.join(entering[:5])}{' ...' if len(entering) > 5 else ''} of "
            f"{str(options.out)!r} belong to vidchatbench and would enter training: give "
            "--test-sources as before (remove the release to choose other test sources)"
        )


def changes(before: ReleaseFacts, now: ReleaseFacts) -> Iterator[str]:
    """What decides which rows there are, and differs: assumptions, thresholds, profile, size."""
    for what, old, new in (
        ("", before.assumptions, now.assumptions),
        ("gate ", _thresholds(before), _thresholds(now)),
        ("", _writing_choices(before), _writing_choices(now)),
    ):
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                yield f"{what}{name} {old.get(name, '-')} -> {new.get(name, '-')}"


def _thresholds(facts: ReleaseFacts) -> dict[str, object]:
    return {gate["name"]: gate["threshold"] for gate in facts.gates}


def _writing_choices(facts: ReleaseFacts) -> dict[str, object]:
    cutting = facts.backends.get("cutting", {})
    return {"profile": _profile_of(facts), "long side": cutting.get("long_side")}


def _profile_of(facts: ReleaseFacts) -> str:
    """By whose name the backends stand in the manifest, see `backend_facts`."""
    return ", ".join(name for name in facts.backends if name not in ("left_out", "cutting"))
