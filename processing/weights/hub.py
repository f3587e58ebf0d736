"""Files of a repository on the Hub into a folder; huggingface_hub goes on where it stopped.

The revision of the table, or the newest one, is resolved to a commit first: the files are of one
commit, and a later run that finds another one begins again.
"""

import os
import shutil
from pathlib import Path

from ...records import first_line
from .packages import CannotFetch
from .sources import HubFiles

_STATE = ".cache"
"""What huggingface_hub keeps in the folder to go on."""


def fetch_from_hub(source: HubFiles, into: Path) -> str:
    """Fetches the files of a repository; returns the commit that they are of.

    Args:
        source: repository, revision and files.
        into: a folder for these files alone; what an earlier run has fetched there is kept.

    Raises:
        CannotFetch: no network, no such repository, revision or file, or no permission.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    # Its base of errors of the connection: httpx's or httpx2's, by its version.
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # isort: skip

    patterns = [f"{source.below}/{path}" if source.below else path for path in source.paths]
    try:
        # One question first: without a network, a download would ask for half a minute.
        commit = HfApi().model_info(source.repository, revision=source.revision).sha
        if not commit:
            raise CannotFetch(f"the Hub names no commit of {source.repository}")
        snapshot_download(
            source.repository, revision=commit, allow_patterns=patterns, local_dir=into
        )
    except GatedRepoError as error:
        raise CannotFetch(
            f"{source.repository} is gated: accept its form on the Hub, then `hf auth login`"
        ) from error
    except RepositoryNotFoundError as error:
        raise CannotFetch(f"the Hub has no {source.repository} for you") from error
    except (HTTPError, OSError) as error:
        address = os.environ.get("HF_ENDPOINT") or "the Hub"
        said = first_line(error)
        raise CannotFetch(f"{address} does not give {source.repository}: {said}") from error
    return commit


def files_of_snapshot(source: HubFiles, into: Path) -> Path:
    """The folder of the fetched files alone, without what huggingface_hub needs to go on.

    Raises:
        CannotFetch: the repository holds none of the files.
    """
    shutil.rmtree(into / _STATE, ignore_errors=True)
    folder = into / source.below
    if not folder.is_dir() or not any(path.is_file() for path in folder.rglob("*")):
        raise CannotFetch(f"{source.repository} holds none of {', '.join(source.paths)}")
    return folder
