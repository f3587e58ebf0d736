"""`speakervid5m publish`: uploads a whole release to a Hub, by default private and gated."""

import shlex
from typing import Annotated

import typer

from speakervid5m.records import readable_size
from speakervid5m.release import public_text

from ..terminal.arguments import ReleaseFolder, argument, flag
from ..terminal.exit_codes import DONE

app = typer.Typer()
_SHOWN = 20


@app.command("publish")
def run_publish(
    release: ReleaseFolder,
    repository: Annotated[str, argument("ORG/NAME", "the repository of datasets on the Hub")],
    dry_run: Annotated[
        bool, flag("--dry-run", "print what would be uploaded, and its size")
    ] = False,
    public: Annotated[bool, flag("--public", "make a new repository public")] = False,
    not_gated: Annotated[bool, flag("--not-gated", "do not require access requests")] = False,
    i_hold_the_rights: Annotated[
        bool,
        flag(
            "--i-hold-the-rights", "confirm that you may publish the media of an official release"
        ),
    ] = False,
    erase_old: Annotated[
        bool,
        flag(
            "--erase-old",
            "afterwards delete for good what only earlier states hold; cannot be undone",
        ),
    ] = False,
) -> int:
    """Uploads a whole release to a Hub, by default private and gated."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # whichever it uses

    from speakervid5m.cards.hub import (
        OldFiles,
        check_release,
        check_repository,
        erase,
        list_remote_files,
        old_files,
        plan_publishing,
        publish,
        with_repository,
    )

    # The cheap check comes first: the next one reads the whole release.
    check_repository(repository)
    checked = check_release(release, i_hold_the_rights=i_hold_the_rights)
    api = HfApi()
    old = OldFiles(files=())
    try:
        if dry_run:
            exists = api.repo_exists(repository, repo_type="dataset")
            plan = plan_publishing(
                checked, list_remote_files(api, repository, "main") if exists else {}
            )
            if checked.manifest.facts.repository != repository:
                print("the cards would first be rewritten with the repository's name")
            if erase_old and exists:
                old = old_files(repository, api)
        else:
            api.whoami()
            plan = publish(
                with_repository(checked, repository),
                repository,
                api,
                private=not public,
                gated=not not_gated,
            )
            if erase_old:
                old = old_files(repository, api)
                erase(repository, api, old)
    except LocalTokenNotFoundError as error:
        raise ValueError("no token: run `hf auth login`, or set HF_TOKEN; nothing sent") from error
    except (HfHubHTTPError, httpx.HTTPError, RuntimeError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, HfHubHTTPError) else error
        status = cause.response.status_code if isinstance(cause, HfHubHTTPError) else None
        reasons = {401: "the token is not accepted", 403: "the token may not write there"}
        # The client's errors may contain signed upload URLs.
        reason = reasons.get(status or 0) or public_text(str(error)).partition("\n")[0]
        raise ValueError(
            f"the upload stopped: {reason}. `main` is unchanged; run the command again to continue "
            "where it stopped"
        ) from error
    for name, num_bytes in list(plan.send.items())[:_SHOWN]:
        print(f"  {readable_size(num_bytes):>9}  {name}")
    if len(plan.send) > _SHOWN:
        print(f"  and {len(plan.send) - _SHOWN} more")
    for name in plan.delete:
        print(f"    deleted  {name}")
    print(
        f"{readable_size(plan.num_bytes)} in {len(plan.send)} files"
        f"{' would be sent' if dry_run else ' sent'}, {len(plan.delete)} deleted, "
        f"{plan.num_unchanged} unchanged"
    )
    if erase_old:
        print(
            f"{readable_size(old.num_bytes)} in {len(old.files)} files of earlier states"
            f"{' would be' if dry_run else ''} deleted for good"
            f"{' (and those that this upload replaces)' if dry_run else ''}"
        )
    plain_command = shlex.join(["hf", "upload", repository, str(release), "."])
    print(
        "for comparison, the plain upload, which does not verify the release, shows it half "
        f"uploaded meanwhile, and deletes nothing:\n  {plain_command} --repo-type dataset "
        '--exclude "*.py"\n(`huggingface-cli upload` in hubs before 1.0)'
    )
    return DONE
