"""An issue for one choice: picked, rendered, made to fit, and frozen."""

from collections.abc import Mapping, Sequence
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
    room,
    story,
    subject as subjects,
)
from dispatch.compose.corrections import Notice, Told
from dispatch.compose.edits import UNTOUCHED, Edited
from dispatch.compose.letter import Bulk, Letter
from dispatch.compose.letterhead import Letterhead
from dispatch.compose.pick import Pick
from dispatch.compose.press import Press
from dispatch.compose.room import Room
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

CLIPPED_AT = 90_000  # bytes of HTML, as it is and encoded; Gmail cuts at about 102 kB
PREHEADER = 110
LONGEST_SUBJECT = 200  # characters


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
    said = press.templates.words(press.site.language)
    setting = Setting(press.links, press.site.language, zone, now, said)
    notices = corrections.notices(told or Told(), choice, setting)
    job = _Job(press, newsletter, issue, choice, setting, notices, edited)
    articles = edits.apply(articles, edited)
    picked = _pick(job, articles, newsletter.max_articles)
    if picked is None:
        return None
    made, left = room.fit(
        lambda one: _in(job, articles, one),
        lambda one: _size(one) <= CLIPPED_AT,
        len(picked.articles),
    )
    return _told(made, left, fits=_size(made) <= CLIPPED_AT)


def _in(job: _Job, articles: Sequence[Article], left: Room) -> Made:
    """Make the mail with no more than there is room for."""
    limit = min(job.newsletter.max_articles, left.stories)
    picked = _pick(job, articles, limit)
    if picked is None:
        raise AssertionError("what was picked once is picked again")
    return _make(replace(job, setting=replace(job.setting, room=left)), picked)


def _size(made: Made) -> int:
    """Return the bytes of the longest part, HTML also as it is sent."""
    sizes = (len(text.encode()) for text in (made.variant.html, made.variant.text))
    return max(*sizes, _html_part(made.frozen))


def _html_part(frozen: Frozen) -> int:
    _before, found, part = frozen.data.rpartition(b"Content-Type: text/html")
    return len(part.partition(b"\r\n--=_")[0]) if found else 0


def _told(made: Made, left: Room, *, fits: bool) -> Made:
    """Say what was left out."""
    shown = len(made.variant.articles)
    said = room.left_out(left, shown=shown, more=made.variant.more)
    if not fits:
        said = f"The mail is over {CLIPPED_AT // 1000} kB with a single story in it."
    return replace(made, variant=replace(made.variant, left_out=said))


def _pick(job: _Job, articles: Sequence[Article], limit: int) -> Pick | None:
    plan = pick.Plan(
        limit,
        job.newsletter.sections,
        job.newsletter.section,
        job.edited.first,
        job.setting.language,
    )
    return pick.pick(articles, job.choice, plan)


def _make(job: _Job, picked: Pick) -> Made:
    head = letterhead.make(
        job.press,
        job.newsletter,
        (job.issue.id, job.choice, picked, job.edited.written, *job.notices),
    )
    context = {**head.context, **_context(job, picked)}
    context["subject"] = _subject(job, context)
    rendered = job.press.templates.render("digest", context, job.newsletter.design)
    warning = ""
    html = ""
    if rendered.html and job.choice.format is MailFormat.HTML:
        page = mime.plain(rendered.html)
        inlined = inline.inline(page, job.press.site.inliner)
        html, warning = mime.plain(inlined.html), inlined.warning
    rendered = Rendered(plain.squash(rendered.subject), mime.plain(rendered.text), html)
    frozen = mime.freeze(_letter(job, head, rendered))
    return Made(_variant(job, picked, rendered), frozen, warning)


def _subject(job: _Job, context: Mapping[str, Any]) -> str:
    """Return the editors' subject, the config's, or the usual one, in this order."""
    newsletter = job.newsletter
    if job.edited.subject or not newsletter.subject:
        return job.edited.subject or str(context["subject"])
    where = f"newsletter.{newsletter.name}.subject"
    line = job.press.templates.line(where, newsletter.subject, context)
    return plain.excerpt(line, LONGEST_SUBJECT) or str(context["subject"])


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
        picture=job.press.logo,
        reply_to=letterhead.reply_to(job.newsletter),
        bulk=_bulk(job, head),
    )


def _bulk(job: _Job, head: Letterhead) -> Bulk:
    return letterhead.bulk(
        job.press, job.newsletter, head.marks, kind="issue", issue=job.issue.id
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
            "date": dates.full(slot, job.setting.language, job.setting.words),
            "url": job.press.links.issue(job.issue.id),
        },
        "subject": subjects.line(title, picked.articles),
        "preheader": _preheader(shown),
        "design": job.newsletter.design,
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
