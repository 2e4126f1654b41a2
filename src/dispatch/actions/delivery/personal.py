"""What only one recipient's copy holds: addresses, tokens, Message-ID, Date.

All of it is a function of the delivery, so that a second try is byte-identical.
"""

from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from dispatch.model import Claim, Frozen
from dispatch.subscribe.tokens import Purpose, Tokens
from dispatch.text import address

VERP = "verp"
STAR = "*"  # stands for what names the delivery
PURPOSES: tuple[Purpose, ...] = ("unsubscribe", "preferences", "confirm")


def values(frozen: Frozen, claim: Claim, tokens: Tokens) -> dict[str, bytes]:
    """Return what `splice` puts into the spans of `frozen` for this delivery.

    A mail to nobody's subscription has no values for links of a subscription.
    """
    host = address.domain(claim.sender)
    texts = {
        "to": claim.recipient,
        "message_id": f"{tokens.message_id(claim.id)}@{host}",
        "date": _date(claim.mailing_created_at),
        "delivery": tokens.bounce(claim.id),
    }
    wanted = {span.name for span in frozen.spans}
    for purpose in PURPOSES:
        if purpose in wanted and claim.subscription is not None:
            texts[purpose] = tokens.make(purpose, claim.subscription)
    return {name: text.encode() for name, text in texts.items()}


@lru_cache(maxsize=64)
def _date(moment: datetime) -> str:
    """Return a mailing's Date, which all its messages share."""
    return format_datetime(moment)


def return_path(claim: Claim, name: str, setting: str) -> str:
    """Return the envelope sender; it names the delivery, and no reader's address.

    `name` is the delivery's, as `values` has it. `setting` is "verp" (at the
    newsletter's own address), an address with a star where the delivery is to be
    named, or one address for all.
    """
    if setting == VERP:
        local, _, host = claim.sender.rpartition("@")
        setting = f"{local}+{STAR}@{host}"
    return setting.replace(STAR, name)


def envelope(recipient: str) -> str:
    """Return the address for RCPT, its domain in ASCII where that can be had."""
    if recipient.isascii():
        return recipient
    try:
        return address.parse(recipient).address
    except ValueError:
        return recipient  # the transaction says what the relay cannot take
