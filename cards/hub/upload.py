"""Publishing: a whole release to a Hub, through one pull request, or not at all.

    verified release -> what differs there -> commits to the pull request, the manifest last
    -> checksums compared there -> merged

So nothing half-published ever stands under `main`; an upload that was cut off goes on in the
same pull request.
"""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...release import (
    MANIFEST,
    Files,
    Release,
    ReleaseError,
    open_release,
    public_text,
    rewrite_documents,
    sha256_of,
    verify,
)
from ...release.takedown import REMOVALS, TOMBSTONES, Takedown

_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_COMMIT_FILES, _COMMIT_BYTES = 50, 5_000_000_000
"""Of one commit at most (ours: what is committed need not be sent again)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishPlan:
    """What differs between a release and a repository."""

    send: Mapping[str, int]
    """File to bytes: new, or of other content."""
    delete: tuple[str, ...]
    """Files that the release no longer has."""
    num_unchanged: int
    """Files that stand there as they are."""

    @property
    def num_bytes(self) -> int:
        """Bytes to send."""
        return sum(self.send.values())


def check_repository(name: str) -> None:
    """Sees that a repository can be named so, before anything is read or sent.

    Raises:
        ValueError: it cannot; says what the rule is.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        # Not every version of the hub's own check holds to its rule, which is of ASCII.
        is_one = _REPOSITORY.fullmatch(name) is not None
        validate_repo_id(name)
    except HFValidationError:
        is_one = False
    if not is_one:
        raise ValueError(
            f"a repository is ORG/NAME, each of letters, digits and -_. that neither begin nor end "
            f"with - or ., without -- and .., at most 96 characters, and not ending in .git; got "
            f"{public_text(name)!r}. Nothing was sent"
        )


def check_release(root: Path, *, i_hold_the_rights: bool) -> Release:
    """Opens a release that may be published.

    Raises:
        ReleaseError: it is not whole, holds a file that the manifest does not know, or holds
            media of official origin and nobody said that they hold the rights.
    """
    report = verify(str(root), decode=False)
    if not report.ok:
        first = report.problems[0]
        raise ReleaseError(
            f"{str(root)!r} is not whole ({len(report.problems)} problems; {first.where}: "
            f"{first.what}); nothing was sent. `speakervid5m verify` lists all"
        )
    release = open_release(str(root))
    facts = release.manifest.facts
    if facts.origin == "official" and facts.with_media and not i_hold_the_rights:
        raise ReleaseError(
            f"{str(root)!r} holds pictures and voices of other people's videos, which nobody "
            "licensed to you by publishing annotations. Publish a release without media "
            "(`speakervid5m import --no-media`), or say --i-hold-the-rights if you do"
        )
    return release


def with_address(release: Release, repository: str) -> Release:
    """The release whose cards name the repository: they are written anew if they named another.

    Raises:
        ReleaseError: another process writes the release.
        ValueError: no name of a repository.
    """
    check_repository(repository)
    if release.manifest.facts.repository == repository:
        return release
    # Who sends a release that has its address already need not be able to draw.
    from ..documents.writing import write_documents

    rewrite_documents(Path(release.root), write_documents, repository=repository)
    return open_release(release.root)


def plan_publishing(release: Release, there: Mapping[str, str]) -> PublishPlan:
    """Compares a release with what stands in a repository.

    Args:
        release: a local one.
        there: file to its sha256, or to `git:` and the id of its blob.
    """
    root = Path(release.root)
    names = [*release.manifest.files, MANIFEST]
    send = {
        name: (root / name).stat().st_size
        for name in names
        if not _same(root, name, there.get(name))
    }
    gone = sorted(set(there) - set(names) - {".gitattributes"})
    return PublishPlan(send=send, delete=tuple(gone), num_unchanged=len(names) - len(send))


def _same(root: Path, name: str, there: str | None) -> bool:
    if there is None:
        return False
    if there.startswith("git:"):
        data = (root / name).read_bytes()
        blob = b"blob %d\0" % len(data) + data
        return there == "git:" + hashlib.sha1(blob).hexdigest()
    return there == sha256_of(root / name)


def listing(api: Any, repository: str, revision: str) -> dict[str, str]:
    """Every file of a repository with the digest that the Hub tells."""
    from huggingface_hub.hf_api import RepoFile

    tree = api.list_repo_tree(repository, recursive=True, revision=revision, repo_type="dataset")
    return {
        one.path: one.lfs.sha256 if one.lfs else f"git:{one.blob_id}"
        for one in tree
        if isinstance(one, RepoFile)
    }


def publish(
    release: Release,
    repository: str,
    api: Any,
    *,
    private: bool = True,
    gated: bool = True,
    progress: Callable[[int, int, str], None] | None = None,
) -> PublishPlan:
    """Sends what differs to a pull request, checks it there, and merges it.

    Args:
        release: one that `check_release` gave.
        repository: `org/name`.
        api: a `huggingface_hub.HfApi`.
        private: whether a new repository is private.
        gated: whether people must ask for access to a new repository.
        progress: told files done, files in all, and the next one.

    Raises:
        ReleaseError: what stands in the pull request afterwards is not the release; or what was
            taken back there would come back.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        there = listing(api, repository, "main")
    except RepositoryNotFoundError:
        api.create_repo(repository, repo_type="dataset", private=private)
        there = listing(api, repository, "main")
    if gated and MANIFEST not in there:
        # Not at its creation alone: a run that was cut off in between left it open.
        api.update_repo_settings(repository, gated="manual", repo_type="dataset")
    _refuse_to_bring_back(api, repository, release, there)
    plan = plan_publishing(release, there)
    if not plan.send and not plan.delete:
        return plan
    number = _pull_request(api, repository, release)
    revision = f"refs/pr/{number}"
    rest = plan_publishing(release, listing(api, repository, revision))
    done = 0
    for operations in _commits(release, rest):
        if progress is not None:
            progress(done, len(rest.send), operations[0].path_in_repo)
        api.create_commit(
            repository,
            operations,
            commit_message=f"Release, files {done + 1} to {done + len(operations)}",
            repo_type="dataset",
            revision=revision,
        )
        done += len(operations)
    wrong = plan_publishing(release, listing(api, repository, revision))
    if wrong.send or wrong.delete:
        names = [*wrong.send, *wrong.delete]
        raise ReleaseError(
            f"{repository} {revision} is not the release ({', '.join(names[:3])}); it was not "
            "merged, and `main` is as it was. Run the command again"
        )
    api.merge_pull_request(repository, number, repo_type="dataset")
    return plan


def _refuse_to_bring_back(
    api: Any, repository: str, release: Release, there: Mapping[str, str]
) -> None:
    """An older copy of a release does not undo a takedown."""
    if TOMBSTONES not in there:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in (TOMBSTONES, REMOVALS):
            api.hf_hub_download(repository, name, repo_type="dataset", local_dir=folder)
        published = Takedown.read(Files(folder))
    own = {
        (tombstone.kind, tombstone.digest) for tombstone in Takedown.read(release.files).tombstones
    }
    missing = sum(
        (tombstone.kind, tombstone.digest) not in own for tombstone in published.tombstones
    )
    if missing:
        raise ReleaseError(
            f"{repository} took {missing} sources, people or clips back of which {release.root!r} "
            "knows nothing: publishing it would bring them back. Copy the folder takedown/ from "
            "there into it and run `speakervid5m retract` on it; nothing was sent"
        )


def _pull_request(api: Any, repository: str, release: Release) -> int:
    """The one that an earlier run of this very release began, or a new one."""
    digest = hashlib.sha256(release.manifest.to_json().encode()).hexdigest()
    title = f"Release sha256:{digest[:24]}"
    found = api.get_repo_discussions(
        repository, discussion_type="pull_request", repo_type="dataset"
    )
    for one in found:
        if one.title == title and one.status in ("draft", "open"):
            return int(one.num)
    said = "Sent by `speakervid5m publish`; merged by it when every checksum is right."
    made = api.create_pull_request(repository, title, description=said, repo_type="dataset")
    api.change_discussion_status(repository, made.num, "open", repo_type="dataset")
    return int(made.num)


def _commits(release: Release, plan: PublishPlan) -> Iterator[Sequence[Any]]:
    """What is to be sent, in commits; card and manifest in the last one."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    last = {MANIFEST, "README.md"}
    names = sorted(plan.send, key=lambda name: (name in last, name))
    group: list[Any] = [CommitOperationDelete(path_in_repo=name) for name in plan.delete]
    size = 0
    for name in names:
        full = len(group) >= _COMMIT_FILES or size + plan.send[name] > _COMMIT_BYTES
        if group and full:
            yield group
            group, size = [], 0
        path = Path(release.root) / name
        group.append(CommitOperationAdd(path_in_repo=name, path_or_fileobj=path))
        size += plan.send[name]
    if group:
        yield group
