"""Read a mail that came back: what it says of the one we sent, and which one that was.

Pure: bytes in, a value out; bounded; never raises. RFC 3464 reports (also for
addresses in UTF-8, RFC 6533), RFC 5965 complaints, RFC 3834 auto-replies, and bounces
in plain words. Nothing in a mail is to be believed but a token of ours: whose bounce
it is, the caller finds from `addressed` and `marks`, by the secret key.
"""

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from itertools import islice

from dispatch.deliver import free_text, report_parts as parts
from dispatch.deliver.report_parts import Part
from dispatch.model import BounceReport, ReportKind, Said
from dispatch.text import plain

MOST_MARKS = 24
MOST_TEXT = 2048
MARK_HEADER = "X-Dispatch-Delivery"

STATUS_KINDS = {"message/delivery-status", "message/global-delivery-status"}
COPY_KINDS = {
    *("message/rfc822", "message/global", "text/rfc822-headers"),
    *("message/global-headers", "message/rfc822-headers"),
}
COMPLAINTS = {"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list"}
ACTIONS = {
    "failed": ReportKind.FAILED,
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}
WORST = (ReportKind.FAILED, ReportKind.DELAYED, ReportKind.DELIVERED)
COPY_MARKS = (MARK_HEADER, "Return-Path", "Message-ID")
OUTER_MARKS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")
IN_TEXT = re.compile(
    r"^[>\s]*(?:X-Dispatch-Delivery|Return-Path|Message-ID):(.{1,400})$",
    re.IGNORECASE | re.MULTILINE,
)
COPY_BEGINS = re.compile(
    r"^.{0,20}(?:below this line is a copy of|this is a copy of|original message"
    r"|original headers|unsent message below|the following is a copy)",
    re.IGNORECASE | re.MULTILINE,
)
CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ -])")
ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
DAEMON = re.compile(
    r"mailer-daemon|postmaster|mail delivery (sub)?system", re.IGNORECASE
)
AWAY = re.compile(
    r"^\s*(out of (the )?office|automatic reply|auto(matic)?[ -]?(reply|response)"
    r"|abwesenheit|absence|vacation|r[eé]ponse automatique|autosvar)",
    re.IGNORECASE,
)


def read(raw: bytes) -> BounceReport:
    """Return what a mail says; OTHER for what is neither report nor auto-reply."""
    header, found = parts.take(raw)
    addressed = tuple(_values(header, *OUTER_MARKS))
    marks = tuple(islice(_marks(found), MOST_MARKS))
    kind, said, mailbox = _content(header, found)
    return BounceReport(kind, said, addressed, marks, mailbox)


def said(text: str, status: str = "") -> Said:
    """Return a server's words with the codes in them; a vague `status` yields."""
    words = plain.squash(text)[:MOST_TEXT]
    code = CODE.search(words)
    inner = ENHANCED.search(words)
    given = ENHANCED.search(status)
    enhanced = given[1] if given else ""
    vague = not enhanced or enhanced.endswith(".0.0")
    if inner and (vague or inner[1][0] < enhanced[0]):  # the milder class
        enhanced = inner[1]
    return Said(int(code[1]) if code else 0, enhanced, words)


def _content(header: Message, found: Sequence[Part]) -> tuple[ReportKind, Said, str]:
    statuses = [one for one in found if one.kind in STATUS_KINDS]
    if statuses:
        return _delivery_status(statuses[0])
    complaints = [one for one in found if one.kind == "message/feedback-report"]
    if complaints:
        return _complaint(complaints[0])
    if _is_auto_reply(header):
        return ReportKind.AUTO_REPLY, Said(), ""
    return _free_text(header, found)


def _delivery_status(part: Part) -> tuple[ReportKind, Said, str]:
    """Read the groups of a report: one for the message, one for each recipient."""
    groups = [parts.fields(one) for one in _groups(part)]
    told = [
        (kind, group)
        for group in groups
        if (kind := ACTIONS.get(parts.value(group, "action").lower())) is not None
    ]
    if not told:
        return ReportKind.OTHER, Said(), ""
    kind, group = min(told, key=lambda one: WORST.index(one[0]))
    why = parts.value(group, "diagnostic-code").partition(";")
    mailbox = parts.value(group, "final-recipient").partition(";")[2].strip()
    words = why[2].strip() or why[0]
    return kind, said(words, parts.value(group, "status")), mailbox[:320]


def _groups(part: Part) -> list[bytes]:
    return [one for one in re.split(rb"\n[ \t]*\n", part.body.strip(b"\n")) if one]


def _complaint(part: Part) -> tuple[ReportKind, Said, str]:
    """A complaint, unless it says the opposite, or is about authentication."""
    group = parts.fields(part.body)
    kind = parts.value(group, "feedback-type").lower()
    mailbox = parts.value(group, "original-rcpt-to").strip("<>")
    if kind not in COMPLAINTS:
        return ReportKind.OTHER, Said(), ""
    agent = parts.value(group, "user-agent")
    return ReportKind.COMPLAINT, Said(text=f"{kind} {agent}"[:200]), mailbox[:320]


def _is_auto_reply(header: Message) -> bool:
    automatic = parts.value(header, "auto-submitted").lower()
    precedence = parts.value(header, "precedence").lower()
    receipt = parts.parameter(header, "report-type").lower()
    return (
        automatic.startswith(("auto-replied", "auto-notified"))
        or precedence in {"auto_reply", "auto-reply"}
        or receipt == "disposition-notification"
        or any(header.get(name) for name in ("x-autoreply", "x-autorespond"))
        or bool(AWAY.match(parts.value(header, "subject")))
    ) and not DAEMON.search(parts.value(header, "from"))


def _free_text(header: Message, found: Sequence[Part]) -> tuple[ReportKind, Said, str]:
    text = next((one.text for one in found if one.kind == "text/plain"), "")
    own = COPY_BEGINS.split(text, maxsplit=1)[0][: 2 * MOST_TEXT]
    words = said(" ".join(own.split()))
    kind = free_text.kind_of(header, text)
    daemon = bool(DAEMON.search(parts.value(header, "from")))
    if kind is None and daemon and (words.enhanced or words.code):
        kind = ReportKind.FAILED if _final(words) else ReportKind.DELAYED
    return (kind or ReportKind.OTHER), (words if kind else Said()), ""


def _final(words: Said) -> bool:
    return (words.enhanced or str(words.code)).startswith("5")


def _marks(found: Sequence[Part]) -> Iterator[str]:
    """Yield texts inside a report that may hold a token."""
    for part in found:
        yield from _inner_marks(part)
    for part in found:
        if part.kind == "text/plain":
            yield from IN_TEXT.findall(part.text)


def _inner_marks(part: Part) -> Iterator[str]:
    if part.kind in STATUS_KINDS:
        first = next(iter(_groups(part)), b"")
        yield from _values(parts.fields(first), "original-envelope-id")
    elif part.kind == "message/feedback-report":
        yield from _values(parts.fields(part.body), "original-mail-from")
    elif part.kind in COPY_KINDS:
        yield from _values(parts.split(part.body)[0], *COPY_MARKS)


def _values(header: Message, *names: str) -> Iterator[str]:
    found = (parts.value(header, name) for name in names)
    yield from (one[:1000] for one in found if one)
