"""Publishing: a whole release to a Hub, through one pull request, or not at all.

    verified release -> files that differ -> commits to the pull request, the manifest last
    -> remote checksums compared -> merged

So `main` never shows a partial release; an interrupted upload goes on in the same pull request.
"""

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...records import Listener, Progress, silent
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
"""Limits of one commit (ours: committed files need not be sent again)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishPlan:
    """What differs between a release and a repository."""

    send: Mapping[str, int]
    """File to bytes: new or changed."""
    delete: tuple[str, ...]
    """Files that the release no longer has."""
    num_unchanged: int
    """Files that are the same in both."""

    @property
    def num_bytes(self) -> int:
        """Bytes to send."""
        return sum(self.send.values())


def check_repository(name: str) -> None:
    """Checks the name of a repository, before anything is read or sent.

    Raises:
        ValueError: not a valid name; says what the rule is.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        # Not every version of the hub's own check limits names to ASCII.
        is_valid = _REPOSITORY.fullmatch(name) is not None
        validate_repo_id(name)
    except HFValidationError:
        is_valid = False
    if not is_valid:
        raise ValueError(
            f"a repository is ORG/NAME, each of letters, digits and -_. that neither begin nor end "
            f"with - or ., without -- and .., at most 96 characters, and not ending in .git; got "
            f"{public_text(name)!r}. Nothing was sent"
        )


def check_release(root: Path, *, i_hold_the_rights: bool) -> Release:
    """Opens a release that may be published.

    Raises:
        ReleaseError: it is damaged, holds a file that the manifest does not list, or holds media
            of official origin and `i_hold_the_rights` is false.
    """
    report = verify(str(root), decode=False)
    if not report.ok:
        first = report.problems[0]
        raise ReleaseError(
            f"{str(root)!r} is damaged ({len(report.problems)} problems; {first.where}: "
            f"{first.what}); nothing was sent. `speakervid5m verify` lists all"
        )
    release = open_release(str(root))
    facts = release.manifest.facts
    others = facts.origin == "official" and facts.publication.consent != "synthetic"
    if others and facts.with_media and not i_hold_the_rights:
        raise ReleaseError(
            f"{str(root)!r} holds video and voices from other people's videos; the published "
            "annotations give you no licence to these. Publish a release without media "
            "(`speakervid5m import --no-media`), or pass --i-hold-the-rights if you do"
        )
    return release


def with_repository(release: Release, repository: str) -> Release:
    """Rewrites the cards if they name another repository; returns the release.

    Raises:
        ReleaseError: another process writes the release.
        ValueError: not a valid name of a repository.
    """
    check_repository(repository)
    if release.manifest.facts.repository == repository:
        return release
    # Imported late: a release that already names its repository needs no drawing libraries.
    from ..documents.writing import write_documents

    rewrite_documents(Path(release.root), write_documents, repository=repository)
    return open_release(release.root)


def plan_publishing(release: Release, remote_files: Mapping[str, str]) -> PublishPlan:
    """Compares a release with a repository.

    Args:
        release: a local one.
        remote_files: file to its sha256, or to `git:` and the id of its blob.
    """
    root = Path(release.root)
    names = [*release.manifest.files, MANIFEST]
    send = {
        name: (root / name).stat().st_size
        for name in names
        if not _same(root, name, remote_files.get(name))
    }
    removed = sorted(set(remote_files) - set(names) - {".gitattributes"})
    return PublishPlan(send=send, delete=tuple(removed), num_unchanged=len(names) - len(send))


def _same(root: Path, name: str, remote_digest: str | None) -> bool:
    if remote_digest is None:
        return False
    if remote_digest.startswith("git:"):
        data = (root / name).read_bytes()
        blob = b"blob %d\0" % len(data) + data
        return remote_digest == "git:" + hashlib.sha1(blob).hexdigest()
    return remote_digest == sha256_of(root / name)


def list_remote_files(api: Any, repository: str, revision: str) -> dict[str, str]:
    """Every file of a repository with its digest on the Hub."""
    from huggingface_hub.hf_api import RepoFile

    tree = api.list_repo_tree(repository, recursive=True, revision=revision, repo_type="dataset")
    return {
        file.path: file.lfs.sha256 if file.lfs else f"git:{file.blob_id}"
        for file in tree
        if isinstance(file, RepoFile)
    }


def publish(
    release: Release,
    repository: str,
    api: Any,
    *,
    private: bool = True,
    gated: bool = True,
    progress: Listener = silent,
) -> PublishPlan:
    """Sends what differs to a pull request, checks it there, and merges it.

    Args:
        release: as `check_release` returns it.
        repository: `org/name`.
        api: a `huggingface_hub.HfApi`.
        private: whether a new repository is private.
        gated: whether people must request access to a new repository.
        progress: called for every commit.

    Raises:
        ReleaseError: the pull request differs from the release afterwards; or publishing would
            undo a takedown.
    """
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        remote_files = list_remote_files(api, repository, "main")
    except RepositoryNotFoundError:
        api.create_repo(repository, repo_type="dataset", private=private)
        remote_files = list_remote_files(api, repository, "main")
    if gated and MANIFEST not in remote_files:
        # Not only at creation: a run that was interrupted in between left it open.
        api.update_repo_settings(repository, gated="manual", repo_type="dataset")
    _refuse_to_undo_takedown(api, repository, release, remote_files)
    plan = plan_publishing(release, remote_files)
    if not plan.send and not plan.delete:
        return plan
    number = _pull_request(api, repository, release)
    revision = f"refs/pr/{number}"
    remaining = plan_publishing(release, list_remote_files(api, repository, revision))
    done = 0
    for operations in _commits(release, remaining):
        name = operations[0].path_in_repo
        progress(Progress("publish", done, len(remaining.send), "files", name))
        api.create_commit(
            repository,
            operations,
            commit_message=f"Release, files {done + 1} to {done + len(operations)}",
            repo_type="dataset",
            revision=revision,
        )
        done += len(operations)
    differences = plan_publishing(release, list_remote_files(api, repository, revision))
    if differences.send or differences.delete:
        names = [*differences.send, *differences.delete]
        raise ReleaseError(
            f"{repository} {revision} is not the release ({', '.join(names[:3])}); it was not "
            "merged, and `main` is as it was. Run the command again"
        )
    api.merge_pull_request(repository, number, repo_type="dataset")
    return plan


def _refuse_to_undo_takedown(
    api: Any, repository: str, release: Release, remote_files: Mapping[str, str]
) -> None:
    """Refuses an older copy of a release, which would undo a takedown."""
    if TOMBSTONES not in remote_files:
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
            f"{repository} retracted {missing} sources, people or clips that {release.root!r} "
            "still holds: publishing it would bring them back. Copy the folder takedown/ from the "
            "repository into it and run `speakervid5m retract` on it; nothing was sent"
        )


def _pull_request(api: Any, repository: str, release: Release) -> int:
    """The pull request that an earlier run began for this release, or a new one."""
    digest = hashlib.sha256(release.manifest.to_json().encode()).hexdigest()
    title = f"Release sha256:{digest[:24]}"
    discussions = api.get_repo_discussions(
        repository, discussion_type="pull_request", repo_type="dataset"
    )
    for pull_request in discussions:
        if pull_request.title == title and pull_request.status in ("draft", "open"):
            return int(pull_request.num)
    description = "Sent by `speakervid5m publish`; merged by it when every checksum is right."
    created = api.create_pull_request(
        repository, title, description=description, repo_type="dataset"
    )
    api.change_discussion_status(repository, created.num, "open", repo_type="dataset")
    return int(created.num)


def _commits(release: Release, plan: PublishPlan) -> Iterator[Sequence[Any]]:
    """Files to send, in commits; card and manifest in the last one."""
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
