"""`anno`: what the captioning model said, one JSON a clip. The keys are not published.

Known are the names on the paper's figure and those that one consumer's code expects; every one
of them is accepted, in any case, with spaces or underscores.
"""

from typing import Any

from .problems import UnknownShape
from .values import Object, Repairs, by_plain_key, score, words

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
        UnknownShape: not one of the known keys is there.
    """
    plain = by_plain_key(values)
    for wrapper in ("caption", "annotation", "result"):
        inner = plain.get(wrapper)
        if isinstance(inner, dict):
            plain = by_plain_key(inner)
    if not any(name in plain for names in _NAMES.values() for name in names):
        raise UnknownShape(values, "captions")
    texts = {
        field: words(plain, *_NAMES[field])
        for field in ("motion", "expression", "camera_movement", "topic")
    }
    return texts | {
        "entities": _entities(plain),
        "human_body": _choice(plain, "human_body", _BODIES, repairs),
        "facing": _choice(plain, "facing", _FACINGS, repairs),
        "motion_degree": _degree(plain, repairs),
    }


def _entities(plain: Object) -> list[str]:
    for name in _NAMES["entities"]:
        value = plain.get(name)
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, list):
            found = (words({"": one}, "") for one in value[:_MAX_ENTITIES])
            return [one for one in found if one]
    return []


def _choice(plain: Object, field: str, known: dict[str, str], repairs: Repairs) -> str | None:
    said = words(plain, *_NAMES[field])
    if said is None:
        return None
    found = known.get(said.lower().replace(" ", "_").replace("-", "_"))
    if found is None:
        repairs[f"unknown_{field}"] += 1
    return found


def _degree(plain: Object, repairs: Repairs) -> float | None:
    degree = score(plain, repairs, *_NAMES["motion_degree"])
    if degree is not None and not 1 <= degree <= 5:
        repairs["bad_motion_degree"] += 1
        return None
    return degree
