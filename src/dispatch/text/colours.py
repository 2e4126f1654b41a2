"""The publication's accent colour, made readable on any ground (WCAG 2 contrast)."""

import re

Colour = tuple[float, float, float]

FALLBACK = "#0b5394"
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
ENOUGH = 4.5  # WCAG 2.2, 1.4.3, normal text
STEPS = 50

HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def parse(text: str) -> Colour:
    """Read #rgb or #rrggbb; anything else is the default accent."""
    digits = (text if HEX.fullmatch(text) else FALLBACK)[1:]
    if len(digits) == 3:  # noqa: PLR2004 - one digit for each channel
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def write(colour: Colour) -> str:
    """Return `colour` as #rrggbb."""
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in colour)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, 1 … 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(colour: Colour, ground: Colour) -> Colour:
    """Return `colour`, moved towards black or white until text in it is readable."""
    goal = max((BLACK, WHITE), key=lambda end: contrast(end, ground))
    for step in range(STEPS + 1):
        moved = _mix(colour, goal, step / STEPS)
        if contrast(moved, ground) >= ENOUGH:
            return moved
    return goal


def ink_on(ground: Colour) -> Colour:
    """Return white where white text is readable on `ground`, else black."""
    return WHITE if contrast(WHITE, ground) >= ENOUGH else BLACK


def _mix(colour: Colour, goal: Colour, share: float) -> Colour:
    red, green, blue = (c + (g - c) * share for c, g in zip(colour, goal, strict=True))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
        for c in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
