"""Which articles a feed carries: by section, tag, author, source and language."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from dispatch.model import Selection
from dispatch.store import articles, open_store
from support.databases import take_back
from support.publishing import article, words

FIELDS = ("sections", "tags", "authors", "sources", "languages")
CHOICES = {
    "sections": ["news", "Sports"],
    "tags": ["Ferry", "harbour  life", "Ölpest"],
    "authors": ["Ada Quill", "BEN ODE"],
    "sources": ["newsroom", "wire"],
    "languages": ["de", "de-AT", "pt"],
}
some = {
    name: st.lists(st.sampled_from(values), unique=True)
    for name, values in CHOICES.items()
}
selections = st.builds(Selection, **{name: some[name].map(tuple) for name in FIELDS})
stories = st.lists(
    st.tuples(
        st.sampled_from(["", "news", "sports"]),
        st.lists(st.sampled_from(["ferry", "FERRY", "Harbour life", "ölpest"])),
        st.lists(st.sampled_from(["ada quill", "Ben  Ode", "Cal Lens"])),
        st.sampled_from(["newsroom", "wire", "desk"]),
        st.sampled_from(["", "de", "de-AT", "deu", "pt-BR"]),
        st.integers(0, 40),  # days
    ),
    max_size=8,
)


def story(number, told):
    section, tags, authors, source, language, day = told
    moment = article(1).published_at + timedelta(days=day)
    content = words(
        headline=f"Story {number}",
        section=section,
        tags=tuple(tags),
        bylines=tuple(authors),
        language=language,
    )
    return article(
        number, content=content, source=source, published_at=moment, updated_at=moment
    )


def fits(candidate, selection):
    """What a selection means, told once more, slowly."""

    def key(name):
        return " ".join(name.split()).casefold()

    content = candidate.content
    spoken = content.language.lower()
    return all(
        [
            not selection.sections or content.section in selection.sections,
            not selection.sources or candidate.source in selection.sources,
            not selection.tags or {*map(key, content.tags)} & {*selection.tags},
            not selection.authors
            or {*map(key, content.bylines)} & {*selection.authors},
            not selection.languages
            or any(f"{spoken}-".startswith(f"{one}-") for one in selection.languages),
        ]
    )


def newest_first(found):
    return sorted(found, key=lambda one: (one.published_at, one.id), reverse=True)


class Undone(Exception):  # noqa: N818 - ends a transaction
    pass


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories, selections, st.integers(1, 4), st.integers(0, 30))
def test_a_window_is_what_a_slow_look_at_every_story_gives(
    store, told, selection, limit, days
):
    def unit(tx):
        stored = [articles.add(tx, story(n, one)) for n, one in enumerate(told, 1)]
        later = article(1).published_at + timedelta(days=99)
        span = timedelta(days=days)

        found = articles.window(tx, selection, now=later, limit=limit, span=span)

        wanted = newest_first(one for one in stored if fits(one, selection))
        since = wanted[0].published_at - span if wanted else later
        assert [one.id for one in found] == [
            one.id
            for place, one in enumerate(wanted)
            if place < limit or one.published_at >= since
        ]
        raise Undone

    with pytest.raises(Undone):
        store.write(unit)


def test_a_story_is_found_by_the_tags_it_has_now(sqlite_store, clock):
    clock.advance(days=9)
    tagged = article(1, content=words(tags=("Ferry", "ferry", " "), bylines=("Ada",)))
    first = sqlite_store.write(lambda tx: articles.add(tx, tagged))
    now_without = replace(first, content=words(tags=("Harbour",)))
    sqlite_store.write(lambda tx: articles.change(tx, now_without, now=clock.now()))

    def found(**chosen):
        with sqlite_store.read() as tx:
            return articles.published(tx, Selection(**chosen), now=clock.now(), limit=9)

    assert found(tags=("harbour",))
    assert not found(tags=("ferry",))
    assert not found(authors=("ada",))


def test_stories_stored_before_there_were_labels_are_found(database_url, clock):
    clock.advance(days=9)
    with open_store(database_url, clock=clock) as store:
        store.write(
            lambda tx: [
                articles.add(tx, article(n, content=words(tags=("Ferry", "ferry"))))
                for n in (1, 2)
            ]
        )
    take_back(database_url, to="0003")

    with open_store(database_url, clock=clock) as store, store.read() as tx:
        found = articles.published(
            tx, Selection(tags=("FERRY",)), now=clock.now(), limit=9
        )

    assert len(found) == 2


@pytest.mark.parametrize(
    "selection",
    [
        Selection(tags=("ferry",)),
        Selection(authors=("ada quill",)),
        Selection(("news",)),
        Selection(sources=("wire",)),
    ],
)
def test_no_selection_by_one_value_reads_every_story(sqlite_store, clock, selection):
    query = articles._published(selection, clock.now()).limit(50)
    with sqlite_store.read() as tx:
        plan = tx.execute(text(f"EXPLAIN QUERY PLAN {_written(query)}")).all()

    steps = [row.detail for row in plan]
    assert not [step for step in steps if step.startswith("SCAN article")], steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


def test_what_was_withdrawn_is_found_by_its_own_index(sqlite_store, clock):
    with sqlite_store.read() as tx:
        plan = tx.execute(
            text(f"EXPLAIN QUERY PLAN {_written(articles._gone(clock.now()))}")
        ).all()

    assert ["ix_article_withdrawn" in row.detail for row in plan] == [True]


def _written(query):
    """The statement with its values in it, as EXPLAIN needs it."""
    return query.compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
