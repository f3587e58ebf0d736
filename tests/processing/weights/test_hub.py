"""Weights from a local server that speaks as much of the Hub as they need."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from tests.fake_hub import Repository, fake_hub
from tests.processing.weights.made_packages import CONTENT

_COMMIT = "c" * 40
_FETCH = """
import json, sys
from pathlib import Path
from speakervid5m.processing import Weights, fetch_weights, check_weights
from speakervid5m.processing.weights.sources import HubFiles
from tests.processing.weights.made_packages import weights
place, settings = Path(sys.argv[1]), json.loads(sys.argv[2])
holds = tuple(settings.pop("holds", ()))
digest = settings.pop("sha256", None)
settings["paths"] = tuple(settings["paths"])
file = settings.pop("file")
source = HubFiles(**settings)
made = weights("model", file=file, source=source, holds=holds, sha256=digest)
try:
    done = fetch_weights([made], place)
except OSError as error:
    print(json.dumps([str(error), "", ""]))
else:
    (state,) = (state for _, state in check_weights([made], place))
    print(json.dumps(["", done.get(file).revision if done else "", state]))
"""


def fetched(endpoint: str, place: Path, **settings: object) -> list[str]:
    """The error, the commit, and the state; in a process that knows this Hub alone."""
    shared = {"repository": "made/model", "revision": None, "paths": ["model.bin"]}
    done = subprocess.run(
        [sys.executable, "-c", _FETCH, str(place), json.dumps(shared | settings)],
        env=os.environ
        | {"HF_ENDPOINT": endpoint, "HF_HOME": str(place.parent), "HF_HUB_DISABLE_XET": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    told: list[str] = json.loads(done.stdout.splitlines()[-1])
    return told


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_pinned_file_a_folder_and_an_unpinned_one(place: Path) -> None:
    digest = sha256(CONTENT).hexdigest()
    with fake_hub() as hub:
        hub.repositories["made/model"] = Repository(
            revisions={
                "main": {"model.bin": (b"newer", True), "vae/config.json": (b"{}", False),
                         "vae/x.safetensors": (b"x", True), "vae/x.msgpack": (b"y", True)},
                _COMMIT: {"model.bin": (CONTENT, True)},
            }
        )  # fmt: skip
        pinned = {"file": "a.bin", "revision": _COMMIT, "sha256": digest}
        assert fetched(hub.endpoint, place, **pinned) == ["", _COMMIT, "whole"]
        assert (place / "a.bin").read_bytes() == CONTENT
        # The newest is not what the table says.
        error, _, _ = fetched(hub.endpoint, place, file="b.bin", sha256=digest)
        assert "gave another file than the table of weights says" in error
        assert not (place / "b.bin").exists()
        error, commit, state = fetched(hub.endpoint, place, file="c.bin")
        assert (error, state) == ("", "as fetched") and len(commit) == 40
        noted = json.loads((place / ".fetched.json").read_text())["c.bin"]
        assert noted["revision"] == commit
        assert noted["sha256"] == sha256(b"newer").hexdigest()
        folder = {"file": "vae", "below": "vae", "paths": ["*.json", "*.safetensors"],
                  "holds": ["config.json", "*.safetensors"]}  # fmt: skip
        assert fetched(hub.endpoint, place, **folder)[2] == "as fetched"
        assert names(place / "vae") == {"config.json", "x.safetensors"}
        error, _, _ = fetched(hub.endpoint, place, file="d.bin", paths=["none.bin"])
        assert "holds none of none.bin" in error
        error, _, _ = fetched(hub.endpoint, place, file="e.bin", repository="made/none")
        assert "has no made/none" in error


def test_without_a_hub_the_address_is_named(place: Path) -> None:
    error, _, _ = fetched("http://127.0.0.1:9", place, file="a.bin")
    assert "a.bin (7.0 kB, MIT, trained on made faces) is not there" in error
    assert "http://127.0.0.1:9 does not give made/model" in error
    assert "weights get a.bin" in error
    assert names(place) <= {".fetching/lock", ".fetching/lock.holder"}


def test_a_fetch_goes_on_after_the_hub_was_gone(place: Path) -> None:
    with fake_hub() as hub:
        hub.repositories["made/model"] = Repository(
            revisions={"main": {"a.bin": (CONTENT, True), "b.bin": (CONTENT * 2, True)}}
        )
        wanted = {"file": "model", "paths": ["*.bin"], "holds": ["a.bin", "b.bin"]}
        kept = place / ".fetching" / "model"
        hub.gone.add("b.bin")
        error, _, _ = fetched(hub.endpoint, place, **wanted)
        assert "does not give made/model" in error
        assert not (place / "model").exists() and (kept / "a.bin").read_bytes() == CONTENT
        hub.gone.clear()
        hub.log.clear()
        assert fetched(hub.endpoint, place, **wanted)[2] == "as fetched"
        assert [line for line in hub.log if line.startswith("GET") and line.endswith("a.bin")] == []
        assert names(place / "model") == {"a.bin", "b.bin"}
