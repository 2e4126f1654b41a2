"""When sources are asked, and what their servers can say about it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.errors import UnreachableError
from dispatch.http import Fetcher
from dispatch.model import FetchSettings
from dispatch.store import hosts, items, sources
from support.collecting import Desk, entry, rss
from support.http_server import Reply, Server

HOSTS = ("one.example", "two.example", "three.example", "four.example")


@pytest.fixture
def desk(store, clock, tmp_path):
    folder = tmp_path / "stories"
    folder.mkdir()
    with Server() as server:
        server["/rss"] = rss(entry("1"), headers={"ETag": '"a"'})
        yield Desk(store, clock, folder, server)


class Names:
    """A name service for made-up hosts, which can be taken away."""

    def __init__(self):
        self.down = ""

    def __call__(self, host, _port):
        if self.down:
            raise UnreachableError(f"No answer for {host}.", nearby=self.down == "near")
        return ["127.0.0.1"]

    def fetcher(self):
        return Fetcher(FetchSettings(allow_private=HOSTS), resolve=self)


def at(desk, host, path="/rss", **options):
    url = desk.server.url(path, host)
    return desk.wire(**{"name": host.partition(".")[0], "url": url, **options})


def state(desk, name="wire"):
    with desk.store.read() as tx:
        return sources.state(tx, name)


def paths(desk):
    return [asked.path for asked in desk.server.asked]


def test_a_304_reads_no_story_of_the_source(desk, monkeypatch):
    desk.visit(desk.wire())
    desk.server["/rss"] = Reply(status=304)
    monkeypatch.setattr(items, "known", lambda *_: pytest.fail("read all items"))

    report = desk.visit(desk.wire())

    assert report.lines() == ["Source wire: 0 new, 1 unchanged."]
    assert state(desk).last_success_at == desk.clock.now()


@pytest.mark.parametrize("change", [{"url": "/other"}, {"section": "news"}])
def test_validators_belong_to_one_address_and_one_set_of_rules(desk, change):
    desk.visit(desk.wire())
    desk.server["/other"] = desk.server.replies["/rss"]
    if "url" in change:
        change = {"url": desk.server.url(change["url"])}

    desk.visit(desk.wire(**change))
    desk.visit(desk.wire(**change))

    before, after = desk.server.asked[1:]
    assert "if-none-match" not in before.headers
    assert after.headers["if-none-match"] == '"a"'


def test_once_a_week_a_document_is_asked_for_whole(desk):
    conditional = []
    for _ in range(16):
        desk.clock.advance(hours=12)
        desk.visit(desk.wire())
        conditional.append("if-none-match" in desk.server.asked[-1].headers)
        desk.server["/rss"] = rss(entry("1"), headers={"ETag": '"a"'})
        if conditional[-1]:
            desk.server["/rss"] = Reply(status=304)

    assert conditional.count(False) == 2
    assert conditional[0] is False


def test_the_same_bytes_are_not_read_again(desk):
    desk.server["/rss"] = rss(entry("1"))
    desk.visit(desk.wire())

    assert desk.visit(desk.wire()).sources[0].unchanged == 1


def test_a_source_that_is_gone_is_asked_no_more_until_somebody_wants_it(desk):
    source = desk.wire()
    desk.visit(source)
    desk.server["/rss"] = Reply(status=410)
    told = desk.visit(source)
    desk.clock.advance(days=3)
    quiet = desk.visit(source)
    fresh = desk.visit(source, force=True)

    assert "gone for good" in told.lines()[0]
    assert quiet.lines() == []
    assert fresh.lines() == ["Source wire: it is gone for good (410)."]
    assert len(desk.server.asked) == 2
    assert state(desk).gone_at is not None

    desk.visit(source, only="wire", force=True)
    assert len(desk.server.asked) == 3
    desk.server["/new"] = rss(entry("1"))
    desk.visit(desk.wire(url=desk.server.url("/new")))
    assert state(desk).gone_at is None
    assert state(desk).error == ""


def test_a_410_behind_a_temporary_redirect_is_not_the_sources_own(desk):
    desk.server["/login"] = Reply(status=410)
    desk.server["/rss"] = Reply(status=302, headers={"Location": "/login"})
    desk.visit(desk.wire())

    assert state(desk).gone_at is None
    assert state(desk).failures == 1


def test_an_address_that_is_gone_and_led_to_one_that_is_lost_is_gone(desk):
    desk.server["/new"] = desk.server.replies["/rss"]
    desk.server["/rss"] = Reply(status=301, headers={"Location": "/new"})
    desk.visit(desk.wire())
    desk.server["/rss"] = Reply(status=410)
    desk.server["/new"] = Reply(status=404)
    desk.visit(desk.wire())

    assert state(desk).gone_at is not None


def test_a_server_that_asks_for_quiet_gets_it_for_all_its_sources(desk):
    fetch = Names().fetcher()
    limited = at(desk, "one.example", "/limited")
    same = at(desk, "one.example", name="same")
    other = at(desk, "two.example")
    desk.visit(limited, same, other, fetch=fetch)
    desk.server["/limited"] = Reply(status=429, headers={"Retry-After": "7200"})
    desk.visit(limited, fetch=fetch)
    asked = len(desk.server.asked)

    for force in (False, True):
        report = desk.visit(limited, same, other, fetch=fetch, force=force)

    assert paths(desk)[asked:] == ["/rss", "/rss"]
    assert "one.example is left alone until" in report.lines()[0]
    waiting = state(desk, "one")
    assert waiting.next_at >= desk.clock.now() + timedelta(hours=1)
    with desk.store.read() as tx:
        assert hosts.closed(tx)["one.example"].strikes == 1

    desk.clock.advance(hours=2)
    desk.server["/limited"] = rss(entry("1"))
    desk.visit(limited, same, other, fetch=fetch)
    with desk.store.read() as tx:
        assert hosts.closed(tx) == {}


def test_the_other_sources_of_a_limited_host_say_why_they_wait(desk):
    fetch = Names().fetcher()
    limited = at(desk, "one.example", "/limited")
    same = at(desk, "one.example", name="same")
    desk.visit(same, fetch=fetch)
    desk.server["/limited"] = Reply(status=429, headers={"Retry-After": "3600"})
    desk.visit(same, limited, fetch=fetch)

    for name in ("one", "same"):
        told = state(desk, name)
        assert told.next_why.startswith("one.example asked to be left alone until")
        assert told.next_at == desk.clock.now() + timedelta(hours=1)


def test_an_operator_who_names_a_source_is_obeyed(desk):
    fetch = Names().fetcher()
    limited = at(desk, "one.example")
    desk.server["/rss"] = Reply(status=429, headers={"Retry-After": "7200"})
    desk.visit(limited, fetch=fetch)

    desk.visit(limited, fetch=fetch, only="one", force=True)

    assert len(desk.server.asked) == 2


def test_a_sudden_403_closes_the_host_and_a_steady_one_does_not(desk):
    fetch = Names().fetcher()
    source = at(desk, "one.example")
    never = at(desk, "two.example", "/never")
    desk.server["/never"] = Reply(status=403)
    desk.visit(source, never, fetch=fetch)
    desk.server["/rss"] = Reply(status=403)
    desk.visit(source, never, fetch=fetch)

    with desk.store.read() as tx:
        assert set(hosts.closed(tx)) == {"one.example"}


def test_a_permanent_redirect_is_adopted_after_seven_days(desk):
    source = desk.wire()
    desk.visit(source)
    desk.server["/new"] = desk.server.replies["/rss"]
    desk.server["/rss"] = Reply(status=301, headers={"Location": "/new"})
    for _ in range(9):
        desk.clock.advance(days=1)
        desk.visit(source)

    assert state(desk).courtesy.moved_to == desk.server.url("/new")
    assert paths(desk)[-1] == "/new"
    assert paths(desk).count("/rss") == 9
    assert len(desk.stored()) == 1
    assert "if-none-match" not in desk.server.asked[-1].headers
    desk.visit(source)
    assert "if-none-match" in desk.server.asked[-1].headers

    desk.server["/rss"] = rss(entry("2"))
    desk.visit(replace(source, url=source.url + "?v=2"))
    assert state(desk).courtesy.moved_to == ""


def test_a_temporary_redirect_is_never_adopted(desk):
    desk.server["/new"] = desk.server.replies["/rss"]
    desk.server["/rss"] = Reply(status=302, headers={"Location": "/new"})
    for _ in range(12):
        desk.clock.advance(days=1)
        desk.visit(desk.wire())

    assert state(desk).courtesy.moved_to == ""


def test_a_redirect_to_a_page_that_is_no_feed_is_never_adopted(desk):
    desk.visit(desk.wire())
    desk.server["/sale"] = Reply(b"<!doctype html><title>For sale</title>")
    desk.server["/rss"] = Reply(status=301, headers={"Location": "/sale"})
    for _ in range(12):
        desk.clock.advance(days=2)
        report = desk.visit(desk.wire())

    assert not report.ok
    assert state(desk).courtesy.moved_to == ""


def test_a_lost_address_that_led_elsewhere_is_followed_at_once(desk):
    desk.server["/new"] = desk.server.replies["/rss"]
    desk.server["/rss"] = Reply(status=301, headers={"Location": "/new"})
    desk.visit(desk.wire())
    desk.server["/rss"] = Reply(status=404)

    report = desk.visit(desk.wire())

    assert report.ok
    assert state(desk).courtesy.moved_to == desk.server.url("/new")


def test_an_adopted_address_that_is_lost_leads_back(desk):
    test_a_lost_address_that_led_elsewhere_is_followed_at_once(desk)
    desk.server["/new"] = Reply(status=410)
    desk.server["/rss"] = rss(entry("1"))

    report = desk.visit(desk.wire())

    assert report.ok
    assert state(desk).courtesy.moved_to == ""
    assert state(desk).gone_at is None


def test_a_login_goes_with_a_source_that_moves_within_its_host_only(desk):
    fetch = Names().fetcher()
    desk.server["/new"] = desk.server.replies["/rss"]
    login = desk.server.url("/rss", "one.example").replace("//", "//ada:secret@")
    source = desk.wire(url=login)
    for host, adopted in (("two.example", False), ("one.example", True)):
        target = desk.server.url("/new", host)
        desk.server["/rss"] = Reply(status=301, headers={"Location": target})
        for _ in range(10):
            desk.clock.advance(days=1)
            desk.visit(source, fetch=fetch)
        assert bool(state(desk).courtesy.moved_to) is adopted

    assert "secret" not in state(desk).courtesy.moved_to
    assert desk.server.asked[-1].path == "/new"
    assert desk.server.asked[-1].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(("down", "count"), [("near", 1), ("near", 3), ("far", 3)])
def test_an_outage_of_our_own_is_said_once_and_counted_against_nobody(
    desk, down, count
):
    names = Names()
    fetch = names.fetcher()
    there = [at(desk, host) for host in HOSTS[:count]]
    desk.visit(*there, fetch=fetch)
    names.down = down

    report = desk.visit(*there, fetch=fetch)

    assert not report.ok
    (line,) = report.lines()
    assert "our own network" in line
    for source in there:
        spared = state(desk, source.name)
        assert (spared.failures, spared.error) == (0, "")
        assert spared.next_at == desk.clock.now() + timedelta(minutes=2)
    desk.clock.advance(days=2)
    desk.visit(*there, fetch=fetch)
    names.down = ""

    back = desk.visit(*there, fetch=fetch)

    assert back.ok
    assert back.lines()[0] == "The network carries again."
    with desk.store.read() as tx:
        assert hosts.outage(tx) is None


def test_a_single_dead_host_is_its_own_fault(desk):
    names = Names()
    fetch = names.fetcher()
    dead = at(desk, "one.example")
    names.down = "far"

    report = desk.visit(dead, fetch=fetch)

    assert "No answer for one.example" in report.lines()[0]
    assert state(desk, "one").failures == 1


def test_a_refusal_during_an_outage_still_counts(desk):
    fetch = Names().fetcher()
    there = [at(desk, host) for host in HOSTS[:3]]
    broken = at(desk, "four.example", "/broken")
    desk.server["/broken"] = Reply(status=500)
    report = desk.visit(*there, broken, fetch=fetch)

    assert state(desk, "four").failures == 1
    assert [one.error != "" for one in report.sources] == [False] * 3 + [True]


def test_a_source_without_an_interval_is_asked_as_it_publishes(desk):
    dates = [
        (desk.clock.now() - timedelta(hours=3 * n)).strftime("%a, %d %b %Y %T GMT")
        for n in range(1, 50)
    ]
    busy = [entry(f"{n}", f"Story {n}", date=date) for n, date in enumerate(dates)]
    desk.server["/rss"] = rss(*busy)
    desk.server["/quiet"] = rss(entry("1", date="Mon, 05 Jan 2026 12:00:00 GMT"))
    wire = desk.wire(every=None)
    quiet = desk.wire(name="quiet", url=desk.server.url("/quiet"), every=None)

    desk.visit(wire, quiet)

    often, rarely = state(desk), state(desk, "quiet")
    assert "it publishes about 49 stories a week" in often.next_why
    assert often.next_at - desk.clock.now() < timedelta(minutes=30)
    assert "nothing for a week" in rarely.next_why
    assert rarely.next_at - desk.clock.now() >= timedelta(hours=4)
    desk.clock.advance(days=5)
    desk.visit(wire, quiet)
    assert "about 15 stories a week" in state(desk).next_why


def test_what_the_document_says_about_visits_outlasts_a_304(desk):
    text = b"<rss version='2.0'><channel><ttl>300</ttl>" + entry("1").encode()
    desk.server["/rss"] = Reply(text + b"</channel></rss>", headers={"ETag": '"a"'})
    desk.visit(desk.wire())
    desk.server["/rss"] = Reply(status=304)
    desk.clock.advance(hours=6)
    desk.visit(desk.wire())

    assert state(desk).next_at >= desk.clock.now() + timedelta(hours=5)
    assert "ttl" in state(desk).next_why


def test_cache_hints_are_followed(desk):
    reply = rss(entry("1"), headers={"Cache-Control": "max-age=3600"})
    desk.server["/rss"] = reply

    desk.visit(desk.wire())

    assert state(desk).next_at >= desk.clock.now() + timedelta(hours=1)


def test_a_server_with_a_limit_is_not_asked_again_in_the_same_visit(desk):
    fetch = Names().fetcher()
    fresh = at(desk, "one.example")
    desk.server["/rss"] = Reply(status=429)
    report = desk.visit(fresh, fetch=fetch)

    assert "429" in report.lines()[0]
    assert len(desk.server.asked) == 1
