"""A proof: the frozen issue under a cover."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from dispatch.compose import mime, proof, variant
from dispatch.compose.proof import Action, Cover
from dispatch.compose.splice import splice
from dispatch.errors import TemplateError
from dispatch.model import Choice, MailFormat
from support.composing import ISSUE, SLOT, day, newsletter, press

COVER = Cover(
    line="Proof: The Daily Courier, 8 stories, 9,012 readers, sends 07:00",
    subject="Buses <b>all</b> night",
    silence="If nobody does anything, it goes out at 07:00.",
    actions=(Action("Hold", "https://news.courier.example/proof/abc#hold"),),
    held="43 stories from wire.",
    done=("ada@courier.example dropped “<script>”.",),
    problems=("Size: It is larger than usual.",),
)
VALUES = {
    "to": b"ada@courier.example",
    "message_id": b"1@x",
    "date": b"now",
    "delivery": b"1",
}


def made(format_=MailFormat.HTML):
    return variant.make(
        press(),
        newsletter=newsletter(),
        issue=ISSUE,
        choice=Choice(format=format_),
        articles=day(),
        now=SLOT,
    )


def mail(issue=None, cover=COVER):
    issue = issue or made()
    frozen = proof.make(press(), newsletter(), issue.variant, issue.frozen, cover)
    whole = mime.unstuff(splice(frozen, VALUES))
    return message_from_bytes(whole, policy=policy.default)


def part(found, kind):
    return found.get_body((kind,)).get_content()


def test_the_cover_says_everything_in_both_parts():
    found = mail()

    assert found["Subject"] == COVER.line
    for text in (part(found, "plain"), part(found, "html")):
        words = " ".join(text.split())
        assert "If nobody does anything, it goes out at 07:00." in words
        assert "https://news.courier.example/proof/abc#hold" in words
        assert "43 stories from wire." in words
        assert "Size: It is larger than usual." in words


def test_what_editors_and_stories_say_is_no_markup():
    html = part(mail(), "html")

    assert "Buses &lt;b&gt;all&lt;/b&gt; night" in html
    assert "<script>" not in html


def test_a_proof_is_no_bulk_mail_and_carries_no_readers_link():
    found = mail()

    assert found["List-Unsubscribe"] is None
    assert found["To"] == "ada@courier.example"
    assert "/unsubscribe/a-reader-s-unsubscribe-link" in part(found, "html")
    assert "/preferences/a-reader-s-preferences-link" in part(found, "plain")


def test_a_reminder_says_so_in_its_subject():
    waiting = replace(COVER, reminder=True)

    assert mail(cover=waiting)["Subject"].startswith("Waiting for you: Proof:")


def test_a_text_only_issue_has_a_text_only_proof():
    found = mail(made(MailFormat.TEXT))

    assert found.get_content_type() == "text/plain"
    assert COVER.silence in found.get_content()


def test_a_digest_without_a_body_is_said_to_be_at_fault():
    issue = made()
    headless = replace(issue.variant, html="<p>Only this.</p>")

    with pytest.raises(TemplateError, match="no <body> to put a proof's cover in"):
        proof.make(press(), newsletter(), headless, issue.frozen, COVER)
