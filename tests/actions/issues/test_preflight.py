from dataclasses import replace
from datetime import date, timedelta

import pytest

from dispatch.actions.issues import compose, plan, preflight, slots
from dispatch.actions.issues.preflight import Gate
from dispatch.actions.issues.preview import preview
from dispatch.actions.operations import alerts
from dispatch.compose import inline_fenced
from dispatch.compose.preflight import Level
from dispatch.deliver import dkim
from dispatch.deliver.route import routes
from dispatch.errors import SourceError
from dispatch.model import (
    DkimSettings,
    IssueState,
    Links,
    RelaySettings,
    Response,
    Settings,
)
from dispatch.store import issues
from support import newsroom, received
from support.audience import subscribed
from support.press import press

AWAY = RelaySettings(host="relay.provider.example", port=587, security="tls")
LETTER = newsroom.newsletter()
BROKEN = "{% raw %}{{ story.url }}{% endraw %}"


def printing(folder=None, *, relay=AWAY, signers=None, **site):
    made = press(*([folder] if folder else []), **site)
    keys = received.signers() if signers is None else signers
    return replace(made, gate=Gate((relay,), keys))


def template(folder, text):
    """A digest whose subject is ours."""
    (folder / "digest").mkdir(exist_ok=True)
    (folder / "digest" / "subject.txt").write_text(text)
    return folder


@pytest.fixture
def daily(store, clock):
    """A newsletter of one story whose slot has come."""
    slots.register(store, [LETTER], clock=clock)
    clock.advance(hours=10)
    newsroom.put_article(store, "Early news", seen=clock.now())
    clock.advance(hours=10)
    return store


def tick(store, clock, with_press, letter=LETTER):
    report = compose.tick(store, with_press, [letter], clock=clock)
    with store.read() as tx:
        (issue,) = issues.of(tx, "daily")
    return issue, report


def test_a_good_issue_passes_and_is_ready(daily, clock):
    issue, _ = tick(daily, clock, printing())

    assert issue.state is IssueState.READY
    found = preflight.of_issue(daily, printing(), [LETTER], issue, now=clock.now())
    assert found.ok
    assert found.lines()[0] in {"Preflight: pass.", "Preflight: warn."}
    assert "accepted as a receiver judges: s-rsa" in "\n".join(found.lines())


def test_what_blocks_holds_the_issue_says_why_and_alerts(daily, clock, tmp_path):
    broken = printing(template(tmp_path, BROKEN))

    issue, report = tick(daily, clock, broken)

    assert issue.state is IssueState.HELD
    assert issue.held_reason.startswith("preflight: Leftovers: “{{ story.url }}”")
    assert issue.held_reason in report.lines()[0]
    with daily.read() as tx:
        told = alerts.find(tx, Settings(), relays=(), now=clock.now())
    assert issue.held_reason in told[0].message
    plan.plan_ready(daily, broken, [LETTER], clock=clock)
    assert tick(daily, clock, broken)[1].lines() == []


def test_it_is_composed_anew_as_soon_as_that_is_mended(daily, clock, tmp_path):
    folder = template(tmp_path, BROKEN)
    tick(daily, clock, printing(folder))

    issue, _ = tick(daily, clock, printing(template(folder, "{{ subject }}")))

    assert issue.state is IssueState.READY
    assert issue.held_reason == ""


def test_a_newsletter_may_only_be_told(daily, clock, tmp_path):
    letter = replace(LETTER, preflight="tell")

    issue, _ = tick(daily, clock, printing(template(tmp_path, BROKEN)), letter)

    assert issue.state is IssueState.READY


def test_a_story_about_braces_goes_out(daily, clock):
    newsroom.put_article(
        daily,
        "How {{ braces }} work",
        seen=clock.now() - timedelta(hours=10),
        content=newsroom.content("How {{ braces }} work", section="news"),
    )

    issue, _ = tick(daily, clock, printing())

    assert issue.state is IssueState.READY


def test_links_to_this_machine_hold_only_what_would_leave_it(daily, clock):
    at_home = {"url": "http://127.0.0.1:8000"}

    issue, _ = tick(daily, clock, printing(**at_home))
    assert "this machine" in issue.held_reason

    near = RelaySettings(host="127.0.0.1")
    issue, _ = tick(daily, clock, printing(relay=near, signers=(), **at_home))
    assert issue.state is IssueState.READY


def test_a_key_past_its_last_day_holds_the_issue(daily, clock):
    late = [replace(one, until=date(2026, 3, 1)) for one in received.signers()]

    issue, _ = tick(daily, clock, printing(signers=late))

    assert issue.state is IssueState.HELD
    assert "the key s-rsa was good until 2026-03-01" in issue.held_reason


@pytest.fixture
def key_file(tmp_path):
    """A key in a file, as a daemon found it when it started."""
    file = tmp_path / "s-rsa.pem"
    file.write_bytes(received.PEMS["rsa"][0])
    return file


def signing(file):
    return (dkim.signer(DkimSettings("courier.example", "s-rsa", file)),)


def gone(file):
    file.unlink()


def malformed(file):
    file.write_text("-----BEGIN PRIVATE KEY-----\nnothing\n")


def another(file):
    file.write_bytes(dkim.generate("ed25519")[0])


BAD_KEYS = (
    (gone, "the key s-rsa has gone since it was loaded", "cannot be read"),
    (malformed, "the key s-rsa has gone since it was loaded", "is no private key"),
    (another, "holds another key than the s-rsa that mail is signed with", "SIGHUP"),
)


@pytest.mark.parametrize("bad", BAD_KEYS, ids=lambda bad: bad[0].__name__)
def test_a_key_that_goes_while_we_run_holds_the_issue_until_it_is_back(
    daily, clock, key_file, bad
):
    happens, says, more = bad
    pem = key_file.read_bytes()
    pressed = printing(signers=signing(key_file))
    happens(key_file)

    issue, _ = tick(daily, clock, pressed)
    assert issue.state is IssueState.HELD
    assert says in issue.held_reason
    assert more in issue.held_reason

    key_file.write_bytes(pem)
    issue, _ = tick(daily, clock, pressed)
    assert issue.state is IssueState.READY


@pytest.mark.parametrize("bad", BAD_KEYS, ids=lambda bad: bad[0].__name__)
def test_a_key_that_goes_after_composing_holds_the_issue_at_release(
    daily, clock, key_file, bad
):
    happens, says, more = bad
    pem = key_file.read_bytes()
    pressed = printing(signers=signing(key_file))
    daily.write(subscribed)
    issue, _ = tick(daily, clock, pressed)
    assert issue.state is IssueState.READY
    happens(key_file)

    report = plan.plan_ready(daily, pressed, [LETTER], clock=clock)

    assert report.errors == (f"Issue {issue.id} is held: {held(daily)}",)
    assert says in held(daily)
    assert more in held(daily)
    with daily.read() as tx:
        (told,) = alerts.find(tx, Settings(), relays=(), now=clock.now())
    assert held(daily) in told.message
    assert tick(daily, clock, pressed)[0].state is IssueState.HELD
    assert plan.plan_ready(daily, pressed, [LETTER], clock=clock).lines() == []

    key_file.write_bytes(pem)
    assert tick(daily, clock, pressed)[0].state is IssueState.READY
    report = plan.plan_ready(daily, pressed, [LETTER], clock=clock)
    assert report.planned == ((issue.id, 1),)


def held(store):
    with store.read() as tx:
        (issue,) = issues.of(tx, "daily")
    return issue.held_reason


def test_a_key_whose_last_day_ends_while_an_issue_waits_holds_it(daily, clock):
    today = clock.now().date()
    ending = printing(signers=[replace(s, until=today) for s in received.signers()])
    issue, _ = tick(daily, clock, ending)
    assert issue.state is IssueState.READY
    clock.advance(days=1)

    plan.plan_ready(daily, ending, [LETTER], clock=clock)

    assert f"the key s-rsa was good until {today}" in held(daily)


@pytest.mark.parametrize(("days", "level"), [(30, "warn"), (31, "pass")])
def test_a_key_whose_last_day_is_near_is_told_before_it_holds_anything(
    daily, clock, days, level
):
    last = clock.now().date() + timedelta(days=days)
    pressed = printing(signers=[replace(s, until=last) for s in received.signers()])

    issue, _ = tick(daily, clock, pressed)

    assert issue.state is IssueState.READY
    found = preflight.of_issue(daily, pressed, [LETTER], issue, now=clock.now())
    told = [one for one in found.remarks if one.check == "DKIM"]
    assert {one.level for one in told} == {level}
    assert (f"good until {last}" in told[0].says) is (level == "warn")


def test_a_newsletter_that_may_only_be_told_is_planned_all_the_same(
    daily, clock, key_file
):
    letter = replace(LETTER, preflight="tell")
    pressed = printing(signers=signing(key_file))
    tick(daily, clock, pressed, letter)
    key_file.unlink()

    assert plan.plan_ready(daily, pressed, [letter], clock=clock).ok


def test_without_a_key_or_with_a_relay_that_signs_it_is_told(daily, clock):
    issue, _ = tick(daily, clock, printing(signers=()))
    assert issue.state is IssueState.READY

    for relay, level in ((AWAY, "warn"), (replace(AWAY, profile="postmark"), "pass")):
        pressed = printing(relay=relay, signers=())
        found = preflight.of_issue(daily, pressed, [LETTER], issue, now=clock.now())
        (dkim,) = [one for one in found.remarks if one.check == "DKIM"]
        assert dkim.level == level
        assert "relay" in dkim.says


def test_the_relay_that_counts_is_the_newsletters_own(daily, clock):
    near = RelaySettings(host="127.0.0.1")
    away = replace(AWAY, name="bulk", profile="ses")
    letter = replace(LETTER, relay="bulk")
    gate = Gate((near, away), received.signers(), routes=routes((near, away), [letter]))
    made = replace(press(url="http://127.0.0.1:8000"), gate=gate)

    issue, _ = tick(daily, clock, made, letter)

    assert "this machine" in issue.held_reason
    mended = replace(press(), gate=gate)
    issue, _ = tick(daily, clock, mended, letter)
    assert issue.state is IssueState.READY


def test_a_preview_says_the_same_and_stores_nothing(daily, clock, tmp_path):
    broken = printing(template(tmp_path, BROKEN))

    shown = preview(daily, broken, LETTER, clock=clock)

    assert shown.preflight.level is Level.BLOCK
    assert "  block  Leftovers: " in "\n".join(shown.lines())
    assert shown.to_json()["preflight"]["verdict"] == "block"


def test_an_issue_whose_newsletter_has_gone_is_not_judged(daily, clock):
    issue, _ = tick(daily, clock, printing())

    assert preflight.of_issue(daily, printing(), [], issue, now=clock.now()) is None


def test_a_mail_that_was_not_inlined_goes_out_and_operators_are_told(
    daily, clock, monkeypatch
):
    def fails(_page):
        raise TypeError("'list' object is not callable")

    monkeypatch.setattr(inline_fenced, "_transform", fails)
    issue, _ = tick(daily, clock, printing())

    assert issue.state is IssueState.READY
    found = preflight.of_issue(daily, printing(), [LETTER], issue, now=clock.now())
    assert "styles are not inlined" in "\n".join(found.lines())

    def told():
        with daily.read() as tx:
            return alerts.find(tx, Settings(), relays=(), now=clock.now())

    assert [one.key for one in told()] == [f"styles:{issue.id}"]
    ready, gone = IssueState.READY, IssueState.CANCELLED
    daily.write(
        lambda tx: issues.change_state(tx, issue.id, ready, gone, now=clock.now())
    )
    assert told() == ()


# The world


def answering(statuses):
    def fetch(url, *, headers=None):
        if url not in statuses:
            raise SourceError(f"{url} does not answer.")
        return Response(url=url, status=statuses[url], headers={}, body=b"")

    return fetch


PAGE = (
    '<a href="https://courier.example/a">a</a><a href="https://courier.example/b">b</a>'
    '<a href="https://courier.example/gone">c</a><a href="mailto:x@y.example">m</a>'
    '<a href="https://news.courier.example/unsubscribe/sample">u</a>'
)
LINKS = Links("https://news.courier.example")


def test_every_link_is_asked_once_and_a_readers_own_never():
    fetch = answering(
        {"https://courier.example/a": 200, "https://courier.example/gone": 404}
    )

    found = preflight.ask(PAGE, LINKS, fetch, lambda _url, _fields: 200).remarks

    said = [str(one) for one in found]
    assert len(said) == 3
    assert "courier.example/b does not answer" in said[0]
    assert "courier.example/gone: it answers with an error" in said[1]
    assert said[2].startswith("pass   One click")


@pytest.mark.parametrize("status", [302, 403, 404, 500])
def test_a_one_click_address_that_does_not_take_a_post_warns(status):
    asked = []

    def submit(url, fields):
        asked.append((url, fields))
        return status

    found = preflight.ask("", LINKS, answering({}), submit).remarks

    assert found[-1].level is Level.WARN
    ((url, fields),) = asked
    assert fields == {"List-Unsubscribe": "One-Click"}
    assert url.startswith("https://news.courier.example/unsubscribe/sample-")
