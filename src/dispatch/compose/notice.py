"""Mails to one person: confirm, welcome, goodbye, reminder; to operators: alert, test.

And to those who got a wrong issue: correction.

Rendered once for everybody who gets the same, like an issue, with spans for what is
personal. Nothing that somebody typed into a form is part of them.
"""

from collections.abc import Mapping
from typing import Any

from dispatch.compose import inline, letterhead, mime
from dispatch.compose.letter import Letter
from dispatch.compose.press import Press
from dispatch.model import Frozen, MailFormat, MailingKind, NewsletterSettings

DEFAULTS: Mapping[MailingKind, Mapping[str, Any]] = {
    MailingKind.CONFIRM: {"days": 7},
    MailingKind.WELCOME: {},
    MailingKind.GOODBYE: {},
    MailingKind.CORRECTION: {
        "issue": {
            "id": "",
            "subject": "Today",
            "date": "today",
            "url": "https://example.org/",
        },
        "note": "What was wrong, and what is right.",
        "corrections": (),
    },
    MailingKind.REMINDER: {"reason": "unconfirmed", "days": 7},
    MailingKind.ALERT: {"alerts": ("This is only a test of alerts.",)},
    MailingKind.TEST: {"message": ""},
}
"""What each kind's templates are given beyond the letterhead: docs/templates.md."""

OF_OPERATORS = frozenset({MailingKind.ALERT, MailingKind.TEST})
OF_A_LIST = frozenset({MailingKind.WELCOME, MailingKind.CORRECTION})


def notice(
    press: Press,
    kind: MailingKind,
    *,
    newsletter: NewsletterSettings | None,
    context: Mapping[str, Any],
    format_: MailFormat = MailFormat.HTML,
) -> Frozen:
    """Render and freeze a mail of `kind`.

    Those about a subscription need their newsletter; without one, a mail comes from
    the publication. `context` overrides `DEFAULTS`. Raises TemplateError.
    """
    values = {**DEFAULTS[kind], **context}
    seed = (kind, sorted(values.items()))
    head = letterhead.make(press, newsletter, seed, english=kind in OF_OPERATORS)
    rendered = press.templates.render(kind.value, {**head.context, **values})
    html = rendered.html if format_ is MailFormat.HTML else ""
    letter = Letter(
        kind=kind,
        sender_name=head.sender.name,
        sender=head.sender.address,
        subject=rendered.subject,
        text=rendered.text,
        html=inline.inline(mime.plain(html), press.site.inliner).html if html else "",
        placeholders=head.marks,
        language=head.context["language"],
        picture=press.logo,
        reply_to=letterhead.reply_to(newsletter),
        bulk=(
            letterhead.bulk(press, newsletter, head.marks, kind=kind.value)
            if kind in OF_A_LIST and newsletter is not None
            else None
        ),
    )
    return mime.freeze(letter)
