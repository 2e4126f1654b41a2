"""Looking at a place before it is a source: real HTTP, real folders."""

import json
import re

import pytest

from dispatch.actions.sources import source_check, source_recognise
from dispatch.errors import SourceError, UsageError
from dispatch.model import Settings, SiteSettings, SourceSettings
from support import wordpress
from support.collecting import STORY, long_text
from support.http_server import Reply, Server
from support.places import FETCH, NOW, feed, item, page

NO_CONFIG = Settings()


@pytest.fixture
def server():
    with Server() as running:
        yield running


def look(target, settings=NO_CONFIG):
    return source_check.check(str(target), settings, FETCH, now=NOW)


def test_a_feed_is_shown_with_its_newest_stories_and_what_to_paste(server):
    server["/rss"] = feed(*(item(n, hours=n * 10) for n in range(14)))

    found = look(server.url("/rss"))

    assert found.ok
    assert (found.kind, found.title, found.count) == ("feed", "The Bell", 14)
    assert [one.headline for one in found.items] == [f"Story {n}" for n in range(10)]
    assert (found.items[0].byline, found.items[0].words) == ("Ada Quill", 60)
    assert found.forecast.sentence() == (
        "First contact: 14 stories would be recorded, none mailed; with "
        'first_contact = "mail" 5 of the last 2 days would be.'
    )
    assert found.block == (
        f'# The Bell\n[[source]]\nname = "feed"\nkind = "feed"\n'
        f'url = "{server.url("/rss")}"\n'
    )
    assert "Ids: every story has one, the same a moment later." in found.remarks
    assert "Hub: none, so it is asked from time to time." in found.remarks


def test_ids_that_are_made_anew_at_every_visit_are_told(server):
    visits = iter(range(100))
    server["/rss"] = lambda _: feed(
        *(item(n, guid=f"{next(visits)}-{n}") for n in range(6))
    )

    said = " ".join(look(server.url("/rss")).remarks)

    assert "Ids: 6 of 6 were others a moment later." in said


def test_teasers_undated_stories_and_missing_pictures_are_told(server):
    teasers = [item(n, text="A short teaser.", date=n < 4) for n in range(6)]
    server["/rss"] = feed(*teasers)

    said = " ".join(look(server.url("/rss")).remarks)

    assert "3 words in the middle, so these look like teasers" in said
    assert 'full_text = "teasers" fetches the pages.' in said
    assert "Dates: 4 of 6 have one; the others get the time of the first visit." in said
    assert "Pictures: 0 of 6 stories." in said


def test_a_page_leads_to_the_feed_it_names(server):
    server["/"] = page(
        '<link rel="alternate" type="application/rss+xml" title="News" href="/rss">'
        '<link rel="alternate" type="application/atom+xml" href="/atom">'
    )
    server["/rss"] = feed(item(1))

    found = look(server.url("/"))

    assert (found.kind, found.source.url) == ("feed", server.url("/rss"))
    assert found.remarks[0] == f"The page names also: {server.url('/atom')}."


def test_a_page_that_names_nothing_is_asked_where_sites_keep_their_feed(server):
    server["/"] = page()
    server["/feed/"] = feed(item(1))

    found = look(server.url("/"))

    assert found.source.url == server.url("/feed/")
    assert "The page names no feed" in found.remarks[0]


def test_a_page_without_any_feed_says_so_and_is_asked_few_times(server):
    server["/"] = page()

    with pytest.raises(SourceError, match=r"names no feed.*Give the address"):
        look(server.url("/"))
    assert len(server.asked) <= 7


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<?xml version='1.0'?><rss version='2.0'></rss>", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'></feed>", "feed"),
        (b"<rdf:RDF xmlns:rdf='x'></rdf:RDF>", "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "feed"),
        (b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "sitemap"),
        (b"<sitemapindex></sitemapindex>", "sitemap"),
    ],
)
def test_documents_are_told_apart_by_what_they_are(server, body, kind):
    server["/x"] = Reply(body, headers={"Content-Type": "text/plain"})

    found = source_recognise.recognise(server.url("/x"), FETCH)

    assert (found.source.kind, found.source.url) == (kind, server.url("/x"))


def test_a_wordpress_site_is_read_as_one(server):
    api = f'<{server.url("/wp-json/")}>; rel="https://api.w.org/"'
    reply = page('<link rel="alternate" type="application/rss+xml" href="/feed/">')
    server["/"] = Reply(reply.body, headers={**reply.headers, "Link": api})

    found = source_recognise.recognise(server.url("/"), FETCH)

    assert (found.source.kind, found.source.url) == ("wordpress", server.url("/"))
    assert "/feed/" in found.remarks[0]


def test_the_stories_of_a_wordpress_site_are_shown_as_they_would_come_in(server, clock):
    site = wordpress.Site(server, clock).install()
    site.publish(1, "Ferry runs again", long_text("ferry"))
    site.publish(2, "Library opens late", long_text("library"))

    found = look(site.url)

    assert (found.kind, found.count) == ("wordpress", 2)
    assert {one.headline for one in found.items} == {
        "Ferry runs again",
        "Library opens late",
    }
    assert 'kind = "wordpress"' in found.block


def test_a_ghost_site_is_read_by_its_feed_and_told_of_the_better_way(server):
    server["/"] = page(
        '<meta name="generator" content="Ghost 5.9">'
        '<link rel="alternate" type="application/rss+xml" href="/rss/">'
    )

    found = source_recognise.recognise(server.url("/"), FETCH)

    assert found.source.kind == "feed"
    assert "Content API key" in found.remarks[0]


def test_an_address_that_refuses_is_told(server):
    with pytest.raises(SourceError, match=r"it answered 404\. Is the address right"):
        look(server.url("/none"))


def test_a_login_in_the_address_is_used_and_never_shown(server):
    server["/rss"] = feed(item(1), title="The Bell")
    url = server.url("/rss").replace("http://", "http://ada:hunter2@")

    found = look(url)

    assert server.asked[0].headers["authorization"].startswith("Basic ")
    shown = json.dumps(found.to_json()) + " ".join(found.lines()) + found.block
    assert "hunter2" not in shown
    assert "hunter2" in found.source.url


def test_a_folder_is_looked_at_like_any_place(tmp_path):
    (tmp_path / "ferry.txt").write_text(STORY)

    found = look(tmp_path)

    assert (found.kind, found.source.path) == ("folder", tmp_path)
    assert f'path = "{tmp_path}"' in found.block
    assert found.count + len(found.remarks) > 0


def test_a_source_of_the_config_is_read_with_its_own_settings(server):
    server["/rss"] = feed(item(1))
    source = SourceSettings("bell", "feed", url=server.url("/rss"), section="town")
    settings = Settings(site=SiteSettings(), source=(source,))

    for target in ("bell", server.url("/rss"), server.url("/rss/")):
        found = look(target, settings)
        assert (found.known_as, found.block) == ("bell", "")
        assert found.items[0].section == "town"


def test_what_is_no_place_at_all_is_told_with_the_sources_there_are(tmp_path):
    source = SourceSettings("bell", "feed", url="https://bell.example/rss")
    (tmp_path / "story.txt").write_text(STORY)

    with pytest.raises(UsageError, match=r"neither a web address.*In the config: bell"):
        look("bel", Settings(source=(source,)))
    with pytest.raises(UsageError, match=r"is a file\. Name the folder"):
        look(tmp_path / "story.txt")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.bell.example/feed/", "bell"),
        ("https://feeds.news.larkfield-herald.example/rss", "larkfield-herald"),
        ("http://192.0.2.7/rss", "feed"),
        ("http://[2001:db8::7]/rss", "feed"),
        ("http://localhost/rss", "feed"),
        ("https://xn--caf-dma.example/rss", "xn-caf-dma"),
    ],
)
def test_a_name_is_made_of_what_tells_a_site_from_others(url, name):
    wish = source_check.wish(SourceSettings("", "feed", url=url))

    made = source_check.free_name(wish, Settings())

    assert made == name
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", made)


def test_names_do_not_collide_and_are_never_too_long():
    settings = Settings(source=(SourceSettings("bell", "feed"),))

    assert source_check.free_name("Bell", settings) == "bell-2"
    assert source_check.free_name("Bell", settings, ["bell-2"]) == "bell-3"
    assert source_check.free_name("Été à la mer", Settings()) == "ete-a-la-mer"
    assert source_check.free_name("新聞", Settings()) == "source"
    assert len(source_check.free_name("x" * 300, Settings())) <= 40
