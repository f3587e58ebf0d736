"""`croissant.json`: release and statistics in; MLCommons' JSON-LD with responsible-AI fields out.

Written by hand and validated with `mlcroissant` in the tests: the format is small, and that
package brings pandas.
"""

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ...records import CONFIGS, Column, columns_of
from ...release import Publication, Release, people_of, title_of
from ..content.card_content import repository_of
from ..content.escaping import plain
from ..content.fields import meaning_of
from ..statistics.release_statistics import Statistics

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_CITE = (
    "@inproceedings{zhang2026speakervid5m, title={SpeakerVid-5M: A Large-Scale High-Quality "
    "Dataset for Audio-Visual Dyadic Interactive Human Generation}, author={Zhang, Youliang and "
    "others}, booktitle={ICLR}, year={2026}, note={arXiv:2507.09862}}"
)
_RAI = {
    "rai:dataAnnotationProtocol": "All annotations are made by models; none by people. Thresholds "
    "and assumptions are in manifest.json and in README.md, Curation.",
    "rai:annotatorDemographics": ["No human annotators."],
    "rai:dataLimitations": [
        "Static boxes; overlapping speech is muted; models err; pairs follow from rules.",
    ],
    "rai:dataUseCases": [
        "Non-commercial research on audio-visual conversation: generation and understanding.",
        "Not for impersonation, identification, surveillance, or decisions about people.",
    ],
    "rai:dataSocialImpact": "May help machines to talk to people face to face; may help to fake "
    "people. Access is gated, and removal is on request.",
    "rai:dataReleaseMaintenancePlan": "The publisher removes people on request; "
    "TAKEDOWN.md lists the takedowns.",
}


def _collection(publication: Publication) -> dict[str, Any]:
    how = "models detected, told apart, cropped and transcribed the people."
    if publication.consent == "synthetic":
        return {
            "rai:dataCollection": f"Rendered videos of conversations; {how}",
            "rai:dataCollectionType": ["Experiments"],
        }
    return {
        "rai:dataCollection": f"Public videos of conversations, chosen by hand; {how}",
        "rai:dataCollectionType": ["Web Scraping", "Secondary Data Analysis"],
    }


def croissant(release: Release, statistics: Statistics) -> str:
    """The JSON-LD of a release."""
    facts = release.manifest.facts
    url = f"https://huggingface.co/datasets/{repository_of(facts)}"
    value: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": title_of(facts.origin, facts.publication),
        "description": "People talking to each other: clips, dialogue pairs, listeners and "
        "multi-turn runs with clean speech, transcripts and scores.",
        "url": url,
        "license": f"{url}/blob/main/LICENSE.md",
        "version": f"{release.manifest.schema_version}.0",
        "citeAs": _CITE,
        "isLiveDataset": False,
        **_RAI,
        **_collection(facts.publication),
        "rai:personalSensitiveInformation": [
            f"{people_of(facts.publication)}.",
            "Transcripts may hold names, places and opinions.",
        ],
        "rai:dataBiases": _biases(statistics),
        "distribution": [_repository(url), *(_file_set(name) for name in release.configs)],
        "recordSet": [_record_set(name) for name in release.configs],
    }
    return json.dumps(value, indent=1, ensure_ascii=True) + "\n"


def _biases(statistics: Statistics) -> list[str]:
    biases = ["Age, gender and origin of the people were not measured."]
    for name in ("language", "human_body"):
        counts: Mapping[str, int] = statistics.clips.categories.get(name, {})
        total = sum(counts.values())
        if total:
            shares = [f"{plain(value, 40)} {100 * n / total:.1f} %" for value, n in counts.items()]
            biases.append(f"{name.replace('_', ' ')} of the clips: {', '.join(shares[:5])}")
    return biases


def _repository(url: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": "repository",
        "name": "repository",
        "description": "The repository that holds this file.",
        "contentUrl": url,
        "encodingFormat": "git+https",
        "sha256": "https://github.com/mlcommons/croissant/issues/80",
    }


def _file_set(name: str) -> dict[str, Any]:
    config = CONFIGS[name]
    return {
        "@type": "cr:FileSet",
        "@id": f"shards-{name}",
        "name": f"shards-{name}",
        "containedIn": {"@id": "repository"},
        "encodingFormat": "application/x-parquet",
        "includes": f"{config.folder}/{config.split}-*.parquet",
    }


def _record_set(name: str) -> dict[str, Any]:
    config = CONFIGS[name]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": config.description,
        "key": {"@id": f"{name}/sample_id"},
        "field": [
            _field(name, column, meaning_of(config.branch, column))
            for column in columns_of(config.branch)
        ],
    }


def _field(name: str, column: Column, meaning: str) -> dict[str, Any]:
    repeated = pa.types.is_list(column.type)
    return {
        "@type": "cr:Field",
        "@id": f"{name}/{column.name}",
        "name": column.name,
        "description": meaning,
        "dataType": _data_type(column),
        **({"repeated": True} if repeated else {}),
        "source": {"fileSet": {"@id": f"shards-{name}"}, "extract": {"column": column.name}},
    }


def _data_type(column: Column) -> str:
    if column.medium is not None:
        return {"video": "sc:VideoObject", "audio": "sc:AudioObject"}.get(column.medium, "sc:Text")
    kind = column.type.value_type if pa.types.is_list(column.type) else column.type
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
