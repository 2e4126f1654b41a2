from datetime import UTC, datetime, timedelta, timezone

import pytest

from dispatch.model import Enclosure, Image
from dispatch.publish import items
from support.publishing import LINKS, article, words


def item(ids="tag", language="en", **fields):
    return items.from_article(article(**fields), items.Style(LINKS, ids, language))


def test_a_story_keeps_the_id_it_was_given():
    assert item(guid="77").id == article().tag_id


def test_a_feed_with_source_ids_keeps_the_original_guid():
    made = item(ids="source", guid="https://wire.example.net/?p=77")

    assert made.id == made.atom_id == "https://wire.example.net/?p=77"


def test_atom_falls_back_to_our_id_where_a_guid_is_no_iri():
    made = item(ids="source", guid="77 of 2026")

    assert made.id == "77 of 2026"
    assert made.atom_id == article().tag_id


def test_a_story_without_a_guid_has_our_id_in_every_feed():
    assert item(ids="source").id == article().tag_id


def test_dates_are_whole_seconds_in_utc():
    east = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 3, 2, 17, 30, 9, 999999, tzinfo=east)

    made = item(published_at=moment, updated_at=moment)

    assert made.published == datetime(2026, 3, 2, 12, 0, 9, tzinfo=UTC)


def test_a_story_is_never_updated_before_it_is_published():
    early = datetime(2026, 1, 1, tzinfo=UTC)

    made = item(updated_at=early)

    assert made.updated == made.published


def test_a_credit_without_a_picture_makes_no_picture():
    assert item(content=words(image=Image(credit="Ada"))).image is None


def test_a_stored_picture_has_an_address_on_our_site():
    image = Image(media="ab12", media_type="image/png")

    made = item(content=words(image=image))

    assert made.image.url == "https://news.example.org/media/ab12.png"
    assert '<img src="https://news.example.org/media/ab12.png"' in made.html


def test_a_story_without_a_page_of_its_own_links_to_ours():
    assert item().url == "https://news.example.org/archive/articles/1"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/local", "not a url"])
def test_an_address_nobody_can_open_gives_way_to_our_page(url):
    assert item(content=words(url=url)).url.endswith("/archive/articles/1")


def test_section_and_tags_are_the_categories_each_once():
    made = item(content=words(section="town", tags=("ferry", "town", " ", "sea")))

    assert made.categories == ("town", "ferry", "sea")


def test_enclosures_are_fetchable_each_once_and_have_a_type():
    made = item(
        content=words(
            enclosures=(
                Enclosure("https://example.org/a.mp3", "", -1),
                Enclosure("https://example.org/a.mp3", "audio/mpeg", 5),
                Enclosure("ftp://example.org/b.mp3", "audio/mpeg", 5),
            )
        )
    )

    assert made.enclosures == (
        Enclosure("https://example.org/a.mp3", "application/octet-stream", 0),
    )


def test_the_sites_own_language_is_not_repeated():
    assert item(content=words(language="en")).language == ""
    assert item(content=words(language="pt")).language == "pt"


def test_a_story_of_a_headline_and_a_summary_shows_the_summary():
    made = item(content=words(html="", summary="A & B."))

    assert made.html == "<p>A &amp; B.</p>"


def test_a_class_year_keeps_its_no_break_space():
    assert (
        item(content=words(headline="Ode\u00a0’07 wins")).title == "Ode\u00a0’07 wins"
    )
