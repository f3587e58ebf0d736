"""`speakervid5m publish`: uploads a whole release to a Hub, by default private and gated."""

import argparse
import shlex

from speakervid5m.release import public_text

from ..terminal.arguments import local_path
from ..terminal.exit_codes import DONE
from ..terminal.formatting import size

_SHOWN = 20


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "publish", help="upload a release to a Hub, private and gated", description=__doc__
    )
    parser.set_defaults(run=run)
    parser.add_argument("release", type=local_path)
    parser.add_argument("repository", metavar="ORG/NAME")
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be uploaded, and its size"
    )
    parser.add_argument("--public", action="store_true", help="make a new repository public")
    parser.add_argument("--not-gated", action="store_true", help="do not require access requests")
    parser.add_argument(
        "--i-hold-the-rights",
        action="store_true",
        help="confirm that you may publish the media of an official release",
    )
    parser.add_argument(
        "--erase-old",
        action="store_true",
        help="afterwards delete for good what only earlier states hold; cannot be undone",
    )


def run(options: argparse.Namespace) -> int:
    """Runs the command; returns its exit status."""
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
    check_repository(options.repository)
    release = check_release(options.release, i_hold_the_rights=options.i_hold_the_rights)
    api = HfApi()
    old = OldFiles(files=())
    try:
        if options.dry_run:
            exists = api.repo_exists(options.repository, repo_type="dataset")
            plan = plan_publishing(
                release, list_remote_files(api, options.repository, "main") if exists else {}
            )
            if release.manifest.facts.repository != options.repository:
                print("the cards would first be rewritten with the repository's name")
            if options.erase_old and exists:
                old = old_files(options.repository, api)
        else:
            api.whoami()
            plan = publish(
                with_repository(release, options.repository),
                options.repository,
                api,
                private=not options.public,
                gated=not options.not_gated,
            )
            if options.erase_old:
                old = old_files(options.repository, api)
                erase(options.repository, api, old)
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
        print(f"  {size(num_bytes):>9}  {name}")
    if len(plan.send) > _SHOWN:
        print(f"  and {len(plan.send) - _SHOWN} more")
    for name in plan.delete:
        print(f"    deleted  {name}")
    print(
        f"{size(plan.num_bytes)} in {len(plan.send)} files"
        f"{' would be sent' if options.dry_run else ' sent'}, {len(plan.delete)} deleted, "
        f"{plan.num_unchanged} unchanged"
    )
    if options.erase_old:
        print(
            f"{size(old.num_bytes)} in {len(old.files)} files of earlier states"
            f"{' would be' if options.dry_run else ''} deleted for good"
            f"{' (and those that this upload replaces)' if options.dry_run else ''}"
        )
    plain_command = shlex.join(["hf", "upload", options.repository, str(options.release), "."])
    print(
        "for comparison, the plain upload, which does not verify the release, shows it half "
        f"uploaded meanwhile, and deletes nothing:\n  {plain_command} --repo-type dataset "
        '--exclude "*.py"\n(`huggingface-cli upload` in hubs before 1.0)'
    )
    return DONE
