"""What providers post about mail that came back, as the same reports as a mail's.

Pure: the bytes of a request in, reports out. Each provider names whom it is about, and
most give back what our mail had: the return path, Message-ID, a header of our own.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from dispatch.deliver import bounce
from dispatch.deliver.bounce import MARK_HEADER
from dispatch.model import BounceReport, ReportKind, Said

MOST_REPORTS = 500
MOST_MARKS = 24
LONGEST = 1000
SNS_HOST = re.compile(
    r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(\.cn)?/[!-~]{1,2000}"
)
STAMP = re.compile(r"[0-9]{1,12}")
FRESH = 24 * 60 * 60  # seconds; Mailgun posts again for eight hours
HEADERS = {"message-id", "return-path", MARK_HEADER.lower()}

Json = Mapping[str, Any]

# Reasons that come without a server's words.
SES_REASONS = {
    "NoEmail": "5.1.1",
    "Suppressed": "5.1.1",
    "OnAccountSuppressionList": "5.1.1",
    "MailboxFull": "4.2.2",
    "MessageTooLarge": "5.3.4",
    "ContentRejected": "5.7.1",
    "AttachmentRejected": "5.7.1",
}
POSTMARK_REASONS = {
    "HardBounce": "5.1.1",
    "BadEmailAddress": "5.1.3",
    "SpamNotification": "5.7.1",
    "Blocked": "5.7.1",
    "DMARCPolicy": "5.7.1",
    "TemplateRenderingFailed": "5.6.0",
}
POSTMARK_ANSWERS = {"AutoResponder", "AddressChange", "ChallengeVerification"}


class UnreadableError(ValueError):
    """What was posted is nothing that this provider says."""


def read(provider: str, body: bytes) -> tuple[BounceReport, ...]:
    """Return what a provider reports; raises UnreadableError for anything else."""
    posted = _object(body)
    try:
        return tuple(READERS[provider](posted))[:MOST_REPORTS]
    except (TypeError, ValueError, AttributeError) as error:
        raise UnreadableError("is not what this provider posts") from error


def confirmation(body: bytes) -> str:
    """Return the address by which Amazon's SNS wants to be told that we listen.

    Empty where it asks nothing, or names an address that is not its own.
    """
    posted = _object(body)
    url = posted.get("SubscribeURL")
    asks = posted.get("Type") == "SubscriptionConfirmation"
    return url if asks and isinstance(url, str) and SNS_HOST.fullmatch(url) else ""


def signed_by_mailgun(body: bytes, key: str, *, now: datetime) -> bool:
    """Whether the holder of the signing key made this, and lately.

    The signature says nothing of the report, only of its time and a random token: one
    that somebody has seen would sign whatever else they posted with it, for ever.
    """
    signature = _part(_object(body), "signature")
    stamp = _word(signature, "timestamp")
    signed = (stamp + _word(signature, "token")).encode("utf-8", "replace")
    right = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
    given = _word(signature, "signature").encode("utf-8", "replace")
    fresh = STAMP.fullmatch(stamp) and abs(now.timestamp() - int(stamp)) <= FRESH
    return hmac.compare_digest(right.encode(), given) and bool(fresh)


def _ses(posted: Json) -> Iterator[BounceReport]:
    if "Message" in posted:  # SNS puts the report into an envelope, as text
        posted = _object(str(posted["Message"]).encode())
    mail = _part(posted, "mail")
    marks = (_word(mail, "source"), *_headers(mail.get("headers")))
    match posted.get("notificationType", posted.get("eventType")):
        case "Bounce":
            yield from _ses_bounce(_part(posted, "bounce"), marks)
        case "Complaint":
            complaint = _part(posted, "complaint")
            kind = _word(complaint, "complaintFeedbackType")
            for one in _parts(complaint, "complainedRecipients"):
                yield _complaint(kind, marks, _word(one, "emailAddress"))
        case "DeliveryDelay":
            delay = _part(posted, "deliveryDelay")
            for one in _parts(delay, "delayedRecipients"):
                yield _failure(one, marks, ReportKind.DELAYED)
        case _:
            return  # a delivery, an opening, a click: nothing came back


def _ses_bounce(found: Json, marks: tuple[str, ...]) -> Iterator[BounceReport]:
    reason = SES_REASONS.get(_word(found, "bounceSubType"), "")
    passing = _word(found, "bounceType") != "Permanent"
    for one in _parts(found, "bouncedRecipients"):
        words = bool(_word(one, "diagnosticCode"))
        # Amazon calls an absence note a transient bounce: no words, no failure.
        kind = ReportKind.FAILED if words or not passing else ReportKind.DELAYED
        yield _failure(one, marks, kind, reason=reason)


def _failure(
    one: Json, marks: tuple[str, ...], kind: ReportKind, *, reason: str = ""
) -> BounceReport:
    status = _word(one, "status")
    vague = not status or status.endswith(".0.0")
    words = _word(one, "diagnosticCode").partition(";")
    said = bounce.said(words[2] or words[0], reason if vague and reason else status)
    return _report(kind, said, marks, _word(one, "emailAddress"))


def _postmark(posted: Json) -> Iterator[BounceReport]:
    mailbox = _word(posted, "Email")
    marks = (
        *map(str, _part(posted, "Metadata").values()),
        *_headers(posted.get("Headers")),
    )
    kind = _word(posted, "Type")
    match _word(posted, "RecordType"):
        case "SpamComplaint":
            yield _complaint("abuse", marks, mailbox)
        case "Bounce" if kind in POSTMARK_ANSWERS:
            yield _report(ReportKind.AUTO_REPLY, Said(), marks, mailbox)
        case "Bounce":
            said = bounce.said(_word(posted, "Details"), POSTMARK_REASONS.get(kind, ""))
            yield _report(ReportKind.FAILED, said, marks, mailbox)
        case _:
            return


def _mailgun(posted: Json) -> Iterator[BounceReport]:
    event = _part(posted, "event-data")
    headers = _part(_part(event, "message"), "headers")
    marks = (
        *map(str, _part(event, "user-variables").values()),
        _word(headers, "message-id"),
        _word(_part(event, "envelope"), "sender"),
    )
    mailbox = _word(event, "recipient")
    match _word(event, "event"):
        case "complained":
            yield _complaint("abuse", marks, mailbox)
        case "failed":
            status = _part(event, "delivery-status")
            words = _word(status, "message") or _word(status, "description")
            given = _word(status, "enhanced-code")
            passing = _word(event, "severity") == "temporary"
            kind = ReportKind.DELAYED if passing else ReportKind.FAILED
            told = bounce.said(f"{_word(status, 'code')} {words}", given)
            yield _report(kind, told, marks, mailbox)
        case _:
            return


def _generic(posted: Json) -> Iterator[BounceReport]:
    for one in _parts(posted, "reports") if "reports" in posted else [posted]:
        marks = (_word(one, "delivery"), _word(one, "message_id"))
        mailbox = _word(one, "recipient")
        match _word(one, "type"):
            case "complaint":
                yield _complaint("abuse", marks, mailbox)
            case "bounce" | "delay" as word:
                kind = ReportKind.FAILED if word == "bounce" else ReportKind.DELAYED
                said = bounce.said(_word(one, "text"), _word(one, "status"))
                yield _report(kind, said, marks, mailbox)
            case _:
                raise UnreadableError("has a report of no known type")


READERS: Mapping[str, Callable[[Json], Iterator[BounceReport]]] = {
    "ses": _ses,
    "postmark": _postmark,
    "mailgun": _mailgun,
    "generic": _generic,
}


def _complaint(kind: str, marks: tuple[str, ...], mailbox: str) -> BounceReport:
    """A complaint, unless somebody took it back."""
    wanted = kind.lower() == "not-spam"
    said = ReportKind.OTHER if wanted else ReportKind.COMPLAINT
    return _report(said, Said(text=kind[:200]), marks, mailbox)


def _report(
    kind: ReportKind, said: Said, marks: tuple[str, ...], mailbox: str
) -> BounceReport:
    known = tuple(one[:LONGEST] for one in marks if one)[:MOST_MARKS]
    return BounceReport(kind, said, marks=known, mailbox=mailbox[:320])


def _object(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("is no JSON") from error
    if not isinstance(found, dict):
        raise UnreadableError("is no JSON object")
    return found


def _part(found: Json, name: str) -> Json:
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def _parts(found: Json, name: str) -> list[Json]:
    part = found.get(name)
    listed = part if isinstance(part, list) else []
    return [one for one in listed[:MOST_REPORTS] if isinstance(one, dict)]


def _word(found: Json, name: str) -> str:
    value = found.get(name)
    return str(value) if isinstance(value, str | int | float) else ""


def _headers(listed: object) -> Iterator[str]:
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict):
            continue
        name = _word(one, "name") or _word(one, "Name")
        if name.lower() in HEADERS:
            yield _word(one, "value") or _word(one, "Value")
