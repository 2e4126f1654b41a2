from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from dispatch.collect import identity
from dispatch.model import Alias, Collected, Content, Enclosure, Image

LONG = " ".join(f"word{number}" for number in range(identity.SUBSTANTIAL_WORDS))


def collected(locator, *aliases, html="<p>one two three</p>", headline="A"):
    content = Content(headline=headline, html=html)
    return Collected(locator, "stamp", content, aliases)


def test_a_path_is_the_same_however_its_accents_are_composed():
    assert identity.path_alias("n", "caf\u00e9.txt") == identity.path_alias(
        "n", "cafe\u0301.txt"
    )


def test_a_guid_keeps_its_tail_when_scheme_and_host_change():
    old = identity.tail_alias("wire", "http://old.example/?p=7")

    assert old == identity.tail_alias("wire", "https://www.new.example/?p=7")
    assert old != identity.tail_alias("wire", "https://new.example/?p=8")
    assert old != identity.tail_alias("other", "http://old.example/?p=7")


def test_a_guid_that_is_no_address_has_no_tail():
    assert identity.tail_alias("wire", "urn:uuid:1") is None
    assert identity.tail_alias("wire", "https://example.org/") is None


def test_a_home_page_names_no_story():
    assert identity.url_alias("https://www.example.org/") is None
    assert identity.url_alias("no address") is None
    assert identity.url_alias("https://example.org/a") == Alias("url", "example.org/a")


def test_a_body_is_known_by_its_words_alone():
    typed = identity.body_alias("<p>The “bridge” closes&nbsp;— today.</p>")

    assert typed == identity.body_alias("<div>the <b>Bridge</b> closes today</div>")
    assert typed != identity.body_alias("<p>The bridge closes tomorrow.</p>")


def test_two_words_are_no_body():
    assert identity.body_alias("<p>Photo essay.</p>") is None
    assert identity.body_alias("") is None


def test_aliases_are_listed_once_each_without_gaps():
    one, two = Alias("guid", "1", "s"), Alias("url", "u")

    assert identity.aliases(one, None, two, one) == (one, two)


def test_equal_words_prove_more_when_there_are_many():
    assert identity.substantial(f"<p>{LONG}</p>")
    assert not identity.substantial(f"<p>{LONG.partition(' ')[2]}</p>")


def test_a_key_that_different_stories_claim_is_nobodys():
    shared, own = Alias("guid", "same", "w"), Alias("url", "x/1")
    first = collected("1", shared, own)
    second = collected("2", shared, html="<p>four five six</p>")

    assert [one.aliases for one in identity.distinct([first, second])] == [(own,), ()]


def test_a_key_that_one_story_claims_twice_stays():
    shared = Alias("url", "x/1")
    twice = [collected("1", shared), collected("2", shared)]

    assert identity.distinct(twice) == tuple(twice)


def items_of_a_feed(count, sharing):
    """Stories of their own words, of which the first `sharing` have one guid."""
    return [
        collected(
            str(n),
            Alias("guid", "same" if n < sharing else f"g{n}", "w"),
            Alias("url", f"x/{n}"),
            html=f"<p>word{n} two three</p>",
        )
        for n in range(count)
    ]


def test_up_to_one_story_in_twenty_may_share_a_key_of_a_kind():
    found = identity.distinct(items_of_a_feed(40, sharing=2))

    kinds = [[alias.kind for alias in one.aliases] for one in found]
    assert kinds == [["url"]] * 2 + [["guid", "url"]] * 38


def test_a_kind_of_key_that_more_stories_share_counts_for_none():
    found = identity.distinct(items_of_a_feed(40, sharing=3))

    assert [one.aliases for one in found] == [
        (Alias("url", f"x/{n}"),) for n in range(40)
    ]


def test_guids_do_not_count_where_more_than_one_in_twenty_has_none():
    guided = items_of_a_feed(40, sharing=1)
    bare = [replace(one, aliases=one.aliases[1:]) for one in guided[:3]]

    few = identity.distinct([*bare[:2], *guided[2:]])
    many = identity.distinct([*bare, *guided[3:]])

    assert sum(len(one.aliases) == 2 for one in few) == 38
    assert all(len(one.aliases) == 1 for one in many)


@pytest.mark.parametrize(
    ("url", "post", "key"),
    [
        ("http://www.paper.example/?p=12", "", "paper.example/12"),
        ("https://paper.example/blog/?p=12", "", "paper.example/blog/12"),
        ("https://paper.example/?post_type=story&p=12", "", "paper.example/12"),
        ("https://paper.example/2026/03/bridge/", 12, "paper.example/12"),
        ("https://paper.example/2026/03/bridge/", "0012", None),
        ("https://paper.example/2026/03/bridge/", "", None),
        ("https://paper.example/?post_type=page&p=12", "", None),
        ("https://paper.example/?p=12&lang=de", "", None),
        ("https://paper.example/?p=0", "", None),
        ("https://paper.example/?p=twelve", "", None),
        ("urn:uuid:1", "", None),
        ("", 12, None),
    ],
)
def test_a_post_is_known_by_its_number_on_its_site(url, post, key):
    assert identity.post_alias(url, post) == (key and Alias("post", key))


CONTENT = Content(
    headline="Headline",
    html='<p>See <a href="https://x.example/a?b=1&amp;utm_source=rss">it</a>.</p>',
    url="https://x.example/a",
    image=Image(url="https://x.example/i.jpg", width=10, alt="A picture"),
    enclosures=(Enclosure("https://x.example/a.mp3", "audio/mpeg", 3),),
    origin_title="The Wire",
)


def test_what_changes_by_itself_does_not_change_the_hash():
    same = replace(
        CONTENT,
        html='<p>See  <a href="https://x.example/a?b=1&amp;utm_source=mail">it</a>.</p>',
        url="http://www.x.example/a/?fbclid=1",
        image=replace(CONTENT.image, width=20),
        enclosures=(replace(CONTENT.enclosures[0], length=0),),
        origin_title="The Wire, renamed",
    )

    assert identity.content_hash(same) == identity.content_hash(CONTENT)


def test_what_readers_see_changes_the_hash():
    changed = [
        replace(CONTENT, headline="Other"),
        replace(CONTENT, html=CONTENT.html.replace("b=1", "b=2")),
        replace(CONTENT, summary="s"),
        replace(CONTENT, bylines=("Ann",)),
        replace(CONTENT, section="s"),
        replace(CONTENT, image=None),
        replace(CONTENT, image=replace(CONTENT.image, alt="Other")),
        replace(CONTENT, enclosures=()),
    ]

    hashes = {identity.content_hash(one) for one in [CONTENT, *changed]}
    assert len(hashes) == len(changed) + 1


@given(st.text(), st.text())
def test_any_text_has_a_hash_and_a_fingerprint(headline, html):
    content = Content(headline=headline, html=html)

    assert identity.content_hash(content) == identity.content_hash(content)
    identity.body_alias(html)
    identity.url_alias(html)
    identity.tail_alias("s", headline)
