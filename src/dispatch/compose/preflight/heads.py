"""Headers: each that must be there, once, and saying what it should."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from email.utils import getaddresses, parsedate_to_datetime

from dispatch.compose.preflight.remark import Check, Remark, named
from dispatch.compose.preflight.sample import Sample

MUST = ("Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type")
MUST_OF_LISTS = ("Reply-To", "List-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
SHOULD = ("Feedback-ID", "Auto-Submitted", "Precedence", "List-Help", "Archived-At")
NEVER = ("Bcc", "Cc", "Return-Path", "Sender", "Resent-From")
ONE_CLICK = "List-Unsubscribe=One-Click"

URIS = re.compile(r"<[^<>\s]+>(?:,\s*<[^<>\s]+>)*")
MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")
LIST_ID = re.compile(r"(?:.*\s)?<[a-z0-9-]+(?:\.[a-z0-9-]+)+>", re.IGNORECASE)
TURNING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e]")
FAKE = re.compile(r"(?:re|aw|fwd?|wg)\s*:", re.IGNORECASE)
VISIBLE = 70
SHOUTING = 8  # letters; a short name may well be in capitals
LONGEST_LIST_ID = 255
TOP = 12_000  # characters of HTML; what is below may be clipped or never seen


def headers(sample: Sample) -> tuple[Remark, ...]:
    """Look for what is missing, doubled or should not be there."""
    check = Check("Headers")
    for name in (*MUST, *MUST_OF_LISTS):
        if not sample.all(name):
            check.block(f"{name} is missing.")
    counts = Counter(name for name, _ in sample.headers if name != "dkim-signature")
    for name, count in counts.items():
        if count > 1:
            check.block(f"{name} is there {count} times.")
    if missing := [name for name in SHOULD if not sample.one(name)]:
        check.warn(f"{named(missing, 5)} would be good to have.")
    if there := [name for name in NEVER if sample.all(name)]:
        check.block(f"{named(there)} must not be there.")
    _forms(sample, check)
    return check.remarks(f"{len(sample.headers)}, each once and well-formed.")


def _forms(sample: Sample, check: Check) -> None:
    """Look at what must have a form of its own."""
    if not MESSAGE_ID.fullmatch(sample.one("Message-ID")):
        check.block("Message-ID is malformed.")
    list_id = sample.one("List-ID")
    if not LIST_ID.fullmatch(list_id) or len(list_id) > LONGEST_LIST_ID:
        check.block("List-ID is malformed.")
    try:
        parsedate_to_datetime(sample.one("Date"))
    except ValueError:
        check.block("Date is no date.")


def people(sample: Sample) -> tuple[Remark, ...]:
    """Look at who it is from and for."""
    check = Check("Addresses")
    senders = [address for _, address in getaddresses(sample.all("From"))]
    if senders != [sample.sender]:
        check.block(f"From reads as {named(senders) or 'nobody'}.")
    if [address for _, address in getaddresses(sample.all("To"))] != [sample.recipient]:
        check.block("To is not this reader alone.")
    if any(not value.isascii() for _, value in sample.headers):
        check.block("a header has letters that need SMTPUTF8.")
    return check.remarks(f"from {sample.sender}, to one reader.")


def subject(sample: Sample) -> tuple[Remark, ...]:
    """Look at the line that everybody sees first."""
    check = Check("Subject")
    said = sample.words("Subject")
    if not said.strip():
        check.block("it is empty.")
    if TURNING.search(said):
        check.block("it has characters that cannot be shown or turn the line around.")
    if len(said) > VISIBLE:
        check.warn(f"{len(said)} characters; most programs show {VISIBLE} at best.")
    for sentence in _punished(said):
        check.warn(sentence)
    return check.remarks(f"“{said}”, {len(said)} characters.")


def _punished(said: str) -> Iterator[str]:
    """Say what filters count against a subject."""
    letters = [one for one in said if one.isalpha()]
    if FAKE.match(said):
        yield "it looks like an answer to something, and filters punish that."
    if len(letters) >= SHOUTING and all(one.isupper() for one in letters):
        yield "it is all in capitals, and filters punish that."
    if any(unicodedata.category(one) == "Sc" for one in said):
        yield "it has a sign for money; filters count that a little against it."


def way_out(sample: Sample) -> tuple[Remark, ...]:
    """Look at how a reader leaves: by one click, and by a link that can be found."""
    check = Check("Unsubscribe")
    header = sample.one("List-Unsubscribe")
    ways = re.findall(r"<([^<>\s]+)>", header)
    link = next((way for way in ways if way.startswith(("https:", "http:"))), "")
    if not URIS.fullmatch(header) or not link:
        check.block("List-Unsubscribe names no web address for one click.")
    elif sample.away and link.startswith("http:"):
        check.block("the one-click address is plain http; providers want https.")
    if sample.one("List-Unsubscribe-Post") != ONE_CLICK:
        check.block(f"List-Unsubscribe-Post is not {ONE_CLICK}.")
    if link and link not in sample.text:
        check.block("the plain text has no link to unsubscribe.")
    if link and sample.html:
        at = sample.html.find(link)
        if at < 0:
            check.block("the HTML has no link to unsubscribe.")
        elif at > TOP:
            check.warn("the link in the HTML is far down, where a mail may be cut off.")
    return check.remarks("one click in the header, a link in each part.")
