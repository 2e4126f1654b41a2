"""Who vouches for a mail's sender: Authentication-Results (RFC 8601), DMARC first.

A receiving server writes on top of each mail what it found out about the sender.
Anybody can write such a line, so that only the topmost one of the server that the
operator named counts: what a sender wrote himself stands below it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

LONGEST = 16_000  # characters
MOST_RESULTS = 100
FEWEST = 3  # tokens: method, "=", outcome
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s;="/]+|[;=/]')


@dataclass(frozen=True, slots=True)
class Result:
    """What one method found: dmarc, pass, and what the finding is about."""

    method: str
    outcome: str
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """One header, apart: who wrote it, and its results."""

    server: str
    results: tuple[Result, ...]


def vouched(headers: Sequence[str], server: str, domain: str) -> bool:
    """Whether `server` says that a mail is really from `domain`.

    `headers` are the mail's Authentication-Results, topmost first. DMARC decides
    where it was asked; else a signature (DKIM) or an envelope sender (SPF) of the
    domain, or of the one above it, does.
    """
    reports = (parse(one) for one in headers)
    ours = next((one for one in reports if one and one.server == server.lower()), None)
    if ours is None or not server:
        return False
    dmarc = [one for one in ours.results if one.method == "dmarc"]
    if any(one.outcome not in {"pass", "none"} for one in dmarc):
        return False
    if any(one.outcome == "pass" for one in dmarc):
        return all(_is_about(one, domain) for one in dmarc)
    return any(_is_aligned(one, domain) for one in ours.results)


def parse(header: str) -> Report | None:
    """Take a header apart; None for what is none. Comments are skipped."""
    text = without_comments(header[:LONGEST])
    statements = _statements(TOKEN.findall(text))
    if not statements or not statements[0]:
        return None
    server = _bare(statements[0][0]).lower()
    found = (_result(one) for one in statements[1 : MOST_RESULTS + 1])
    return Report(server, tuple(one for one in found if one is not None))


def without_comments(text: str) -> str:
    """Return a structured header without its (nested) comments."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for sign in text:
        if escaped or sign == "\\":
            escaped = not escaped
        elif sign == '"' and not depth:
            quoted = not quoted
        elif sign == "(" and not quoted:
            depth += 1
            kept.append(" ")
        elif sign == ")" and depth and not quoted:
            depth -= 1
            continue
        if not depth:
            kept.append(sign)
    return "".join(kept)


def _statements(tokens: Sequence[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in tokens:
        if word == ";":
            found.append([])
        else:
            found[-1].append(word)
    return found


def _result(tokens: Sequence[str]) -> Result | None:
    """Read `method[/version]=outcome` and the `type.property=value` behind it."""
    if "/" in tokens[1:2]:
        tokens = [tokens[0], *tokens[3:]]
    if len(tokens) < FEWEST or tokens[1] != "=":
        return None
    about: dict[str, str] = {}
    for at in range(FEWEST, len(tokens) - 1):
        if tokens[at] == "=":
            name = tokens[at - 1].lower()
            about.setdefault(name, _bare(tokens[at + 1]).lower())
    return Result(tokens[0].lower(), _bare(tokens[2]).lower(), about)


def _bare(token: str) -> str:
    if token.startswith('"') and token.endswith('"') and len(token) > 1:
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token


def _is_about(result: Result, domain: str) -> bool:
    """Whether DMARC looked at this very domain; it need not repeat which."""
    return result.about.get("header.from", domain) == domain


def _is_aligned(result: Result, domain: str) -> bool:
    if result.outcome != "pass":
        return False
    about = result.about
    match result.method:
        case "dkim":
            signer = about.get("header.d") or about.get("header.i", "")
        case "spf":
            signer = about.get("smtp.mailfrom", "")
        case _:
            return False
    signer = signer.rpartition("@")[2]
    return domain == signer or ("." in signer and domain.endswith(f".{signer}"))
