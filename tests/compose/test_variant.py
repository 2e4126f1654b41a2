import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import pairwise

import pytest
from lxml import html as lxml_html
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from dispatch.compose import inline_fenced, mime, variant
from dispatch.compose.edits import Edited
from dispatch.compose.pick import Group, Pick
from dispatch.compose.splice import splice
from dispatch.errors import TemplateError
from dispatch.model import Choice, HeadlineSource, Image, MailFormat
from support.composing import (
    ISSUE,
    SHIPPED,
    SITE,
    SLOT,
    article,
    day,
    newsletter,
    press,
    steady,
)

VALUES = {
    "to": b"ada@readers.example",
    "message_id": b"abcdefghijklmnop@courier.example",
    "delivery": b"zyxwvutsrqponmlkjihgfedc",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "unsubscribe": b"u" * 40,
    "preferences": b"p" * 40,
}
URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+")


class Eml(SingleFileSnapshotExtension):
    file_extension = "eml"


def make(articles=None, choice=None, site=SITE, note="", **settings):
    return variant.make(
        press(site),
        newsletter=newsletter(**settings),
        issue=ISSUE,
        choice=choice or Choice(),
        articles=day() if articles is None else articles,
        now=SLOT,
        edited=Edited(note=note),
    )


def message(made):
    return mime.unstuff(splice(made.frozen, VALUES))


def part(made, subtype):
    parsed = message_from_bytes(message(made), policy=policy.default)
    return parsed.get_body((subtype,)).get_content()


def tree(made):
    return lxml_html.document_fromstring(part(made, "html"))


def links_of(made):
    return {link.removeprefix("mailto:") for link in tree(made).xpath("//a/@href")}


def test_the_digest_as_it_leaves(snapshot):
    made = make()

    assert steady(message(made)) == snapshot(extension_class=Eml)
    for subtype, ending in (("plain", "txt"), ("html", "html")):
        kind = type(ending, (SingleFileSnapshotExtension,), {"file_extension": ending})
        text = part(made, subtype).encode()
        assert text == snapshot(extension_class=kind, name=ending)


def test_a_variant_says_what_it_is_made_of():
    made = make(max_articles=5)

    assert made.warning == ""
    assert len(made.variant.articles) == 5
    assert made.variant.more == 3
    assert made.variant.issue == ISSUE.id
    assert made.variant.body == ""


def test_the_same_stories_freeze_to_the_same_bytes():
    assert make().frozen == make().frozen
    assert make().frozen != make(choice=Choice(topics=("town",))).frozen


def test_both_parts_carry_the_same_links():
    made = make(max_articles=5)

    text = part(made, "plain")
    in_text = {url.rstrip(".") for url in URL.findall(text)} | {"desk@courier.example"}
    assert links_of(made) == in_text
    assert all(link in text for link in links_of(made))


def test_a_reader_finds_the_way_out_at_the_top_and_at_the_end():
    made = make()
    out = f"{SITE.url}/unsubscribe/{'u' * 40}"

    html, text = part(made, "html"), part(made, "plain")
    assert html.count(out) == 2
    assert html.index(out) < 12_000
    assert text.count(out) == 2
    assert text.index(out) < 300


def test_a_text_only_choice_gets_no_html():
    made = make(choice=Choice(format=MailFormat.TEXT))

    parsed = message_from_bytes(message(made), policy=policy.default)
    assert parsed.get_content_type() == "text/plain"
    assert made.variant.html == ""
    assert "Night buses" in parsed.get_content()


def test_topics_leave_only_their_sections_and_none_leave_no_mail():
    made = make(choice=Choice(topics=("arts", "town")))

    assert sorted(made.variant.articles) == [3, 4, 7, 8]
    assert make(choice=Choice(topics=("obituaries",))) is None
    assert make(articles=[]) is None


def test_the_editors_note_and_what_else_there_is_stand_in_both_parts(monkeypatch):
    lead, second, third = day()[0], day()[3], day()[4]
    picked = Pick(lead, (Group("town", (second,), "full"),), also=(third,))
    monkeypatch.setattr(variant.pick, "pick", lambda *_, **__: picked)

    made = make(note="We move on Monday.\n\nWrite to us <there>.")

    for text in (part(made, "plain"), tree(made).text_content()):
        assert "We move on Monday." in text
        assert "Write to us <there>." in text
        assert "also today" in text.lower()
        assert "takes the cup in overtime" in text
        assert "A goal nine seconds" not in text
    assert made.variant.articles == (lead.id, second.id, third.id)


def test_a_generated_headline_is_shown_as_its_lede_and_never_as_a_heading_of_its_own():
    html = tree(make())
    shown = [" ".join(one.itertext()).strip() for one in html.xpath("//h2 | //h3")]

    assert not [text for text in shown if text.endswith("…")]
    assert [text for text in shown if text.startswith("The rowing club’s boathouse")]


def test_stories_of_another_language_say_so():
    arabic = article(9, headline="افتتاح المكتبة", language="ar", section="arts")

    html = tree(make([*day(), arabic]))

    (spanish,) = html.xpath("//div[@lang='es']")
    assert "exposición" in spanish.text_content()
    (right_to_left,) = html.xpath("//div[@lang='ar']")
    assert right_to_left.get("dir") == "rtl"


@pytest.mark.parametrize(
    ("headline", "direction"),
    [
        ("افتتاح المكتبة in 2026", "rtl"),
        ("Library, in Arabic مكتبة", None),
        ("2026", None),
    ],
)
def test_a_story_that_tells_no_language_runs_as_its_headline_does(headline, direction):
    html = tree(make([day()[0], article(9, headline=headline)]))

    (heading,) = html.xpath(f"//h2[contains(., '{headline}')]")
    assert heading.getparent().get("dir") == direction


def test_a_lede_in_a_headlines_place_can_be_told_to_be_a_link():
    html = tree(make())

    (link,) = html.xpath("//h2/a[starts-with(., 'The rowing club’s boathouse')]")
    assert " ".join(link.itertext()).split()[-2:] == ["Read", "on"]


def test_hostile_story_text_is_text():
    nasty = article(
        9,
        headline="<script>alert(1)</script> {{ links.unsubscribe }} {% raw %}",
        summary="</td></tr></table><style>*{display:none}</style>",
        correction='Correction: "<img src=x onerror=y>"',
        bylines=("<b>Bob</b>",),
    )

    html = part(make([nasty]), "html")

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ links.unsubscribe }}" in html
    assert html.count("<style") == 2  # of Outlook, and the kept one


def test_no_story_can_have_a_readers_link_put_into_its_own():
    known = make().frozen
    marks = {known.data[s.start : s.end].decode() for s in known.spans}
    mark = next(iter(sorted(marks)))
    thief = article(9, headline=mark, url=f"https://thief.example/?{mark}")

    made = make([*day(), thief])

    assert sorted(s.name for s in made.frozen.spans) == sorted(
        s.name for s in known.spans
    )
    assert f"https://thief.example/?{mark}" in links_of(made)


def test_nothing_is_left_over():
    for text in (part(make(), "html"), part(make(), "plain")):
        assert not re.search(r"\{\{|\{%|\bNone\b|undefined|localhost|var\(", text)
        assert not re.search("[\x80-\x9f\ufffd]", text)


def test_the_html_is_what_mail_programs_take():
    html = part(make(), "html")
    root = tree(make())

    assert html.startswith("<!DOCTYPE html>")
    assert root.get("lang") == "en"
    for table in root.iter("table"):
        assert table.get("role") == "presentation"
    for image in root.iter("img"):
        assert {"src", "width", "alt"} <= set(image.keys())
    styles = "".join(root.xpath("//style/text()"))
    assert len(styles.encode()) < 15_000
    assert not re.search(r"\S!important", styles)
    assert not re.search(r"@[^{]*\{[^}]*@", styles)
    assert "@import" not in html
    headings = [int(one.tag[1]) for one in root.xpath("//h1 | //h2 | //h3")]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(headings))


def test_everything_that_is_seen_is_styled_without_any_style_block():
    root = tree(make())

    for cell in root.xpath("//td[normalize-space(text())] | //h1 | //h2 | //h3 | //p"):
        assert cell.get("style"), lxml_html.tostring(cell)
    three_digits = [s for s in root.xpath("//@style") if re.search(r"#\w{3}\b", s)]
    assert three_digits == []


def test_the_preheader_comes_first_and_says_something_new():
    body = tree(make()).find("body")
    first = next(text.strip() for text in body.itertext() if text.strip())

    assert first.startswith("Student film festival announces its jury")
    assert make().variant.subject not in first


@pytest.mark.parametrize("count", [10, 60, 200, 2000])
def test_however_many_stories_the_mail_is_not_clipped(count):
    stories = [
        article(n, hours=n, section=f"section {n % 7}", summary="Long words " * 60)
        for n in range(1, count + 1)
    ]

    made = make(stories, max_articles=200)

    assert len(made.variant.html.encode()) <= variant.CLIPPED_AT
    assert len(made.variant.articles) + made.variant.more == count
    assert "/unsubscribe/" in made.variant.html[:12_000]
    assert SITE.postal_address in part(made, "plain")


def test_a_site_without_anything_optional_still_makes_a_mail():
    bare = replace(SITE, contact="", postal_address="", home="", accent="nonsense")
    plain = article(1, headline="Only one", section="", summary="", html="")

    made = make([plain], site=bare, title="", description="")

    assert made.variant.subject == "Only one — The Larkfield Courier"
    assert "mailto:" not in part(made, "html")


def test_a_logo_is_shown_with_the_title_to_read_when_pictures_are_blocked():
    made = make(site=replace(SITE, logo="https://courier.example/logo.png"))

    (logo,) = tree(made).xpath("//img[@src='https://courier.example/logo.png']")
    assert logo.get("alt") == SITE.title


def test_a_tall_picture_keeps_its_shape_and_leaves_room_for_the_story():
    tall = Image(url="https://courier.example/t.jpg", width=800, height=1600)

    (image,) = tree(make([article(1, image=tall)])).xpath("//img")

    assert (image.get("width"), image.get("height")) == ("200", "400")


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "data:image/png;base64,xx"])
def test_a_picture_without_a_web_address_is_left_out(url):
    assert not tree(make([article(1, image=Image(url=url))])).xpath("//img")


def test_an_issue_of_generated_headlines_alone_still_has_a_subject():
    lone = article(
        1, headline="The club said", headline_source=HeadlineSource.GENERATED
    )

    made = make([lone])

    assert made.variant.subject == "The club said — The Daily Courier"


def test_styles_that_cannot_be_inlined_are_told_and_the_mail_is_whole(monkeypatch):
    def fails(_page):
        raise ValueError("no")

    monkeypatch.setattr(inline_fenced, "_transform", fails)
    made = make()

    assert "could not be inlined" in made.warning
    assert "Night buses" in part(made, "html")


def test_a_template_with_an_unknown_name_is_named(tmp_path):
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest" / "body.txt").write_text("{{ issue.number }}")

    with pytest.raises(TemplateError, match=r"body\.txt, line 1.*number"):
        variant.make(
            press(folders=(tmp_path, SHIPPED)),
            newsletter=newsletter(),
            issue=ISSUE,
            choice=Choice(),
            articles=day(),
            now=SLOT,
        )


def test_a_template_may_print_whole_stories_without_their_styles(tmp_path):
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest" / "body.html").write_text("<html><body>{{ lead.html }}")
    story = article(1, html='<p style="p" class="x">One &amp; <i>two</i></p>')

    made = variant.make(
        press(folders=(tmp_path, SHIPPED)),
        newsletter=newsletter(),
        issue=ISSUE,
        choice=Choice(),
        articles=[story],
        now=SLOT + timedelta(hours=1),
    )

    assert "<p>One &amp; <i>two</i></p>" in made.variant.html
