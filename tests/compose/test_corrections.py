import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from dispatch.compose import corrections, variant
from dispatch.compose.corrections import Told
from dispatch.model import Choice, Correction, CorrectionKind as Kind, MailFormat
from dispatch.text import changes
from support.composing import ISSUE, SLOT, article, day, newsletter, press

WORDS = [f"word{number}" for number in range(100)]


def story(headline="Bridge closes", words=WORDS, **fields):
    content = {"headline": headline, "html": f"<p>{' '.join(words)}</p>"}
    inner = {name: fields.pop(name) for name in ("correction",) if name in fields}
    return replace(article(1, **content, **inner), **fields)


def swapped(number):
    """The text with so many of its hundred words exchanged."""
    return [f"new{n}" for n in range(number)] + WORDS[number:]


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (story(), None),
        (story("Bridge Closes!"), None),
        (story("Bridge stays open"), Kind.HEADLINE),
        (story(words=swapped(20)), None),
        (story(words=swapped(21)), Kind.TEXT),
        (story(words=WORDS[::-1]), None),
        (story(correction="Correction: It was May."), Kind.NOTE),
        (story("Bridge open", correction="Correction: It was May."), Kind.NOTE),
        (story(withdrawn_at=SLOT), Kind.WITHDRAWN),
        (story(held="an editor says so"), None),
    ],
)
def test_only_what_a_reader_must_know_is_material(after, kind):
    assert corrections.kind(story(), after) is kind


def test_a_text_that_changes_by_itself_is_no_correction():
    after = story(words=swapped(60), unannounced=1)

    assert corrections.kind(story(), after) is None
    assert corrections.kind(story(), replace(after, unannounced=0)) is Kind.TEXT


def test_a_correction_that_was_there_before_is_not_news():
    noted = story(correction="Correction: It was May.")

    assert corrections.kind(noted, replace(noted, revision=2)) is None
    more = story(correction="Correction: It was May, and a Monday.")
    assert corrections.kind(noted, more) is Kind.NOTE


@given(st.text(), st.text())
def test_the_share_of_changed_words_is_a_share_and_symmetric(one, other):
    share = changes.share_of_words(one, other)

    assert 0 <= share <= 1
    assert share == changes.share_of_words(other, one)
    assert changes.share_of_words(one, one) == 0


def told(*found):
    """Corrections to stories of an issue before: (article, kind, was, note)."""
    rows = tuple(
        Correction(one.id, number, kind, SLOT + timedelta(minutes=number), was, note)
        for number, (one, kind, was, note) in enumerate(found, 2)
    )
    return Told(rows, {one.id: one for one, *_ in found})


def some():
    """One of each kind."""
    return told(
        (
            article(21, headline="Rents rise by four per cent", section="town"),
            Kind.HEADLINE,
            "Rents rise by fourteen per cent",
            "",
        ),
        (
            article(
                22,
                headline="Chapel’s organ to be heard again",
                section="arts",
                correction="Correction: The organ was built in 1911, not in 1991.",
            ),
            Kind.NOTE,
            "",
            "Correction: The organ was built in 1911, not in 1991.",
        ),
        (
            article(23, headline="Trams to run later", section="town"),
            Kind.TEXT,
            "",
            "",
        ),
        (
            replace(
                article(24, headline="Bakery to close", section="town"),
                withdrawn_at=SLOT,
                withdrawn_reason="it confused two firms of one name",
            ),
            Kind.WITHDRAWN,
            "",
            "it confused two firms of one name",
        ),
        (
            article(25, headline="حديقة جديدة", section="arts", language="ar"),
            Kind.HEADLINE,
            "حديقة قديمة",
            "",
        ),
    )


def make(found=None, **choice):
    return variant.make(
        press(),
        newsletter=newsletter(),
        issue=ISSUE,
        choice=Choice(**choice),
        articles=day()[:2],
        now=SLOT,
        told=found or some(),
    ).variant


@pytest.mark.parametrize("ending", ["html", "text"])
def test_a_digest_with_corrections(snapshot, ending):
    kind = type(ending, (SingleFileSnapshotExtension,), {"file_extension": ending})

    # Stand-ins are hashes over all that is rendered: any setting changes them.
    shown = re.sub(r"\b[0-9a-f]{64}\b(?!\.)", "TOKEN", getattr(make(), ending))
    assert shown.encode() == snapshot(extension_class=kind)


def test_both_parts_say_the_same():
    made = make()

    for text in (" ".join(made.text.split()), " ".join(made.html.split())):
        assert "An earlier version was headlined “Rents rise by fourteen per" in text
        assert "The organ was built in 1911, not in 1991." in text
        assert "Its text has changed considerably since we mailed it." in text
        assert "We withdrew this story: it confused two firms of one name." in text


def test_a_digest_without_corrections_has_no_such_heading():
    made = make(Told())

    assert "orrections" not in made.html
    assert "CORRECTIONS" not in made.text


def test_topics_leave_out_the_corrections_of_other_sections():
    made = make(topics=("arts", "campus"), format=MailFormat.TEXT)

    assert "organ was built" in made.text
    assert "Rents rise" not in made.text
    assert "Bakery" not in made.text


def test_a_correction_cannot_bring_markup_into_a_mail():
    evil = told(
        (
            article(21, headline="<script>alert(1)</script>", section="town"),
            Kind.HEADLINE,
            "<img src=x onerror=alert(1)>",
            "",
        )
    )

    made = make(evil)

    assert "<script>" not in made.html
    assert "<img src=x" not in made.html


def test_an_endless_correction_is_cut():
    long = told(
        (article(21, correction="Correction: " + "so " * 900), Kind.NOTE, "", "x")
    )

    assert make(long).text.count("so ") < 200
