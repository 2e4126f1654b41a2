import re

import pytest
from lxml import html as lxml_html

from dispatch.compose import variant
from dispatch.model import Choice, MailFormat
from support import specimens
from support.composing import ISSUE, SITE, SLOT, article, newsletter, press

URL = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+")


def make(stories=None, form=MailFormat.HTML, **settings):
    return variant.make(
        press(),
        newsletter=newsletter(section=specimens.RULES, **settings),
        issue=ISSUE,
        choice=Choice(format=form),
        articles=specimens.whole() if stories is None else stories,
        now=SLOT,
    ).variant


@pytest.mark.parametrize("design", specimens.DESIGNS)
def test_the_text_has_every_link_of_the_html(design):
    made = make(design=design)

    tree = lxml_html.document_fromstring(made.html)
    of_html = {link.removeprefix("mailto:") for link in tree.xpath("//a/@href")}
    of_text = {url.rstrip(".") for url in URL.findall(made.text)} | {SITE.contact}
    assert "https://town.example/minutes" in of_html
    assert of_html == of_text


@pytest.mark.parametrize("form", MailFormat)
def test_a_whole_story_stands_in_the_text_as_text(form):
    text = make(form=form).text

    assert "   The board met for three hours; the minutes say little of it." in text
    assert "   - Sundays\n   - Soup at two" in text
    assert "<" not in text
    assert max(map(len, (one for one in text.splitlines() if "://" not in one))) <= 72


@pytest.mark.parametrize("design", specimens.DESIGNS)
def test_a_whole_story_keeps_to_the_mails_headings_and_width(design):
    tree = lxml_html.document_fromstring(make(design=design).html)

    (new, *_others) = tree.xpath("//h3[normalize-space()='What is new']")
    assert new.getnext().tag == "ul"
    assert tree.xpath("//h4[normalize-space()='What is not']")
    assert len(tree.xpath("//h1")) == 1
    for image in tree.xpath("//img[contains(@src, 'hall.jpg')]"):
        assert image.get("width") == "536"
        assert image.get("height") is None
        assert "max-width:100%" in image.get("style")


@pytest.mark.parametrize("design", specimens.DESIGNS)
def test_a_story_shown_by_its_headline_has_no_summary_and_no_small_picture(design):
    tree = lxml_html.document_fromstring(make(design=design).html)

    assert "Women’s hockey takes the cup" in tree.text_content()
    assert "A goal nine seconds" not in tree.text_content()
    assert not tree.xpath("//img[contains(@alt, 'Players lift')]")
    also = tree.xpath("//li//a[contains(., 'Council adopts budget')]")
    assert len(also) == 1


def test_whole_stories_that_are_too_long_become_summaries_and_it_is_told():
    long = article(1, html="<p>So it goes on and on.</p>" * 9000, section="campus")

    made = make([long])

    assert len(made.html.encode()) < variant.CLIPPED_AT
    assert made.left_out == (
        "Over 90 kB a mail is cut off, so full texts became summaries."
    )
