"""A message of the site or of yt-dlp in, the outcome of a requested id out.

downloaded, there                               the video is here
private, members, age, region, unavailable      refused for good: not requested again
taken_down                                      never requested
blocked, upcoming, failed                       may succeed later: requested again
"""

from typing import Literal

Outcome = Literal[
    "there",
    "downloaded",
    "private",
    "members",
    "age",
    "region",
    "unavailable",
    "taken_down",
    "blocked",
    "upcoming",
    "failed",
]
DOWNLOADED: frozenset[Outcome] = frozenset(("there", "downloaded"))
"""Outcomes with a video."""
FINAL_OUTCOMES: frozenset[Outcome] = frozenset(
    ("private", "members", "age", "region", "unavailable", "taken_down")
)
"""Outcomes that another try will not change."""

_SIGNS: tuple[tuple[str, Outcome], ...] = (
    # Temporary outcomes come first: YouTube puts "Video unavailable" before many of its reasons.
    ("not a bot", "blocked"),
    ("captcha challenge", "blocked"),
    ("http error 429", "blocked"),
    ("ip is likely being blocked", "blocked"),
    ("this content isn't available", "blocked"),
    ("live event will begin", "upcoming"),
    ("live event has ended", "upcoming"),
    ("premieres in", "upcoming"),
    ("premiere will begin", "upcoming"),
    ("processing this video", "upcoming"),
    # These come from the network's administrator or the player, not from the video.
    ("this video is restricted", "failed"),
    ("playback on other websites", "failed"),
    ("private video", "private"),
    ("video is private", "private"),
    ("members-only", "members"),
    ("channel's members", "members"),
    ("premium members", "members"),
    ("requires payment", "members"),
    ("confirm your age", "age"),
    ("age-restricted", "age"),
    ("inappropriate for some users", "age"),
    ("in your country", "region"),
    ("country domain", "region"),
    ("geo restriction", "region"),
    ("video unavailable", "unavailable"),
    ("video is unavailable", "unavailable"),
    ("video is not available", "unavailable"),
    ("video isn't available", "unavailable"),
    ("no longer available", "unavailable"),
    ("recording is not available", "unavailable"),
    ("video does not exist", "unavailable"),
    ("has been removed", "unavailable"),
    ("has been terminated", "unavailable"),
    ("on copyright grounds", "unavailable"),
    # Only of the page: an expired address of media data gives these errors, too.
    ("unable to download webpage: http error 404", "unavailable"),
    ("unable to download webpage: http error 410", "unavailable"),
)
"""Part of a message, in lower case, and its outcome; the first match counts.

YouTube's reasons as yt-dlp passes them on (extractor/youtube/_video.py and its issues), and
yt-dlp's own messages.
"""


def outcome_of(said: str) -> Outcome:
    """The outcome that a message means; `failed` if it is unknown."""
    words = said.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return next((outcome for sign, outcome in _SIGNS if sign in words), "failed")
