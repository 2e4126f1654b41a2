"""An issue for one choice: picked, rendered, made to fit, and frozen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.compose import (
    corrections,
    dates,
    edits,
    inline,
    letterhead,
    mime,
    pick,
    story,
    subject as subjects,
)
from dispatch.compose.corrections import Notice, Told
from dispatch.compose.edits import UNTOUCHED, Edited
from dispatch.compose.letter import Letter
from dispatch.compose.letterhead import Letterhead
from dispatch.compose.pick import Pick
from dispatch.compose.press import Press
from dispatch.compose.story import Setting, Story
from dispatch.model import (
    Article,
    Choice,
    Frozen,
    Issue,
    MailFormat,
    MailingKind,
    NewsletterSettings,
    Rendered,
    Variant,
)
from dispatch.text import plain

CLIPPED_AT = 90_000  # bytes of HTML; Gmail cuts a mail at about 102 kB
PREHEADER = 110
MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Made:
    """A variant whose `body` is yet to be stored, and the bytes to store.

    `warning` says what an operator should know: the mail is complete, but less fine.
    """

    variant: Variant
    frozen: Frozen
    warning: str = ""


@dataclass(frozen=True, slots=True)
class _Job:
    press: Press
    newsletter: NewsletterSettings
    issue: Issue
    choice: Choice
    setting: Setting
    notices: tuple[Notice, ...] = ()
    edited: Edited = UNTOUCHED


def make(
    press: Press,
    *,
    newsletter: NewsletterSettings,
    issue: Issue,
    choice: Choice,
    articles: Sequence[Article],
    now: datetime,
    told: Told | None = None,
    edited: Edited = UNTOUCHED,
) -> Made | None:
    """Return the issue as everybody with this choice gets it, or None for no stories.

    `articles` are those with a place in the issue that readers may see now. What
    exceeds `max_articles`, or would make Gmail clip the mail, is linked as "more on
    the web" and counts as covered. `told` are corrections to stories of earlier
    issues; alone they make no issue. `edited` is what editors want of it. Raises
    TemplateError.
    """
    zone = ZoneInfo(newsletter.timezone or press.site.timezone)
    setting = Setting(press.links, press.site.language, zone, now)
    notices = corrections.notices(told or Told(), choice, setting)
    job = _Job(press, newsletter, issue, choice, setting, notices, edited)
    articles = edits.apply(articles, edited)
    picked = _pick(job, articles, newsletter.max_articles)
    if picked is None:
        return None
    made = _make(job, picked)
    for tighter, limit in _ladder(setting, len(picked.articles)):
        if len(made.variant.html.encode()) <= CLIPPED_AT:
            break
        fewer = _pick(job, articles, limit) or picked
        made = _make(replace(job, setting=tighter), fewer)
    return made


def _pick(job: _Job, articles: Sequence[Article], limit: int) -> Pick | None:
    sections = job.newsletter.sections
    first = job.edited.first
    return pick.pick(articles, job.choice, sections=sections, limit=limit, first=first)


def _ladder(setting: Setting, stories: int) -> Iterator[tuple[Setting, int]]:
    """Yield what to try when a mail is too large, mildest first."""
    short = replace(setting, summary=120, lead_summary=240)
    bare = replace(short, summary=0, lead_summary=160, pictures=False)
    yield short, stories
    yield replace(short, pictures=False), stories
    yield bare, stories
    for _round in range(MOST_ROUNDS):
        stories = max(stories * 2 // 3, 1)
        yield bare, stories


def _make(job: _Job, picked: Pick) -> Made:
    head = letterhead.make(
        job.press,
        job.newsletter,
        (job.issue.id, job.choice, picked, job.edited.written, *job.notices),
    )
    rendered = job.press.templates.render(
        "digest", {**head.context, **_context(job, picked)}
    )
    warning = ""
    html = ""
    if job.choice.format is MailFormat.HTML:
        inlined = inline.inline(rendered.html)
        html, warning = mime.plain(inlined.html), inlined.warning
    rendered = Rendered(plain.squash(rendered.subject), mime.plain(rendered.text), html)
    frozen = mime.freeze(_letter(job, head, rendered))
    return Made(_variant(job, picked, rendered), frozen, warning)


def _variant(job: _Job, picked: Pick, rendered: Rendered) -> Variant:
    return Variant(
        issue=job.issue.id,
        choice=job.choice,
        revision=job.issue.revision,
        subject=rendered.subject,
        articles=tuple(article.id for article in picked.articles),
        more=picked.more,
        html=rendered.html,
        text=rendered.text,
    )


def _letter(job: _Job, head: Letterhead, rendered: Rendered) -> Letter:
    return Letter(
        kind=MailingKind.ISSUE,
        sender_name=head.sender.name,
        sender=head.sender.address,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        placeholders=head.marks,
        language=job.press.site.language,
        reply_to=letterhead.reply_to(job.newsletter),
        bulk=letterhead.bulk(
            job.press, job.newsletter, head.marks, kind="issue", issue=job.issue.id
        ),
    )


def _context(job: _Job, picked: Pick) -> dict[str, Any]:
    pairs = zip(picked.articles, picked.shows, strict=True)
    shown = [
        story.make(one, number, job.setting, show)
        for number, (one, show) in enumerate(pairs, 1)
    ]
    grouped = len(shown) - len(picked.also)
    slot = job.issue.slot.astimezone(job.setting.zone)
    title = letterhead.title(job.press, job.newsletter)
    return {
        "issue": {
            "id": job.issue.id,
            "slot": slot,
            "date": dates.full(slot, job.setting.language),
            "url": job.press.links.issue(job.issue.id),
        },
        "subject": job.edited.subject or subjects.line(title, picked.articles),
        "preheader": _preheader(shown),
        "lead": shown[0],
        "groups": _groups(picked, shown[1:grouped]),
        "also": shown[grouped:],
        "count": len(shown),
        "more": picked.more,
        "corrections": job.notices,
        "note": job.edited.note,
    }


def _groups(picked: Pick, stories: Sequence[Story]) -> list[dict[str, Any]]:
    """Return the other stories by section; one section alone needs no heading."""
    headed = len(picked.groups) > 1 or any(
        group.section != picked.lead.content.section for group in picked.groups
    )
    waiting = iter(stories)
    return [
        {
            "title": story.section_name(group.section) if headed else "",
            "stories": [next(waiting) for _one in group.articles],
        }
        for group in picked.groups
    ]


def _preheader(stories: Sequence[Story]) -> str:
    """Return what an inbox shows behind the subject: what else is in the mail."""
    others = [one.headline for one in stories[1:] if not one.generated]
    text = " · ".join(others) or stories[0].lede or stories[0].headline
    return plain.excerpt(text, PREHEADER)
