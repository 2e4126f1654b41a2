"""The pictures of a text: real ones, lazy ones, emoji, and those that watch readers.

Works on the attributes of one `img`, as the sanitiser's first look leaves them.
"""

import re
from collections.abc import Iterator, Mapping

LAZY = ("data-src", "data-lazy-src", "data-original", "data-orig-file")
SETS = ("srcset", "data-srcset", "data-lazy-srcset")
CLUES = frozenset({"style", "class", *LAZY, *SETS})  # looked at, never kept
WIDE_ENOUGH = 1200  # pixels; of several sizes, the first that is

EMOJI = re.compile(
    r"s\.w\.org/images/core/emoji|twemoji|/emoji/|/smilies/|emoji\.php", re.IGNORECASE
)
EMOJI_CLASS = re.compile(r"(?:^|\s)(?:wp-smiley|emoji|smiley|twemoji)(?:\s|$)")
LONGEST_EMOJI = 16  # characters of alternative text; 👩‍👩‍👧‍👦 has seven
STAND_IN = re.compile(
    r"/(?:blank|spacer|placeholder|loading|lazy|transparent|trans|1x1|pixel)"
    r"[-_.\w]{0,40}\.(?:gif|png|svg|jpe?g)(?:$|\?)",
    re.IGNORECASE,
)
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:^|[;\s])(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|$)"
)
TRACKERS = re.compile(
    r"""^https?://(?:
        [^/]*\b(?:pixel|stats)\.wp\.com/ | feeds\.(?:wordpress|feedburner)\.com/
      | [^/]*\b(?:emltrk|sendgrid|rs6|awstrack|mandrillapp)\.(?:com|net|me)/
      | (?:[^/]*\.)?(?:doubleclick\.net|google-analytics\.com|scorecardresearch\.com
                      |quantserve\.com|chartbeat\.(?:com|net)|imrworldwide\.com
                      |googlesyndication\.com|feedsportal\.com|pheedo\.com)/
      | (?:www\.)?facebook\.com/tr\b | [^/]*list-manage\.com/track/
      | [^?]*/(?:wf/open|track/open|trk/open|o\.gif|open\.(?:php|aspx|gif)|pixel\.gif
                |spacer\.gif|1x1\.|beacon\.gif|tracking[-_]?pixel)
      | counter\.theconversation\.com/
    )""",
    re.VERBOSE,
)
CANDIDATE = re.compile(
    r"(?<!\S),*([^\s,]\S{0,3000}?)(?:\s+(\d{1,5})(?:\.\d+)?[wx])?\s*(?:,\s|,?$)"
)


def is_tracker(url: str) -> bool:
    """Whether a picture is only there to tell somebody that it was seen."""
    return bool(TRACKERS.match(url.lower()))


def is_pixel(image: Mapping[str, str]) -> bool:
    """Whether an `img` shows nothing: no address, no size, hidden, or a tracker."""
    if not image.get("src"):
        return True
    if {image.get("width"), image.get("height")} & {"0", "1"}:
        return True
    if HIDDEN.search(image.get("style", "").lower()):
        return True
    return is_tracker(image["src"])


def emoji(image: Mapping[str, str]) -> str:
    """Return the text that an emoji's picture stands for; empty for a real picture."""
    alt = image.get("alt", "").strip()
    shows = EMOJI.search(image.get("src", "")) or EMOJI_CLASS.search(
        image.get("class", "")
    )
    return alt if shows and len(alt) <= LONGEST_EMOJI else ""


def addresses(image: Mapping[str, str]) -> Iterator[str]:
    """Yield where the picture may be, the likeliest first.

    A lazy picture keeps its address in an attribute of its script's own; what stands
    in `src` is then a stand-in, if anything.
    """
    src = image.get("src", "").strip()
    honest = bool(src) and not STAND_IN.search(src) and not src.startswith("data:")
    if honest:
        yield src
    yield from (image[name].strip() for name in LAZY if image.get(name))
    yield from (best for name in SETS if (best := _best(image.get(name, ""))))
    if src and not honest:
        yield src


def _best(srcset: str) -> str:
    """Return the smallest picture of a set that is wide enough, or the widest."""
    found = [
        (int(width or 1), url) for url, width in CANDIDATE.findall(srcset[:20_000])
    ]
    found.sort()
    enough = (url for width, url in found if width >= WIDE_ENOUGH)
    return next(enough, found[-1][1] if found else "")
