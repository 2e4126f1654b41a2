"""What a person wrote in a mail: without quotes, signature, disclaimer, forwarding.

Pure: text in, text out. What is cut is cut at marks that mail programs set.
"""

import re
from dataclasses import dataclass

from dispatch.collect import mail_header
from dispatch.text import plain

LONGEST_SIGNATURE = 20  # lines; below more, `--` is no signature's mark
LAST_LINES = 12  # where disclaimers and "Sent from my …" stand
FORWARD_MARK = re.compile(
    r"\s*(?:-{2,}\s*(?:forwarded message|weitergeleitete nachricht|mensaje reenviado"
    r"|message transféré)\s*-{2,}|begin forwarded message:)\s*",
    re.IGNORECASE,
)
REPLY_MARK = re.compile(
    r"\s*-{2,}\s*(?:original message|ursprüngliche nachricht|mensaje original"
    r"|message d'origine)\s*-{2,}\s*",
    re.IGNORECASE,
)
ATTRIBUTION = re.compile(
    r"(?:on|am|el|le|il|op)\b.{4,200}\b(?:wrote|schrieb.{0,80}|escribió|a écrit"
    r"|ha scritto|schreef.{0,80})\s*:\s*",
    re.IGNORECASE | re.DOTALL,
)
HEADER_LINE = re.compile(
    r"\s*\*?(?P<key>from|sent|to|cc|date|subject|reply-to|von|gesendet|an|betreff|datum"
    r"|de|enviado|para|asunto|fecha|envoyé|objet|à)\s?:\*?\s+(?P<value>\S.*)",
    re.IGNORECASE,
)
FROM = frozenset({"from", "von", "de"})
LINE = re.compile(r"\s*_{10,}\s*")
FOOTER = re.compile(
    r"\s*(?:sent from my |sent from (?:outlook|yahoo|mail|proton)|get outlook for "
    r"|von meinem .{2,30} gesendet|enviado desde mi |envoyé de mon |virus-free\b"
    r"|sent via |sent with )",
    re.IGNORECASE,
)
MAIL = r"(?:e-?mail|message|communication)"
DISCLAIMER = re.compile(
    r"\W*(?:confidentiality notice|disclaimer|please consider the environment"
    rf"|(?:this|the information (?:contained )?in this) {MAIL}\b.{{0,120}}"
    r"\b(?:confidential|privileged|intended (?:only|solely))"
    r"|diese (?:e-?mail|nachricht)\b.{0,80}\bvertraulich)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Wording:
    """A mail's own words. `author`: who wrote a forwarded one, where it says so."""

    text: str
    author: str = ""


def unflowed(text: str, *, delsp: bool = False) -> str:
    """Join the lines of a format=flowed text (RFC 3676) into paragraphs."""
    joined: list[list[str]] = []
    going_on = -1  # the depth of quoting of a line that goes on
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        soft = words.endswith(" ") and words != "-- "
        words = words[:-1] if soft and delsp else words
        if going_on == depth and words != "-- ":
            joined[-1].append(words)
        else:
            joined.append([">" * depth + " " * bool(depth), words])
        going_on = depth if soft else -1
    return "\n".join("".join(parts) for parts in joined)


def own(text: str, *, forwarded: bool = False) -> Wording:
    """Return what the sender wrote; of a mail that only forwards, what it forwards."""
    lines = text.split("\n")
    cut = next((at for at, _ in enumerate(lines) if _begins_quote(lines, at)), None)
    above = _tidy(lines[:cut])
    if cut is None or above or not forwarded:
        return Wording(above)
    below, author = _forwarded(lines[cut:])
    return Wording(_tidy(below), author)


def _begins_quote(lines: list[str], at: int) -> bool:
    """Whether from here on it is somebody's earlier mail."""
    line = lines[at]
    if FORWARD_MARK.fullmatch(line) or REPLY_MARK.fullmatch(line):
        return True
    if line.startswith(("On ", "Am ", "El ", "Le ", "Il ", "Op ")):
        return _attributes(lines, at)
    if LINE.fullmatch(line):
        return len(_header(lines, at + 1)) > 1
    return (at == 0 or not lines[at - 1].strip()) and len(_header(lines, at)) > 2  # noqa: PLR2004


def _attributes(lines: list[str], at: int) -> bool:
    """Whether "On … wrote:" stands here, on one line or on three, above a quote."""
    for height in (1, 2, 3):
        if ATTRIBUTION.fullmatch("\n".join(lines[at : at + height])):
            below = (line for line in lines[at + height :] if line.strip())
            return next(below, ">").startswith(">")
    return False


def _header(lines: list[str], at: int) -> list[re.Match[str]]:
    """Return the lines of an earlier mail's header that stand here, From first."""
    found = []
    for line in lines[at : at + 10]:
        match = HEADER_LINE.fullmatch(line)
        if match is None:
            break
        found.append(match)
    is_from = bool(found) and found[0]["key"].lower() in FROM
    return found if is_from else []


def _forwarded(lines: list[str]) -> tuple[list[str], str]:
    """Return what stands below a forwarded mail's header, and who wrote it."""
    bare = [line.removeprefix(">").removeprefix(" ") for line in lines]
    at = 0 if HEADER_LINE.fullmatch(bare[0]) else 1
    while at < len(bare) and not bare[at].strip():
        at += 1
    header = _header(bare, at)
    author = mail_header.display_name(header[0]["value"]) if header else ""
    return bare[at + len(header) :], author


def _tidy(lines: list[str]) -> str:
    """Return lines without quotes, signature and disclaimers."""
    kept = [line for line in lines if not line.startswith(">")]
    kept = _without_signature(kept)
    paragraphs = re.split(r"\n(?:[ \t]*\n)+", "\n".join(kept).strip("\n"))
    while paragraphs and _is_footer(paragraphs[-1]):
        paragraphs.pop()
    return "\n\n".join(paragraphs).strip()


def _without_signature(lines: list[str]) -> list[str]:
    marks = [at for at, line in enumerate(lines) if line in {"-- ", "--"}]
    if marks and len(lines) - marks[-1] <= LONGEST_SIGNATURE:
        return lines[: marks[-1]]
    return lines


def _is_footer(paragraph: str) -> bool:
    if len(paragraph.split("\n")) > LAST_LINES:
        return False
    return (
        FOOTER.match(paragraph) is not None or DISCLAIMER.match(paragraph) is not None
    )


def words(text: str) -> int:
    """Return how many words a text has."""
    return len(plain.squash(text).split())
