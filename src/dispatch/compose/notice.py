"""Mails to one person: confirm, welcome, goodbye; and to operators: alert, test.

Rendered once for everybody who gets the same, like an issue, with spans for what is
personal. Nothing that somebody typed into a form is part of them.
"""

from collections.abc import Mapping
from typing import Any

from dispatch.compose import inline, letterhead, mime
from dispatch.compose.letter import Letter
from dispatch.compose.press import Press
from dispatch.model import Frozen, MailingKind, NewsletterSettings

DEFAULTS: Mapping[MailingKind, Mapping[str, Any]] = {
    MailingKind.CONFIRM: {"days": 7},
    MailingKind.WELCOME: {},
    MailingKind.GOODBYE: {},
    MailingKind.ALERT: {"alerts": ("This is only a test of alerts.",)},
    MailingKind.TEST: {"message": ""},
}
"""What each kind's templates are given beyond the letterhead: docs/templates.md."""


def notice(
    press: Press,
    kind: MailingKind,
    *,
    newsletter: NewsletterSettings | None,
    context: Mapping[str, Any],
) -> Frozen:
    """Render and freeze a mail of `kind`.

    Confirm, welcome and goodbye need their newsletter; without one, a mail comes from
    the publication. `context` overrides `DEFAULTS`. Raises TemplateError.
    """
    values = {**DEFAULTS[kind], **context}
    head = letterhead.make(press, newsletter, (kind, sorted(values.items())))
    rendered = press.templates.render(kind.value, {**head.context, **values})
    letter = Letter(
        kind=kind,
        sender_name=head.sender.name,
        sender=head.sender.address,
        subject=rendered.subject,
        text=rendered.text,
        html=inline.inline(rendered.html).html if rendered.html else "",
        placeholders=head.marks,
        language=press.site.language,
        reply_to=letterhead.reply_to(newsletter),
        bulk=(
            letterhead.bulk(press, newsletter, head.marks, kind=kind.value)
            if kind is MailingKind.WELCOME and newsletter is not None
            else None
        ),
    )
    return mime.freeze(letter)
