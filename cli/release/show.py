"""`speakervid5m info` and `show`: a release in; what it holds, or one of its samples, out."""

import io
import json
import tempfile
import webbrowser
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import soundfile
import typer

from speakervid5m.records import (
    CONFIGS,
    Sample,
    columns_of,
    own_command,
    readable_size,
    to_row,
)
from speakervid5m.release import Release, Samples, nearest, open_release

from ..terminal.arguments import ReleaseAddress, argument, flag, folder_path, option, typed_address
from ..terminal.formatting import table
from ..terminal.result import Result, Section

app = typer.Typer()
_SUFFIXES = {"video": "mp4", "audio": "wav", "pose": "npy"}


@app.command("info")
def run_info(release: ReleaseAddress) -> Result:
    """Prints what a release holds: configs, hours, bytes, models, features."""
    opened = open_release(release)
    facts = _facts(opened)
    next_commands = []
    if opened.configs:
        next_commands = [own_command("show", typed_address(release), opened.configs[0], "0")]
    return Result(
        sections=[Section(values=facts, lines=_info_lines(opened, facts))], next=next_commands
    )


def _info_lines(opened: Release, facts: Mapping[str, object]) -> Iterator[str]:
    yield f"{opened.safe_root}: {facts['origin']} origin, format {facts['schema_version']}"
    rows = [
        (
            name,
            len(opened[name]),
            entry.num_sources,
            f"{entry.clip_seconds / 3600:.3f}",
            readable_size(entry.num_media_bytes),
        )
        for name, entry in opened.manifest.configs.items()
    ]
    yield table(("config", "samples", "conversations", "hours of clips", "media"), rows)
    for name, why in sorted(opened.manifest.facts.empty_configs.items()):
        yield f"  {name} is empty: {why}"
    for title in ("repository", "models", "features"):
        if value := facts[title]:
            yield f"{title}: {', '.join(value) if isinstance(value, list) else value}"
    if pending := facts["num_pending"]:
        yield f"{pending} rows are retracted and still stored: run `speakervid5m retract`"


@app.command("show")
def run_show(
    release: ReleaseAddress,
    config: Annotated[str, argument("CONFIG", "such as dialogue_sft", names=CONFIGS)],
    sample: Annotated[str, argument("SAMPLE", "row number from 0, or a sample id")] = "0",
    extract: Annotated[
        Path | None,
        option("FOLDER", "write the sample's mp4, wav and json files there", parser=folder_path),
    ] = None,
    play: Annotated[bool, flag("--play", "open the sample in a web browser")] = False,
) -> Result:
    """Prints one sample; plays it, or writes its files."""
    opened = open_release(release)
    samples = opened[config]
    number = _number(samples, sample)
    record = samples[number]
    lines, files = [str(record)], list[Path]()
    if extract is not None:
        files = list(_extracted(samples, number, record, extract))
        lines += [f"wrote {path}" for path in files]
    if play:
        # Not in the release, whose files are listed; it holds the media themselves.
        page = Path(tempfile.mkdtemp(prefix="speakervid5m-")) / f"{record.sample_id}.html"
        page.write_text(f"<!doctype html><meta charset=utf-8>{samples.show(number)._repr_html_()}")
        is_open = webbrowser.open(page.as_uri())
        lines.append(f"{'playing' if is_open else 'no browser here: open'} {page}")
    words = ("show", typed_address(release), config)
    following = [own_command(*words, str(number + 1))] if number + 1 < len(samples) else []
    if not play and extract is None:
        following = [own_command(*words, str(number), "--play"), *following]
    return Result(
        sections=[
            Section(values={"row": number, "sample": to_row(record), "files": files}, lines=lines)
        ],
        out=extract,
        next=following,
    )


def _facts(release: Release) -> dict[str, object]:
    manifest = release.manifest
    models = {
        f"{stage} by {model['name']}"
        for backends in manifest.facts.backends.values()
        if isinstance(backends, dict)
        for measured in backends.values()
        if isinstance(measured, dict)
        for stage, model in measured.items()
        if isinstance(model, dict) and "name" in model
    }
    return {
        "root": release.safe_root,
        "origin": manifest.facts.origin,
        "schema_version": manifest.schema_version,
        "with_media": manifest.facts.with_media,
        "repository": manifest.facts.repository,
        "configs": {name: asdict(entry) for name, entry in manifest.configs.items()},
        "empty_configs": dict(manifest.facts.empty_configs),
        "models": sorted(models),
        "features": sorted(manifest.facts.features),
        "num_pending": sum(len(rows) for rows in release.pending.values()),
        "num_files": len(manifest.files),
        "num_bytes": sum(entry.num_bytes for entry in manifest.files.values()),
    }


def _number(samples: Samples, text: str) -> int:
    """The row of a number or an id."""
    if text.isascii() and text.isdecimal() and len(text) < 24:
        if int(text) < len(samples):
            return int(text)
        raise ValueError(
            f"{samples.config.name} has {len(samples)} samples: give a row from 0 to "
            f"{len(samples) - 1}, got {text}"
        )
    ids: list[str] = samples.table(["sample_id"])["sample_id"].to_pylist()
    if text in ids:
        return ids.index(text)
    raise ValueError(
        f"no sample {text!r} in {samples.config.name}; the nearest are "
        f"{', '.join(nearest(text, ids))}"
    )


def _extracted(samples: Samples, number: int, record: Sample, folder: Path) -> Iterator[Path]:
    """Writes the files of a sample: annotations as JSON, video as stored, audio as wav."""
    folder.mkdir(parents=True, exist_ok=True)
    annotations = folder / f"{record.sample_id}.json"
    annotations.write_text(json.dumps(to_row(record), ensure_ascii=False, indent=1), "utf-8")
    yield annotations
    for column in columns_of(CONFIGS[samples.config.name].branch):
        if column.medium not in _SUFFIXES:
            continue
        media = samples.media(number, column.name)
        cells = media if isinstance(media, list) else [media]
        role = column.name.rpartition("_")[0]
        for turn, data in enumerate(cells):
            if data is None:
                continue
            label = f"turn{turn + 1}" if isinstance(media, list) else role or "clip"
            path = folder / f"{record.sample_id}.{label}.{_SUFFIXES[column.medium]}"
            if column.medium == "audio":
                waveform, rate = soundfile.read(io.BytesIO(data), dtype="int16")
                soundfile.write(path, waveform, rate, subtype="PCM_16")
            else:
                path.write_bytes(data)
            yield path
