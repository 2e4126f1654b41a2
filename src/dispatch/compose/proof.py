"""A proof: the exact issue under a cover that says what it is and what can be done.

The issue's own texts are taken as they were frozen, never rendered anew: what editors
look at is what readers get. Only a reader's links are replaced by words that lead
nowhere, so that no editor unsubscribes somebody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.compose import letterhead, mime
from dispatch.compose.letter import Letter
from dispatch.compose.press import Press
from dispatch.errors import TemplateError
from dispatch.model import Frozen, MailingKind, NewsletterSettings, Variant

GAP = timedelta(minutes=2)  # between two proofs of one issue to one editor
MOST = 12  # proofs of one issue to one editor

OURS = frozenset({"to", "message_id", "date", "delivery"})
BODY = re.compile("<body[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Action:
    """A link of the cover: what it says, and where it leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands above the issue. All texts are plain.

    `line` is the whole in a sentence, `silence` what happens when nobody answers,
    `others` who gets something else than what is shown, `held` why it waits, if it
    does, `done` what editors did, and `problems` what to look at before it goes, a
    sentence each.
    """

    line: str
    subject: str
    silence: str
    actions: Sequence[Action]
    others: str = ""
    held: str = ""
    done: Sequence[str] = ()
    problems: Sequence[str] = ()
    reminder: bool = False


def is_due(*, sent: int, sent_at: datetime | None, now: datetime) -> bool:
    """Whether another proof may go to an editor who had `sent` of them."""
    return sent < MOST and (sent_at is None or now - sent_at >= GAP)


def make(
    press: Press,
    newsletter: NewsletterSettings,
    variant: Variant,
    frozen: Frozen,
    cover: Cover,
) -> Frozen:
    """Return the proof of what `variant` froze. Raises TemplateError."""
    shown = of_nobody(variant, frozen)
    text, html = shown.text, shown.html
    head = letterhead.make(press, newsletter, (cover, text, html))
    rendered = press.templates.render("proof", {**head.context, "proof": cover})
    letter = Letter(
        kind=MailingKind.PROOF,
        sender_name=head.sender.name,
        sender=head.sender.address,
        subject=rendered.subject,
        text=f"{rendered.text.rstrip()}\n\n{text}",
        html=_under(rendered.html, html) if html else "",
        placeholders=head.marks,
        language=press.site.language,
        picture=press.logo,
        reply_to=letterhead.reply_to(newsletter),
    )
    return mime.freeze(letter)


def of_nobody(made: Variant, frozen: Frozen) -> Variant:
    """Return a variant whose links of a reader are words that lead nowhere."""
    personal = _personal(frozen)
    return replace(
        made, html=_without(made.html, personal), text=_without(made.text, personal)
    )


def _personal(frozen: Frozen) -> Mapping[str, str]:
    """Return the stand-ins for a reader's links, by what they stand for."""
    return {
        frozen.data[span.start : span.end].decode("ascii"): span.name
        for span in frozen.spans
        if span.name not in OURS
    }


def _without(text: str, personal: Mapping[str, str]) -> str:
    for mark, name in personal.items():
        text = text.replace(mark, f"a-reader-s-{name}-link")
    return text


def _under(cover: str, html: str) -> str:
    """Put the cover at the head of the issue's own markup."""
    found = BODY.search(html)
    if found is None:
        raise TemplateError("digest/body.html has no <body> to put a proof's cover in.")
    return f"{html[: found.end()]}\n{cover}{html[found.end() :]}"
