"""What YouTube and yt-dlp say, word for word, and what it means."""

import pytest

from speakervid5m.processing.official.download.outcomes import (
    DOWNLOADED,
    FINAL_OUTCOMES,
    Outcome,
    outcome_of,
)

_CONTENT = "This video contains content from SME, who has blocked it"
_LOGIN = "Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/"
SAID: dict[Outcome, tuple[str, ...]] = {
    "private": (
        f"Private video. Sign in if you've been granted access to this video. {_LOGIN}",
        "Video unavailable. This video is private",
        "This is a private video. Please sign in to verify that you may see it.",
    ),
    "members": (
        "Join this channel to get access to members-only content like this video, and other "
        "exclusive perks.",
        "This video is available to this channel's members on level: Assistant (or any higher "
        "level). Join this channel to get access to members-only content and other exclusive "
        "perks.",
        "This video is only available to Music Premium members",
        "This video requires payment to watch.",
    ),
    "age": (
        f"Sign in to confirm your age. This video may be inappropriate for some users. {_LOGIN}",
        "This video is age-restricted and only available on YouTube. Learn more",
    ),
    "region": (
        "The uploader has not made this video available in your country\n"
        "This video is available in Canada.\n"
        "You might want to use a VPN or a proxy server (with --proxy) to workaround.",
        f"Video unavailable. {_CONTENT} in your country on copyright grounds",
        f"YouTube said: {_CONTENT} in your country on copyright grounds.",
        "Video unavailable. This video is not available in your country",
        "This content is not available on this country domain due to a legal complaint",
        "This video is not available from your location due to geo restriction",
    ),
    "unavailable": (
        "Video unavailable",
        "Video unavailable. This video is not available",
        "This video is not available",
        "This video is unavailable",
        "Video unavailable. This video isn\u2019t available anymore",
        "Video unavailable. This video has been removed by the uploader",
        "This video has been removed for violating YouTube's policy on hate speech",
        "Video unavailable. This video is no longer available because the YouTube account "
        "associated with this video has been terminated.",
        "Video unavailable. This video is no longer available because the uploader has closed "
        "their YouTube account.",
        "Video unavailable. This video is no longer available due to a copyright claim by WMG",
        f"{_CONTENT} on copyright grounds",
        "This live stream recording is not available.",
        "This video does not exist.",
        "Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404>)",
        "Unable to download webpage: HTTP Error 410: Gone (caused by <HTTPError 410: Gone>)",
    ),
    "blocked": (
        f"Sign in to confirm you\u2019re not a bot. {_LOGIN}",
        f"Sign in to confirm you're not a bot. {_LOGIN}",
        "Unable to download API page: HTTP Error 429: Too Many Requests (caused by <HTTPError>)",
        "Video unavailable. This content isn\u2019t available, try again later. The current "
        "session has been rate-limited by YouTube for up to an hour.",
        "Video unavailable. This content isn\u2019t available.",
        "Video unavailable. YouTube is requiring a captcha challenge before playback",
        "All player responses are invalid. Your IP is likely being blocked by Youtube",
    ),
    "upcoming": (
        "This live event will begin in 2 days.",
        "This live event will begin in a few moments.",
        "This live event has ended.",
        "Premieres in 6 hours",
        "Premiere will begin shortly",
        "We're processing this video. Check back later.",
    ),
    "failed": (
        "unable to download video data: HTTP Error 403: Forbidden",
        "unable to download video data: HTTP Error 404: Not Found",
        "Unable to download webpage: HTTP Error 503: Service Unavailable",
        "Unable to download webpage: The read operation timed out (caused by TransportError())",
        "Unable to download webpage: [Errno 111] Connection refused (caused by TransportError())",
        "Requested format is not available. Use --list-formats for a list of available formats",
        "No video formats found!; please report this issue on  https://github.com/yt-dlp/yt-dlp",
        "Video unavailable. This video is restricted. Please check the Google Workspace "
        "administrator and/or the network administrator restrictions.",
        "Video unavailable. Playback on other websites has been disabled by the video owner",
        "Failed to extract any player response",
        "The page needs to be reloaded.",
    ),
}


@pytest.mark.parametrize(
    ("said", "outcome"), [(said, outcome) for outcome, texts in SAID.items() for said in texts]
)
def test_what_is_said_has_its_outcome(said: str, outcome: Outcome) -> None:
    assert outcome_of(f"ERROR: [youtube] BK6_XIz6-ZE: {said}") == outcome


def test_what_may_go_well_another_time_is_not_final() -> None:
    assert set(SAID) - FINAL_OUTCOMES == {"blocked", "upcoming", "failed"}
    assert not FINAL_OUTCOMES & DOWNLOADED
