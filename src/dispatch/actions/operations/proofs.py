"""Render every kind of mail once with made-up values, to find broken templates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from dispatch.compose import notice, proof as proofing, variant
from dispatch.compose.corrections import Told
from dispatch.compose.edits import Edited
from dispatch.compose.press import Press
from dispatch.compose.proof import Action, Cover
from dispatch.compose.variant import Made
from dispatch.errors import TemplateError
from dispatch.model import (
    Article,
    Choice,
    Content,
    Correction,
    CorrectionKind,
    Design,
    Image,
    Issue,
    IssueState,
    MailFormat,
    MailingKind,
    NewsletterSettings,
)

DAY = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SAMPLE = NewsletterSettings(
    name="sample",
    title="Sample",
    sender="Sample <sample@courier.example>",
    schedule="0 7 * * *",
    timezone="UTC",
)
OF_NEWSLETTERS = (
    MailingKind.CONFIRM,
    MailingKind.WELCOME,
    MailingKind.GOODBYE,
    MailingKind.CORRECTION,
    MailingKind.REMINDER,
)
OF_PUBLICATION = (MailingKind.ALERT, MailingKind.TEST)
STORIES = 4
COVER = Cover(
    line="Proof: Sample, 4 stories, 1,000 readers, waits for you",
    subject="A made-up subject",
    silence="It waits until somebody approves it.",
    actions=(Action("Approve", "https://courier.example/"),),
    held="It was made up.",
    done=("ada@courier.example held it.",),
    problems=("It is larger than usual.",),
    reminder=True,
)

IMAGE = Image(url="https://courier.example/made-up.jpg", width=900, height=600)

Proof = Callable[[], object]


def render_all(
    press: Press,
    newsletters: Sequence[NewsletterSettings],
    designs: Sequence[Design] = (),
) -> tuple[str, ...]:
    """Return what is wrong with the templates, each fault once.

    Of `designs`, those are looked at as well that no newsletter has.
    """
    errors: dict[str, None] = dict.fromkeys(press.templates.check())
    letters = tuple(newsletters) or (SAMPLE,)
    seen = {one.design for one in letters}
    more = tuple(replace(SAMPLE, design=one) for one in designs if one not in seen)
    for proof in _proofs(press, (*letters, *more)):
        try:
            proof()
        except TemplateError as error:
            errors.setdefault(str(error))
    return tuple(errors)


def _proofs(
    press: Press, newsletters: tuple[NewsletterSettings, ...]
) -> Iterator[Proof]:
    for letter in newsletters:
        yield from (partial(_digest, press, letter, form) for form in MailFormat)
        yield partial(_proof, press, letter)
        for kind in OF_NEWSLETTERS:
            yield partial(notice.notice, press, kind, newsletter=letter, context={})
    for kind in OF_PUBLICATION:
        yield partial(notice.notice, press, kind, newsletter=None, context={})


def _proof(press: Press, newsletter: NewsletterSettings) -> None:
    """Render what editors are shown; a digest that fails is told of elsewhere."""
    try:
        made = _digest(press, newsletter, MailFormat.HTML)
    except TemplateError:
        return
    if made is not None:
        proofing.make(press, newsletter, made.variant, made.frozen, COVER)


def _digest(
    press: Press, newsletter: NewsletterSettings, format_: MailFormat
) -> Made | None:
    issue = Issue(
        id=f"{newsletter.name}-2026-03-04",
        newsletter=newsletter.name,
        slot=DAY,
        state=IssueState.DRAFT,
        subject="",
        from_position=0,
        to_position=STORIES,
        created_at=DAY,
    )
    return variant.make(
        press,
        newsletter=newsletter,
        issue=issue,
        choice=Choice(format=format_),
        articles=[_story(number) for number in range(1, STORIES + 1)],
        now=DAY,
        told=_told(),
        edited=Edited(note="A note.\n\nIts second paragraph."),
    )


def _told() -> Told:
    """Make up a correction of each kind that a template may treat differently."""
    changed, gone = _story(STORIES + 1), _story(STORIES + 2)
    gone = replace(gone, withdrawn_at=DAY, withdrawn_reason="it was made up")
    rows = (
        Correction(changed.id, 2, CorrectionKind.HEADLINE, DAY, was="Another one"),
        Correction(gone.id, 2, CorrectionKind.WITHDRAWN, DAY),
    )
    return Told(rows, {changed.id: changed, gone.id: gone})


def _story(number: int) -> Article:
    """Make up a story; they differ in what they have."""
    content = Content(
        headline=f"A made-up story, number {number}",
        html="<p>A paragraph that nobody will ever read.</p>",
        summary="A summary." if number % 2 else "",
        bylines=("Sam Ample",) if number > 1 else (),
        section="news" if number < STORIES else "sports",
        image=replace(IMAGE, credit="Photo: Sam Ample") if number % 2 else None,
        correction="It was made up." if number > 1 else "",
        language="ar" if number == STORIES else "",
    )
    return Article(
        id=number,
        tag_id=f"tag:courier.example,2026:{number}",
        source="sample",
        content=content,
        published_at=DAY - timedelta(hours=number),
        updated_at=DAY,
        first_seen_at=DAY,
        content_hash="",
    )
