"""`anno`: one JSON a clip in, the structured caption out. The keys are not published.

The names on the paper's figure are known, and those that one consumer's code expects; all of them
are accepted, in any case, with spaces or underscores.
"""

from typing import Any

from ..dump.problems import UnknownShape
from ..untrusted_json.values import Object, Repairs, by_plain_key, words
from .scores import score

_MAX_ENTITIES = 100

_NAMES: dict[str, tuple[str, ...]] = {
    "motion": ("motion_caption", "motion_cap", "movement_caption", "motion"),
    "expression": ("expression_caption", "expression_cap", "expression"),
    "camera_movement": ("camera_movement", "camera"),
    "topic": ("topic",),
    "entities": ("entities_list", "entities", "entity_list"),
    "human_body": ("human_body", "body_view", "framing"),
    "facing": ("facing", "facing_direction", "orientation"),
    "motion_degree": ("motion_degree", "motion_score", "activity_level"),
}

_BODIES = {
    "full": "full",
    "full_body": "full",
    "portrait": "portrait",
    "half": "portrait",
    "half_body": "portrait",
    "upper_body": "portrait",
    "head": "head",
    "head_only": "head",
    "face": "head",
}
_FACINGS = {"front": "front", "frontal": "front", "side": "side", "profile": "side"}


def read_captions(values: Object, repairs: Repairs) -> dict[str, Any]:
    """The structured caption.

    Raises:
        UnknownShape: the record has none of the known keys.
    """
    plain = by_plain_key(values)
    for wrapper in ("caption", "annotation", "result"):
        inner = plain.get(wrapper)
        if isinstance(inner, dict):
            plain = by_plain_key(inner)
    if not any(name in plain for names in _NAMES.values() for name in names):
        raise UnknownShape(values, "captions")
    texts = {
        field: words(plain, repairs, *_NAMES[field])
        for field in ("motion", "expression", "camera_movement", "topic")
    }
    return texts | {
        "entities": _entities(plain, repairs),
        "human_body": _choice(plain, "human_body", _BODIES, repairs),
        "facing": _choice(plain, "facing", _FACINGS, repairs),
        "motion_degree": score(plain, repairs, *_NAMES["motion_degree"]),
    }


def _entities(plain: Object, repairs: Repairs) -> list[str]:
    named = (plain[name] for name in _NAMES["entities"] if plain.get(name) is not None)
    value: Any = next(named, [])
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        repairs["unread_entities"] += 1
        return []
    if len(value) > _MAX_ENTITIES:
        repairs["entities_cut_off"] += 1
    entities = (words({"entity": entity}, repairs, "entity") for entity in value[:_MAX_ENTITIES])
    return [entity for entity in entities if entity]


def _choice(plain: Object, field: str, known: dict[str, str], repairs: Repairs) -> str | None:
    said = words(plain, repairs, *_NAMES[field])
    if said is None:
        return None
    choice = known.get(said.lower().replace(" ", "_").replace("-", "_"))
    if choice is None:
        repairs[f"unknown_{field}"] += 1
    return choice
