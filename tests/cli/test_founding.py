"""`dispatch init --from URL`, against a real WordPress-like server."""

import email
import tomllib
from email import policy

import pytest

from dispatch import config
from support import commands
from support.http_server import Reply, Server
from support.wordpress import Site

HEAD = (
    '<meta name="theme-color" content="#5fb848">'
    '<link rel="apple-touch-icon" href="/touch.png">'
    '<meta name="generator" content="WordPress 6.8">'
)


@pytest.fixture
def here(tmp_path, capsys, monkeypatch):
    """A new user's empty folder."""
    monkeypatch.chdir(tmp_path)
    return commands.Desk(tmp_path, capsys)


@pytest.fixture
def site(clock):
    with Server() as server:
        made = Site(server, clock, head=HEAD, zone="America/Chicago").install()
        made.terms = {3: ("category", "News"), 4: ("category", "Arts & Culture")}
        for number in range(1, 9):
            clock.advance(hours=1)
            made.publish(number, f"Story {number}", terms=[3 + number % 2])
        yield made


def files(folder):
    return [one.name for one in folder.iterdir()]


def init(desk, *words, code=0):
    """Call it as a person does: from this folder, without a config."""
    return desk.call("init", "--allow-private", *words, code=code)


def test_a_site_becomes_a_publication_with_its_own_first_issue(here, site, tmp_path):
    said = init(here, "--from", site.url)

    made = tmp_path / "the-larkfield-courier"
    settings = config.load(made / "config.toml")
    assert settings.site.title == "The Larkfield Courier"
    assert settings.site.timezone == "America/Chicago"
    assert settings.site.language == "en-US"
    assert settings.site.logo == site.server.url("/touch.png")
    assert settings.source[0].kind == "wordpress"
    assert [(one.name, one.sections) for one in settings.feed] == [
        ("all", ()),
        ("news", ("news",)),
        ("arts-culture", ("arts & culture",)),
    ]
    assert "Story 8" in (made / "preview.html").read_text()
    mail = email.message_from_bytes(
        (made / "preview.eml").read_bytes(), policy=policy.default
    )
    assert "Story" in mail["subject"]
    assert {file.name for file in (made / "feeds").iterdir()} >= {"all.rss", "news.rss"}
    assert "a WordPress site at" in said.out
    assert "· Story 8\n  · Story 7" in said.out
    assert said.out.count("config.toml") == 3
    assert files(tmp_path) == ["the-larkfield-courier"]


def test_its_config_passes_the_check_and_its_colour_can_be_read(here, site, tmp_path):
    said = init(here, "mine", "--from", site.url, "--json").json
    desk = commands.Desk(tmp_path / "mine", here._capsys)

    assert desk.call("check").out.endswith("all is well.\n")
    assert said["accent"] == config.load(desk.config).site.accent != "#5fb848"
    assert said["stories"] == 8
    assert said["headlines"][0] == "Story 8"


def test_its_first_stories_are_not_mailed_but_can_be_previewed(here, site, tmp_path):
    init(here, "mine", "--from", site.url)
    desk = commands.Desk(tmp_path / "mine", here._capsys)

    assert "nothing is eligible" in desk.call("preview", "daily", code=1).err
    said = desk.call("preview", "daily", "--newest", "--out", str(tmp_path / "out")).out
    assert "It shows the newest stories" in said


def test_a_private_address_is_refused_unless_it_is_allowed(here, site, tmp_path):
    said = here.call("init", "--from", site.url, code=1)

    assert "add --allow-private" in said.err
    assert files(tmp_path) == []


def test_a_site_that_is_down_leaves_nothing_behind(here, site, tmp_path):
    site.server.replies.clear()
    site.blocked = 500

    said = init(here, "--from", site.url, code=1)

    assert said.err.count("\n") == 1
    assert files(tmp_path) == []


def test_a_site_that_breaks_off_half_way_leaves_nothing_behind(here, site, tmp_path):
    site.after_ask = lambda: vars(site).update(blocked=500)

    init(here, "--from", site.url, code=1)

    assert files(tmp_path) == []


def test_a_folder_deep_down_is_made_only_when_all_is_well(here, site, tmp_path):
    site.blocked, site.announced = 500, False
    site.server["/feed/"] = site.server["/"] = Reply(b"", 500)
    init(here, "a/b/c", "--from", site.url, code=1)
    nothing = files(tmp_path)
    site.blocked, site.announced = 0, True
    site.install()
    init(here, "a/b/c", "--from", site.url)

    assert nothing == []
    assert (tmp_path / "a" / "b" / "c" / "preview.html").exists()


def test_the_folder_one_stands_in_will_do(here, site, tmp_path):
    init(here, ".", "--from", site.url)

    assert (tmp_path / "config.toml").exists()
    assert not [name for name in files(tmp_path) if name.startswith(".")]


def test_a_site_without_a_story_is_said_and_leaves_nothing_behind(here, site, tmp_path):
    site.posts.clear()

    assert "no story" in init(here, "--from", site.url, code=1).err
    assert files(tmp_path) == []


def test_a_publication_that_is_there_is_not_touched(here, site, tmp_path):
    (tmp_path / "config.toml").write_text("[site]\n")

    assert "is there already" in init(here, ".", "--from", site.url, code=2).err
    assert (tmp_path / "config.toml").read_text() == "[site]\n"
    assert site.server.asked == []


def test_a_folder_with_stories_keeps_them(here, site, tmp_path):
    (tmp_path / "mine" / "articles").mkdir(parents=True)
    (tmp_path / "mine" / "articles" / "a.txt").write_text("A story.")

    init(here, "mine", "--from", site.url)

    assert (tmp_path / "mine" / "articles" / "a.txt").read_text() == "A story."
    assert (tmp_path / "mine" / "var" / "dispatch.db").exists()


def test_a_site_whose_api_is_closed_is_taken_by_its_feed(here, site, tmp_path):
    site.blocked = 401
    site.announced = False

    said = init(here, "mine", "--from", site.url).out

    settings = config.load(tmp_path / "mine" / "config.toml")
    assert settings.source[0].kind == "feed"
    assert "Story 8" in said


def test_a_ghost_site_is_taken_by_its_feed_and_the_key_is_mentioned(
    here, site, tmp_path
):
    site.announced, site.blocked = False, 404
    site.head = '<meta name="generator" content="Ghost 5.9">'

    said = init(here, "mine", "--from", site.url).out

    assert "a Ghost site, read by its feed" in said
    assert "Content API key" in said


def test_a_title_made_to_break_the_config_does_not(here, site, tmp_path):
    site.name = 'The "Courier"\\ [site] <b@c.example>, = # ”'

    init(here, "mine", "--from", site.url)

    text = (tmp_path / "mine" / "config.toml").read_text()
    assert tomllib.loads(text)["site"]["title"].startswith('The "Courier"\\ [site]')
    assert len(tomllib.loads(text)["source"]) == 1


@pytest.mark.parametrize("url", ["ftp://x.example", "not an address", "https://"])
def test_what_is_no_address_is_said(here, url, tmp_path):
    assert "is no web address" in init(here, "--from", url, code=2).err
    assert files(tmp_path) == []


def test_a_page_without_stories_is_one_clear_sentence(here, tmp_path):
    with Server() as server:
        server["/"] = Reply(b"<html><title>Hello</title></html>")
        said = init(here, "--from", server.url("/"), code=1)

    assert "names no feed" in said.err
    assert files(tmp_path) == []


def test_init_wants_a_folder_or_a_site(here):
    assert "--from URL" in here.call("init", code=2).err
