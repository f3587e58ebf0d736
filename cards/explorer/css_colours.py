"""Figure themes in, CSS variables out: a light and a dark palette, each with legible contrast."""

from functools import cache

from ..figures.theme import BLUE, DARK, LIGHT, Theme

_LEGIBLE = 5.0
"""Contrast of text with its background; WCAG 2.2 asks for 4.5 (1.4.3)."""


@cache
def theme_css() -> str:
    """`:root` with the light palette, and the dark one where the system prefers it."""
    return (
        f":root {{ color-scheme: light dark; {_variables(LIGHT)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}\n"
    )


def _variables(theme: Theme) -> str:
    accent = legible(BLUE, theme)
    values = {
        "background": theme.background,
        "foreground": theme.foreground,
        "muted": legible(theme.muted, theme),
        "fill": mixed(theme.fill, theme.background, 0.55),
        "line": theme.fill,
        "accent": accent,
        "on-accent": theme.background,
        "tint": mixed(BLUE, theme.background, 0.14),
    }
    return " ".join(f"--{name}: {value};" for name, value in values.items())


def legible(color: str, theme: Theme) -> str:
    """The colour, mixed with the text colour until text in it has enough contrast."""
    for step in range(21):
        mix = mixed(theme.foreground, color, step / 20)
        if contrast(mix, theme.background) >= _LEGIBLE:
            return mix
    raise AssertionError("the text colour itself has enough contrast")


def mixed(over: str, under: str, share: float) -> str:
    """A mix of two colours; `share` is that of the first."""
    pairs = zip(_parts(over), _parts(under), strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21, as WCAG defines it."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parts(color: str) -> list[int]:
    return [int(color[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(color: str) -> float:
    linear = [
        part / 12.92 if (part := value / 255) <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for value in _parts(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
