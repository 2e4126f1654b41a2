"""Mails to look at: each design with little, much, and what is awkward."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy

from dispatch.compose import corrections, mime, notice, proof, variant, words
from dispatch.compose.corrections import Told
from dispatch.compose.edits import UNTOUCHED
from dispatch.compose.proof import Action, Cover
from dispatch.compose.story import Setting
from dispatch.model import (
    Choice,
    Correction,
    CorrectionKind,
    HeadlineSource,
    Image,
    MailingKind,
    SectionSettings,
)
from support.composing import ISSUE, SITE, SLOT, article, day, newsletter, press

DESIGNS = ("briefing", "front-page")
SECTIONS = ("campus", "town", "sports", "arts", "opinion")
NOTE = (
    "Tomorrow’s issue will be late: the press room is moving to the annex.\n\n"
    "Letters about the new parking deck are welcome until Friday."
)


def digest(design, stories, *, site=SITE, note="", told=None, **settings):
    """Return the HTML of an issue of `stories`."""
    made = variant.make(
        press(site),
        newsletter=newsletter(design=design, **settings),
        issue=ISSUE,
        choice=Choice(),
        articles=stories,
        now=SLOT,
        edited=replace(UNTOUCHED, note=note),
        told=told,
    )
    return made.variant.html


def many():
    """Return twenty-five stories, every fifth with a picture."""
    eight = day()
    return [
        replace(
            eight[n % 8],
            id=n + 1,
            published_at=SLOT - timedelta(hours=n),
            content=replace(
                eight[n % 8].content,
                section=SECTIONS[n % 5],
                image=picture(n) if n % 5 == 0 else None,
            ),
        )
        for n in range(25)
    ]


def picture(number=0):
    sizes = ((1200, 800), (800, 1200), (900, 900))
    width, height = sizes[number % 3]
    return Image(
        url=f"https://courier.example/{number}.jpg",
        width=width,
        height=height,
        alt="Lanterns on the green",
        credit="Theo Marchetti ’26",
    )


def told():
    """Return a correction of each kind."""
    changed, gone = (
        article(90, headline="Library will stay open all night"),
        article(91, headline="Bakery to close"),
    )
    gone = replace(gone, withdrawn_at=SLOT, withdrawn_reason="the bakery stays")
    rows = (
        Correction(90, 2, CorrectionKind.HEADLINE, SLOT, was="Library closes at nine"),
        Correction(91, 2, CorrectionKind.WITHDRAWN, SLOT),
    )
    return Told(rows, {90: changed, 91: gone})


def arabic():
    """Return stories in Arabic, and one in English between them."""
    titles = (
        "افتتاح المكتبة الجديدة في وسط المدينة بعد عامين من العمل",
        "فريق التجديف يفوز ببطولة الجامعات للمرة الأولى",
        "معرض الكتب المستعملة يستقبل زواره يوم السبت",
        "المجلس البلدي يقر الميزانية ويبقي ساعات المكتبة",
    )
    summary = (
        "قالت إدارة الكلية يوم الاثنين إن المكتبة ستبقى مفتوحة طوال الليل في آخر "
        "أسبوعين من الفصل الدراسي، بعد أن طالب الطلاب بذلك منذ نوفمبر."
    )
    made = [
        article(
            n,
            headline=title,
            summary=summary,
            language="ar",
            section=SECTIONS[n % 2],
            bylines=("ليلى حداد",),
            image=picture() if n == 1 else None,
        )
        for n, title in enumerate(titles, 1)
    ]
    return [
        *made,
        article(
            5,
            headline="Chess team wins by candlelight",
            summary="Four moves later so was the wrong knight.",
            language="en",
            section="town",
        ),
    ]


def long_words():
    """Return a story whose words do not fit, and one that only has a lede."""
    return [
        article(
            1,
            headline="Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
            "bauunterbeamtengesellschaft gegründet",
            summary="See https://courier.example/" + "a" * 200 + " for more.",
            section="town",
        ),
        article(
            2,
            headline="The rowing club’s boathouse, closed since…",
            headline_source=HeadlineSource.GENERATED,
            summary="The rowing club’s boathouse, closed since the flood of January, "
            "opens its doors again on Saturday.",
            section="town",
            image=picture(1),
        ),
    ]


WHOLE = (
    "<p>The board met for <b>three hours</b>; "
    "<a href='https://town.example/minutes'>"
    "the minutes</a> say little of it.</p><h1>What is new</h1><ul><li>Sundays</li><li>"
    "Soup at two</li></ul><blockquote><p>We had no choice.</p></blockquote>"
    '<p><img src="https://courier.example/hall.jpg" width="1200" height="800" alt="The '
    'hall"></p><table><tr><th>For</th><td>6</td></tr></table><h3>What is not</h3>'
    "<p>The rest.</p>"
)
RULES = (
    SectionSettings("campus", show="full"),
    SectionSettings("town", limit=1),
    SectionSettings("sports", show="headline"),
    SectionSettings("arts", limit=1),
)


def whole():
    """Return stories of which RULES show some whole, and some by a headline alone."""
    return [
        replace(one, content=replace(one.content, html=WHOLE))
        if one.content.section == "campus"
        else one
        for one in day()
    ]


def mails():
    """Yield every specimen: its name and its HTML."""
    for design in DESIGNS:
        yield f"{design}.day", digest(design, day(), note=NOTE, told=told())
        yield f"{design}.many", digest(design, many(), max_articles=20)
        yield f"{design}.whole", digest(design, whole(), section=RULES)
        yield f"{design}.one", digest(design, day()[3:4])
        yield (
            f"{design}.arabic",
            digest(
                design,
                arabic(),
                site=replace(SITE, language="ar", title="بريد لاركفيلد"),
                title="البريد اليومي",
            ),
        )
        yield f"{design}.long-words", digest(design, long_words())
        logo = replace(SITE, logo="https://courier.example/logo.png", accent="#ffd400")
        yield f"{design}.logo", digest(design, day()[:3], site=logo)


ALERTS = (
    "Issue daily-2026-03-04 is held: preflight: DKIM: the key s1 has expired.",
    "The relay default failed 4 times: smtp.relay.example:465 does not answer.",
    "The hub https://" + "hub" * 40 + ".example/ has been silent since noon.",
)
COVER = Cover(
    line="Proof: The Daily Courier, 8 stories, 9,012 readers, waits for you",
    subject="Night buses to run until two, after a winter of petitions",
    silence="It waits until somebody approves it. If nobody does by 03:00 on Thursday, "
    "it is not sent, and its stories go into the next issue.",
    actions=tuple(
        Action(label, f"https://news.courier.example/proof/{'k' * 40}#{number}")
        for number, label in enumerate(
            ("Approve", "Drop a story", "Change the subject", "Send now")
        )
    ),
    others="412 readers of these get the newsletter less often, or could not be "
    "reached lately: their copy also has what earlier issues had.",
    held="43 stories from wire, usually 6 on a Monday.",
    done=("ruth@courier.example made “Council adopts budget” the lead.",),
    problems=("Size: 91,204 bytes of HTML; some programs cut at 102,000.",),
    reminder=True,
)


def proof_of(design):
    """Return the HTML of a proof that has everything to say."""
    letter = newsletter(design=design)
    made = variant.make(
        press(),
        newsletter=letter,
        issue=ISSUE,
        choice=Choice(),
        articles=day(),
        now=SLOT,
    )
    return page_of(proof.make(press(), letter, made.variant, made.frozen, COVER))


def page_of(frozen):
    parsed = message_from_bytes(mime.unstuff(frozen.data), policy=policy.default)
    return parsed.get_body(("html",)).get_content()


def letters():
    """Yield the mails to one person and to operators: a name and the HTML of each."""
    setting = Setting(press().links, "en", SLOT.tzinfo, SLOT, words.of("en"))
    corrected = {
        "issue": {
            "id": ISSUE.id,
            "subject": "Night buses to run until two",
            "date": "Wednesday, March 4, 2026",
            "url": "https://news.courier.example/archive/daily-2026-03-04",
        },
        "note": NOTE,
        "corrections": corrections.notices(told(), Choice(), setting),
    }
    more = {
        "reminder-bounced": (MailingKind.REMINDER, {"reason": "bounced"}),
        "correction-notices": (MailingKind.CORRECTION, corrected),
        "alert-many": (MailingKind.ALERT, {"alerts": ALERTS}),
        "test-message": (MailingKind.TEST, {"message": "Through the relay default."}),
    }
    kinds = {kind.value: (kind, {}) for kind in notice.DEFAULTS} | more
    for name, (kind, context) in kinds.items():
        made = notice.notice(press(), kind, newsletter=newsletter(), context=context)
        yield name, page_of(made)
    for design in DESIGNS:
        yield f"{design}.proof", proof_of(design)
