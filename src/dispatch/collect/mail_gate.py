"""Who may file by mail: listed senders, and only where somebody vouches for them.

The address a mail says it is from is worth nothing by itself. With `authserv` the
receiving server's word decides; without it nothing is published unseen.
"""

from dataclasses import dataclass
from enum import Enum, auto

from dispatch.collect import auth_results
from dispatch.collect.mail_header import Heading
from dispatch.model import SourceSettings
from dispatch.text import address


class Verdict(Enum):
    """What becomes of a mail before anybody reads it."""

    VERIFIED = auto()
    UNVERIFIED = auto()  # listed, but nobody can tell: its story waits for an editor
    REFUSED = auto()
    PASSED_OVER = auto()  # no person wrote it


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdict, and for a refusal why."""

    verdict: Verdict
    why: str = ""


def admit(heading: Heading, source: SourceSettings) -> Admission:
    """Decide about a mail by its header alone."""
    if heading.automatic:
        return Admission(Verdict.PASSED_OVER)
    if not heading.sender:
        return Admission(
            Verdict.REFUSED, "names no single sender in its From line; not read"
        )
    if not is_listed(heading.sender, source.senders):
        return Admission(
            Verdict.REFUSED,
            "is not among `senders`: its mails are not read. If it should be, list "
            "it and have the mail sent again",
        )
    if not source.authserv:
        return Admission(Verdict.UNVERIFIED)
    domain = address.domain(heading.sender)
    if auth_results.vouched(heading.results, source.authserv, domain):
        return Admission(Verdict.VERIFIED)
    return Admission(
        Verdict.REFUSED,
        f"is not confirmed by {source.authserv}: the mail may be forged, and was not "
        "read. Ask the sender; if it is real, their domain lacks DKIM or DMARC",
    )


def is_listed(sender: str, senders: tuple[str, ...]) -> bool:
    """Whether an address, or its very domain as "@domain", is listed."""
    listed = {one.strip().lower() for one in senders}
    return sender in listed or f"@{address.domain(sender)}" in listed
