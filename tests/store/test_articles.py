from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.errors import StoreError
from dispatch.model import (
    Alias,
    Article,
    Content,
    Enclosure,
    HeadlineSource,
    Hold,
    Image,
    Media,
    Selection,
)
from dispatch.store import aliases, articles, contents, items, pictures, revisions
from dispatch.text import fingerprints

FULL = Content(
    headline="“Bridge” closes ’07",
    html='<p>Ünïcode &amp; "quotes"</p>',
    headline_source=HeadlineSource.LINE,
    summary="s",
    deck="d",
    bylines=("Ann Lee", "Øle Å"),
    section="news",
    tags=("a", "b"),
    language="es",
    url="https://x.example/1",
    image=Image(media="ab", media_type="image/png", width=1, height=2, credit="c"),
    enclosures=(Enclosure("https://x.example/a.mp3", "audio/mpeg", 3),),
    correction="Correction: no.",
    origin_title="Wire",
    origin_url="https://x.example/",
)


@pytest.fixture
def make(store, clock):
    """Store an article; return it as stored."""
    numbers = iter(range(1, 999))

    def add(headline="A headline", *, minutes_ago=0, findings=(), **fields):
        number = next(numbers)
        content = replace(
            FULL, headline=headline, section=fields.pop("section", "news")
        )
        moment = clock.now() - timedelta(minutes=minutes_ago)
        article = Article(
            id=0,
            tag_id=f"tag:x,2026-03-02:article/{number}",
            source="newsroom",
            content=content,
            published_at=moment,
            updated_at=moment,
            first_seen_at=clock.now(),
            content_hash=fingerprints.content_hash(content),
        )
        whole = replace(article, **fields)
        return store.write(lambda tx: articles.add(tx, whole, findings))

    return add


def see(store, question, *arguments, **options):
    with store.read() as tx:
        return question(tx, *arguments, **options)


def headlines(found):
    return [one.content.headline for one in found]


def test_an_article_comes_back_as_it_was_stored(make, store, clock):
    stored = make(
        "“Bridge” closes ’07",
        guid="g",
        baseline=True,
        embargo_until=clock.now(),
        held="h",
        withdrawn_at=clock.now(),
        withdrawn_reason="w",
        edited=frozenset({"headline", "deck"}),
        unannounced=3,
    )

    assert see(store, articles.by_id, stored.id) == stored
    assert see(store, articles.by_ids, [stored.id, 999, stored.id]) == {
        stored.id: stored
    }
    assert see(store, articles.by_id, 999) is None


def test_content_of_a_newer_or_an_older_program_can_be_read():
    stored = {**contents.to_json(FULL), "unheard_of": 1}
    stored["image"]["unheard_of"] = 2
    del stored["correction"]

    assert contents.from_json(stored) == replace(FULL, correction="")


def test_more_ids_than_a_statement_takes_are_asked_for_in_batches(make, store):
    stored = make()

    assert see(store, articles.by_ids, range(stored.id, 2000)) == {stored.id: stored}


def test_readers_see_the_newest_first_and_nothing_that_is_hidden(make, store, clock):
    soon = clock.now() + timedelta(minutes=1)
    make("old", minutes_ago=9)
    make("new", minutes_ago=1)
    make("same moment", minutes_ago=1)
    make("over", minutes_ago=5, embargo_until=clock.now())
    make("embargoed", embargo_until=soon)
    make("future", published_at=soon)
    make("held", held="draft")
    make("withdrawn", withdrawn_at=clock.now())
    make("merged", merged_into=1)

    shown = see(store, articles.published, Selection(), now=clock.now(), limit=99)

    assert headlines(shown) == ["same moment", "new", "over", "old"]
    fewer = see(store, articles.published, Selection(), now=clock.now(), limit=2)
    assert headlines(fewer) == ["same moment", "new"]
    later = see(store, articles.published, Selection(), now=soon, limit=99)
    assert headlines(later)[:2] == ["future", "embargoed"]


def test_a_selection_narrows_to_its_sections(make, store, clock):
    make("sports", section="sports")
    make("news", section="news")
    make("arts", section="arts")

    def of(*sections):
        selection = Selection(sections)
        return set(
            headlines(
                see(store, articles.published, selection, now=clock.now(), limit=9)
            )
        )

    assert of("sports", "arts") == {"sports", "arts"}
    assert of("nothing") == set()
    assert of() == {"sports", "news", "arts"}


def test_articles_are_counted_without_the_merged(make, store):
    make()
    make(source="wire")
    make(merged_into=1)

    assert see(store, articles.count) == 2
    assert see(store, articles.count_by_source) == {"newsroom": 1, "wire": 1}
    assert len(see(store, articles.recent, 99)) == 3
    assert len(see(store, articles.recent, 1)) == 1


def test_words_find_headlines_and_bylines_in_any_case(make, store):
    make("Élan vital: 100% of “Bridges”")
    make("Other")

    def found(words):
        return headlines(see(store, articles.search, words, 9))

    assert found("ÉLAN bridge") == ["Élan vital: 100% of “Bridges”"]
    assert found("e\u0301lan") == ["Élan vital: 100% of “Bridges”"]
    assert len(found("øle")) == 2
    assert found("100%") == ["Élan vital: 100% of “Bridges”"]
    assert found("100% _") == []
    assert found("") == []
    assert found("nowhere") == []


def test_an_operator_may_mean_an_article_by_number_path_address_or_words(
    make, store, clock
):
    one, two = make("First story"), make("Second story")
    keys = [
        Alias("path", "city/first.txt", "newsroom"),
        Alias("url", "x.example/first"),
    ]
    store.write(lambda tx: aliases.add(tx, one.id, keys, now=clock.now()))

    def find(reference):
        return [article.id for article in see(store, articles.find, reference)]

    assert find(str(two.id)) == [two.id]
    assert find("999") == find("9" * 40) == find("nothing") == []
    assert find("city/first.txt") == [one.id]
    assert find("http://www.x.example/first/?utm_source=x") == [one.id]
    assert find("second") == [two.id]
    assert find("story") == [two.id, one.id]


def test_generated_headlines_are_listed_until_they_are_edited(make, store, clock):
    generated = replace(FULL, headline_source=HeadlineSource.GENERATED)
    waiting = make(content=generated)
    make(content=generated, held=Hold.HEADLINE.value)
    make(content=generated, held="another reason")
    make(content=generated, withdrawn_at=clock.now())
    make()

    assert len(see(store, articles.needing_headline)) == 2
    named = replace(FULL, headline="Better", headline_source=HeadlineSource.EDITED)
    mended = replace(waiting, content=named)
    store.write(lambda tx: revisions.change(tx, mended, now=clock.now()))
    assert len(see(store, articles.needing_headline)) == 1


def test_a_change_over_another_change_is_refused(make, store, clock):
    old = make()
    store.write(lambda tx: revisions.change(tx, old, now=clock.now()))

    with pytest.raises(StoreError, match="changed by somebody else"):
        store.write(lambda tx: revisions.change(tx, old, now=clock.now()))


def test_findings_of_no_article_are_none(store):
    assert see(store, articles.findings, 999) == ()


def test_an_id_for_life_says_who_and_when(clock):
    minted = revisions.mint_tag_id("x.example", now=clock.now(), random="ab12")

    assert minted == "tag:x.example,2026-03-02:article/ab12"


def test_a_picture_is_stored_once(store):
    picture = Media("ab", "image/png", b"\x89PNG\0")
    store.write(lambda tx: pictures.put(tx, [picture, picture]))
    store.write(lambda tx: pictures.put(tx, [picture]))

    assert see(store, articles.media, "ab") == picture
    assert see(store, articles.media, "cd") is None


def test_a_key_belongs_to_one_article_until_it_is_taken(make, store, clock):
    one, two = make(), make()
    path, url = Alias("path", "a.txt", "newsroom"), Alias("url", "x/1")
    now = clock.now()
    store.write(lambda tx: aliases.add(tx, one.id, [path, url], now=now))
    store.write(lambda tx: aliases.add(tx, two.id, [path, url], now=now))
    assert see(store, aliases.owners, [path, url]) == {path: one.id, url: one.id}

    take = frozenset({"path"})
    store.write(lambda tx: aliases.add(tx, two.id, [path, url], now=now, taking=take))

    assert see(store, aliases.owners, [path, url]) == {path: two.id, url: one.id}
    assert see(store, aliases.of, one.id) == {url}
    assert see(store, aliases.owners, []) == {}
    elsewhere = Alias("path", "a.txt", "another")
    assert see(store, aliases.owners, [elsewhere]) == {}


def test_the_keys_of_a_merged_article_lead_to_its_heir(make, store, clock):
    heir = make()
    merged = make(merged_into=heir.id)
    key = Alias("url", "x/1")
    store.write(lambda tx: aliases.add(tx, merged.id, [key], now=clock.now()))

    assert see(store, aliases.owners, [key]) == {key: heir.id}


def test_a_source_is_remembered_by_its_own_names(make, store, clock):
    article, start = make(), clock.now()

    def record(locator, stamp):
        store.write(
            lambda tx: items.record(
                tx, "n", locator, stamp=stamp, article=article.id, now=clock.now()
            )
        )

    record("a", "1")
    record("b", "1")
    store.write(lambda tx: items.miss(tx, "n", ["a", "c"], now=start))
    clock.advance(hours=1)
    store.write(lambda tx: items.miss(tx, "n", ["a"], now=clock.now()))
    assert see(store, items.known, "n")["a"].missing_since == start
    assert see(store, items.one, "n", "b").missing_since is None
    assert see(store, items.locators, "n", article.id) == {"a", "b"}

    store.write(lambda tx: items.find_again(tx, "n", ["a", "b"]))
    assert see(store, items.one, "n", "a").missing_since is None
    store.write(lambda tx: items.miss(tx, "n", ["a"], now=start))
    record("a", "2")
    assert see(store, items.one, "n", "a") == items.Item("a", "2", article.id, None)
    assert see(store, items.one, "m", "a") is None
