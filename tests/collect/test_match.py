from datetime import UTC, datetime

from dispatch.collect import identity, match
from dispatch.collect.match import Candidate, Match, Visit
from dispatch.model import Alias, Article, Collected, Content
from dispatch.text import fingerprints

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LONG = " ".join(f"word{number}" for number in range(60))
OTHER = " ".join(f"other{number}" for number in range(60))
SHORT = "Soup and bread today"


def story(*aliases, text=LONG, headline="A headline", locator="here"):
    html = f"<p>{text}</p>"
    keys = identity.aliases(*aliases, identity.body_alias(html))
    return Collected(locator, "stamp", Content(headline=headline, html=html), keys)


def known(*aliases, number=1, text=LONG, headline="A headline", source="wire", at=()):
    article = Article(
        id=number,
        tag_id=f"tag:{number}",
        source=source,
        content=Content(headline=headline, html=f"<p>{text}</p>"),
        published_at=NOW,
        updated_at=NOW,
        first_seen_at=NOW,
        content_hash="",
    )
    own = identity.aliases(*aliases, identity.body_alias(article.content.html))
    return Candidate(article, frozenset(own), frozenset(at))


def find(one, *candidates, last=None, present=(), sources=("wire", "desk"), **options):
    visit = Visit(
        source="wire",
        present=frozenset({*present, one.locator}),
        bodies={one.locator: fingerprints.fingerprint(one.content.html)},
        sources=frozenset(sources),
    )
    owned = {
        alias: candidate
        for candidate in candidates
        for alias in candidate.aliases
        if alias in one.aliases
    }
    return match.find(one, owned, last, visit, **options)


def guid(value):
    return identity.guid_alias("wire", value)


def path(value):
    return identity.path_alias("wire", value)


def test_a_stranger_is_nobodys_story():
    assert find(story(guid("1"))) == Match()


def test_a_guid_names_the_story_whatever_it_says():
    old = known(guid("1"), text=OTHER, headline="Other")

    assert find(story(guid("1")), old) == Match(old.article)


def test_two_ids_of_their_own_are_two_stories_even_in_one_file():
    old = known(path("a.md"), Alias("id", "one", "wire"), at=["a.md"])
    new = story(path("a.md"), Alias("id", "two", "wire"), locator="a.md")

    assert find(new, old, last=old).article is None


def test_an_id_moves_with_its_story_from_file_to_file():
    old = known(path("a.md"), Alias("id", "one", "wire"), text=OTHER, at=["a.md"])
    new = story(Alias("id", "one", "wire"), path("b.md"), locator="b.md")

    assert find(new, old) == Match(old.article)


def test_a_link_needs_a_witness():
    url = identity.url_alias("https://x.example/live")
    old = known(guid("1"), url, text=OTHER, headline="Other")

    assert find(story(guid("2"), url), old).article is None
    same_headline = known(guid("1"), url, text=OTHER)
    assert find(story(guid("2"), url), same_headline).article == same_headline.article
    mostly = known(guid("1"), url, text=f"{LONG} and more", headline="Other")
    assert find(story(guid("2"), url), mostly).article == mostly.article


def test_a_short_phrase_is_no_witness():
    url = identity.url_alias("https://x.example/menu")
    old = known(guid("1"), url, text=SHORT, headline="Monday")

    assert find(story(url, text=SHORT, headline="Tuesday"), old).article is None


def test_a_long_text_of_another_source_is_its_story():
    old = known(source="desk")

    assert find(story(guid("1"), headline="Other"), old) == Match(
        old.article, own=False
    )


def test_a_short_text_of_another_source_is_chance():
    old = known(text=SHORT, source="desk")

    assert find(story(guid("1"), text=SHORT), old).article is None


def test_the_stories_of_a_source_that_is_gone_may_be_taken_over():
    old = known(text=SHORT, source="renamed")

    assert find(story(guid("1"), text=SHORT), old) == Match(old.article)


def test_short_equal_texts_in_one_feed_are_two_stories():
    old = known(guid("1"), text=SHORT, headline="Monday", at=["1"])
    new = story(guid("2"), text=SHORT, headline="Tuesday")

    assert find(new, old).article is None


def test_a_short_file_may_be_renamed_but_its_like_is_another_story():
    old = known(path("mon.txt"), text=SHORT, headline="Monday", at=["mon.txt"])
    new = story(path("tue.txt"), text=SHORT, headline="Tuesday")

    assert find(new, old) == Match(old.article)
    assert find(new, old, present=["mon.txt"]).article is None


def test_a_story_listed_twice_in_one_feed_is_one():
    old = known(guid("1"), at=["1"])

    assert find(story(guid("2")), old, present=["1"]) == Match(old.article, own=False)


def test_a_path_that_its_story_has_left_is_free():
    old = known(path("a.txt"), path("b.txt"), at=["a.txt", "b.txt"], text=OTHER)
    new = story(path("a.txt"), locator="a.txt")

    assert find(new, old, last=old, present=["b.txt"], missing=True).article is None
    assert find(new, old, last=old, present=["b.txt"]) == Match(old.article)


def test_a_file_that_comes_back_is_its_story_only_if_it_tells_it():
    old = known(path("today.txt"), text=OTHER, headline="Other", at=["today.txt"])
    new = story(path("today.txt"), locator="today.txt")
    edited = story(path("today.txt"), text=f"{OTHER} and more", locator="today.txt")

    assert find(new, old, last=old, missing=True).article is None
    assert find(edited, old, last=old, missing=True) == Match(old.article)
    assert find(new, old, last=old) == Match(old.article)


def test_a_file_moved_over_another_takes_its_story_along():
    over = known(path("a.txt"), number=1, text=OTHER, at=["a.txt"])
    moved = known(path("b.txt"), number=2, at=["b.txt"])
    new = story(path("a.txt"), locator="a.txt")

    found = find(new, over, moved, last=over)
    assert found == Match(moved.article, moved=True)
    stays = find(new, over, moved, last=over, present=["b.txt"])
    assert stays == Match(over.article)
