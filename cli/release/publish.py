"""`speakervid5m publish`: a whole release to a Hub, private and gated unless said otherwise."""

import argparse
import shlex

from speakervid5m.release import public_text

from ..terminal.arguments import local_path
from ..terminal.progress_display import size

DONE, FAILED = 0, 1
_SHOWN = 20


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    parser = commands.add_parser("publish", help="release -> Hub", description=__doc__)
    parser.set_defaults(run=run)
    parser.add_argument("release", type=local_path)
    parser.add_argument("repository", metavar="ORG/NAME")
    parser.add_argument("--dry-run", action="store_true", help="say what would go, and how big")
    parser.add_argument("--public", action="store_true", help="a new repository is not private")
    parser.add_argument("--not-gated", action="store_true", help="nobody has to ask for access")
    parser.add_argument(
        "--i-hold-the-rights", action="store_true", help="to the media of an official release"
    )
    parser.add_argument(
        "--erase-old",
        action="store_true",
        help="afterwards delete for good what only earlier states hold; not to be undone",
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

    # What costs nothing comes first: the release is read whole.
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
                print("the cards would be written anew first, with the repository's name")
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
        what = {401: "the token is not accepted", 403: "the token may not write there"}
        # Addresses that a Hub signs for an upload are in the errors of its client.
        said = what.get(status or 0) or public_text(str(error)).partition("\n")[0]
        raise ValueError(
            f"the upload stopped: {said}. `main` is as it was; run the command again to go on "
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
    plain = shlex.join(["hf", "upload", options.repository, str(options.release), "."])
    print(
        "the plain way, which sends a release without asking whether it is whole, shows half of "
        f"it meanwhile and deletes nothing:\n  {plain} --repo-type dataset "
        '--exclude "*.py"\n(`huggingface-cli upload` in hubs before 1.0)'
    )
    return DONE
