import dataclasses
import uuid

import pytest

from dispatch.model import (
    Cadence,
    MailFormat,
    NewsletterSettings,
    SubscriptionState as State,
)
from dispatch.store import subscribers
from dispatch.web import subscribing as web_subscribing
from dispatch.web.site import create_site
from support import web

ALICE = "alice@example.org"


def known(app, address=ALICE):
    """How an address stands with the daily newsletter, or None."""
    with app.store.read() as tx:
        return subscribers.standing_of(tx, address, "daily")


def tie(app, state=State.ACTIVE):
    """A subscription of Alice's, and a function that makes its links."""
    number = web.subscribe(app, ALICE, state)
    return number, lambda purpose: f"/{purpose}/{app.tokens.make(purpose, number)}"


def state(app, number):
    return web.standing(app, number).state


# -- the form ----------------------------------------------------------------------


def test_the_form_signs_up_and_says_to_look_into_the_mailbox(app, site, page):
    answer = site.post("/subscribe", {"email": ALICE, "newsletter": "daily"})

    assert answer.status == 200
    assert answer.text == page
    assert known(app).subscription.state is State.PENDING


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("weekly", "weekly"), ("daily", "each"), ("", "each"), ("hourly", "each")],
)
def test_how_often_is_chosen_with_the_sign_up(app, site, typed, kept):
    assert 'name="cadence"' in site.get("/subscribe").text
    site.post("/subscribe", {"email": ALICE, "cadence": typed})

    assert known(app).subscription.cadence == kept


def test_how_often_stays_chosen_when_the_address_is_mended(app, site):
    answer = site.post("/subscribe", {"email": "alice", "cadence": "monthly"})

    assert 'value="monthly" checked' in answer.text


def test_the_only_newsletter_needs_no_choosing(app, site):
    site.post("/subscribe", {"email": ALICE})

    assert known(app) is not None


def test_the_answer_is_the_same_for_known_and_unknown_addresses(app, site):
    tie(app)
    form = {"newsletter": "daily"}

    for_known = site.post("/subscribe", {"email": ALICE, **form})
    for_unknown = site.post("/subscribe", {"email": "bob@example.org", **form})

    assert for_known.text == for_unknown.text
    assert for_known.status == for_unknown.status


def test_what_is_no_address_is_told_and_the_form_is_kept(app, site, page):
    answer = site.post(
        "/subscribe", {"email": "alice at example", "newsletter": "daily"}
    )

    assert answer.status == 400
    assert answer.text == page
    assert 'value="alice at example"' in answer.text


@pytest.mark.parametrize(
    "email", ["", " ", "a" * 5000, '"><script>', "a@b\r\nBcc: x@y.example", "a@b\0.org"]
)
def test_no_typed_text_breaks_the_form(app, site, email):
    answer = site.post("/subscribe", {"email": email, "newsletter": "daily"})

    assert answer.status == 400
    assert "<script>" not in answer.text


def test_a_newsletter_that_does_not_exist_cannot_be_chosen(app, site):
    answer = site.post("/subscribe", {"email": ALICE, "newsletter": "weekly"})

    assert answer.status == 400
    assert "Please choose a newsletter." in answer.text


def test_whoever_fills_the_trap_gets_the_usual_answer_and_no_mail(app, site):
    form = {"email": ALICE, "newsletter": "daily"}
    bot = site.post("/subscribe", {**form, "website": "https://spam.example"})

    assert known(app) is None
    assert bot.text == site.post("/subscribe", form).text


def test_several_newsletters_can_be_chosen_at_once(tmp_path, app, serve):
    site = serve(create_site(with_weekly(app)))

    form = site.get("/subscribe").text
    site.post("/subscribe", {"email": ALICE, "newsletter": ["daily", "weekly"]})

    assert form.count('type="checkbox"') == 2
    with app.store.read() as tx:
        for name in ("daily", "weekly"):
            assert subscribers.standing_of(tx, ALICE, name) is not None


def test_of_several_newsletters_one_must_be_chosen(app, serve):
    site = serve(create_site(with_weekly(app)))

    assert site.post("/subscribe", {"email": ALICE}).status == 400


def with_weekly(app):
    weekly = NewsletterSettings(
        name="weekly", sender="news@quad.example", schedule="0 7 * * sat"
    )
    both = (*app.settings.newsletter, weekly)
    return dataclasses.replace(
        app, settings=dataclasses.replace(app.settings, newsletter=both)
    )


def test_too_many_sign_ups_from_one_place_have_to_wait(app, site):
    form = {"email": "not an address"}
    for _ in range(web_subscribing.BURST):
        assert site.post("/subscribe", form).status == 400

    answer = site.post("/subscribe", form)

    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Please wait a little" in answer.text


def test_behind_a_trusted_proxy_every_visitor_has_an_own_allowance(app, serve):
    trusting = dataclasses.replace(app.settings.web, trusted_proxies=("127.0.0.1",))
    app = dataclasses.replace(
        app, settings=dataclasses.replace(app.settings, web=trusting)
    )
    site = serve(create_site(app))
    for number in range(web_subscribing.BURST + 3):
        visitor = f"198.51.100.{number}"
        answer = site.post("/subscribe", {"email": "x"}, x_forwarded_for=visitor)
        assert answer.status == 400


def test_a_form_that_is_too_large_is_refused(site):
    answer = site.post("/subscribe", {"email": "a" * 70_000})

    assert answer.status == 413
    assert "That was too much" in answer.text


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nrubbish"),
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"&" * 1000),
        ("application/x-www-form-urlencoded", b"a=1&" * 1000),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%zz"),
    ],
)
def test_a_body_that_is_no_form_is_an_empty_form(site, media_type, body):
    answer = site.ask("POST", "/subscribe", body, {"Content-Type": media_type})

    assert answer.status == 400


# -- the confirmation ----------------------------------------------------------------


def test_following_the_confirmation_link_only_asks(app, site, page):
    number, link = tie(app, State.PENDING)

    answer = site.get(link("confirm"))
    site.head(link("confirm"))

    assert state(app, number) is State.PENDING
    assert ALICE not in answer.text
    assert "a…@example.org" in answer.text
    assert without_tokens(app, answer.text, number) == page


def test_the_button_confirms_and_leads_on(app, site):
    number, link = tie(app, State.PENDING)

    answer = site.post(link("confirm"), {})

    assert state(app, number) is State.ACTIVE
    assert "You are subscribed" in answer.text
    assert link("preferences") in answer.text


def test_a_second_visit_says_that_all_is_well(app, site):
    _, link = tie(app, State.PENDING)
    site.post(link("confirm"), {})

    for answer in (site.get(link("confirm")), site.post(link("confirm"), {})):
        assert answer.status == 200
        assert "You are subscribed" in answer.text


def test_a_link_that_is_too_old_offers_the_form(app, site, clock):
    number, link = tie(app, State.PENDING)
    clock.advance(days=40)

    answer = site.post(link("confirm"), {})

    assert answer.status == 410
    assert "This link is too old" in answer.text
    assert state(app, number) is State.PENDING


# -- leaving ---------------------------------------------------------------------------

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def one_click_multipart(site, path):
    boundary = uuid.uuid4().hex
    body = (
        f"--{boundary}\r\nContent-Disposition: form-data; "
        f'name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--{boundary}--\r\n'
    )
    media_type = f"multipart/form-data; boundary={boundary}"
    return site.ask("POST", path, body, {"Content-Type": media_type})


def test_looking_at_the_unsubscribe_page_changes_nothing(app, site, page):
    number, link = tie(app)

    answer = site.get(link("unsubscribe"))
    site.head(link("unsubscribe"))
    site.get(link("unsubscribe"), purpose="prefetch")

    assert state(app, number) is State.ACTIVE
    assert ALICE not in answer.text
    assert without_tokens(app, answer.text, number) == page


@pytest.mark.parametrize("kind", ["form", "multipart"])
def test_one_click_unsubscribes_at_once(app, site, kind):
    number, link = tie(app)

    if kind == "form":
        answer = site.post(link("unsubscribe"), ONE_CLICK)
    else:
        answer = one_click_multipart(site, link("unsubscribe"))

    assert state(app, number) is State.UNSUBSCRIBED
    assert (answer.status, answer.text) == (200, "Unsubscribed.\n")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers


def test_one_click_twice_is_answered_the_same(app, site):
    _, link = tie(app)
    first = site.post(link("unsubscribe"), ONE_CLICK)

    assert site.post(link("unsubscribe"), ONE_CLICK).body == first.body


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("", b""),
        ("text/plain", b"List-Unsubscribe=One-Click"),
        ("multipart/form-data", b"broken"),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=one+click"),
    ],
)
def test_a_clumsy_one_click_is_no_reason_to_keep_somebody(app, site, media_type, body):
    number, link = tie(app)

    answer = site.ask("POST", link("unsubscribe"), body, {"Content-Type": media_type})

    assert answer.status == 200
    assert state(app, number) is State.UNSUBSCRIBED


def test_the_button_unsubscribes_and_shows_a_page(app, site, page):
    number, link = tie(app)

    answer = site.post(link("unsubscribe"), {"from": "page"})

    assert state(app, number) is State.UNSUBSCRIBED
    assert answer.status == 200
    assert answer.text == page


def test_whoever_has_left_is_told_so(app, site):
    _, link = tie(app)
    site.post(link("unsubscribe"), ONE_CLICK)

    for purpose in ("unsubscribe", "preferences"):
        assert "You are unsubscribed" in site.get(link(purpose)).text
    assert "You are unsubscribed" in site.post(link("preferences"), {}).text


@pytest.mark.parametrize(
    "token", ["x", "a" * 40, "%00", "..", "A" * 3000, "%F0%9F%A6%86"]
)
def test_a_token_of_nobody_is_answered_kindly(site, token):
    one_click = site.post(f"/unsubscribe/{token}", ONE_CLICK)
    assert one_click.status == 200
    for name in ("unsubscribe", "preferences", "confirm"):
        looked = site.get(f"/{name}/{token}")
        acted = site.post(f"/{name}/{token}", {"from": "page"})
        for answer in (looked, acted):
            assert answer.status == 404
            assert "This link is not known here" in answer.text


def test_a_token_is_good_for_its_purpose_only(app, site):
    number, link = tie(app)
    token = link("preferences").rpartition("/")[2]

    site.post(f"/unsubscribe/{token}", ONE_CLICK)

    assert state(app, number) is State.ACTIVE


# -- preferences --------------------------------------------------------------------


def test_the_preferences_page_shows_how_things_stand(app, site, page):
    number, link = tie(app)

    answer = site.get(link("preferences"))

    assert ALICE not in answer.text
    assert without_tokens(app, answer.text, number) == page


def test_saved_preferences_are_kept_and_shown(app, site):
    number, link = tie(app)

    answer = site.post(
        link("preferences"),
        {"topics": ["sports", "campus", "made up"], "format": "text"},
    )

    saved = web.standing(app, number)
    assert saved.topics == ("campus", "sports")
    assert saved.format is MailFormat.TEXT
    assert saved.state is State.ACTIVE
    assert "Saved." in answer.text
    assert answer.text.count(" checked") == 4


def test_how_often_mail_comes_can_be_chosen(app, site):
    number, link = tie(app)

    answer = site.post(link("preferences"), {"cadence": "weekly"})

    assert web.standing(app, number).cadence is Cadence.WEEKLY
    assert 'value="weekly" checked' in answer.text
    site.post(link("preferences"), {"cadence": "hourly"})
    assert web.standing(app, number).cadence is Cadence.WEEKLY


def test_a_form_that_names_one_thing_changes_nothing_else(app, site):
    number, link = tie(app)
    site.post(link("preferences"), {"topics": "sports", "pause_until": "2026-03-20"})

    site.post(link("preferences"), {"only": "cadence", "cadence": "monthly"})

    saved = web.standing(app, number)
    assert (saved.cadence, saved.topics) == (Cadence.MONTHLY, ("sports",))
    assert saved.state is State.PAUSED


def test_the_unsubscribe_page_offers_less_mail_in_one_press(app, site):
    _number, link = tie(app)

    page = site.get(link("unsubscribe")).text
    assert page.index('name="from" value="page"') < page.index("Once a week instead")
    forms = page.count('name="only"')
    site.post(link("preferences"), {"only": "cadence", "cadence": "weekly"})

    again = site.get(link("unsubscribe")).text
    assert "Once a week instead" not in again  # they have it
    assert "Once a month instead" in again
    assert again.count('name="only"') == forms - 1


def test_languages_are_offered_where_there_are_several(app, site):
    number, link = tie(app)
    assert 'id="languages"' in site.get(link("preferences")).text

    site.post(link("preferences"), {"languages": ["ar", "xx"]})

    assert web.standing(app, number).languages == ("ar",)


def test_a_pause_lasts_until_midnight_where_the_newsletter_is(app, site):
    number, link = tie(app)

    answer = site.post(link("preferences"), {"pause_until": "2026-03-20"})

    saved = web.standing(app, number)
    assert saved.state is State.PAUSED
    assert saved.paused_until.isoformat() == "2026-03-20T04:00:00+00:00"
    assert 'value="2026-03-20"' in answer.text


def test_emptying_the_date_ends_the_pause(app, site):
    number, link = tie(app)
    site.post(link("preferences"), {"pause_until": "2026-03-20"})

    site.post(link("preferences"), {"pause_until": ""})

    assert state(app, number) is State.ACTIVE


@pytest.mark.parametrize(
    "day", ["2026-03-02", "2020-01-01", "2999-01-01", "soon", "2026-13-40", "9" * 50]
)
def test_a_date_that_makes_no_sense_is_told_and_nothing_is_saved(app, site, day):
    number, link = tie(app)

    answer = site.post(link("preferences"), {"pause_until": day, "format": "text"})

    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert web.standing(app, number).format is MailFormat.HTML
    assert 'value="text" checked' in answer.text


def test_a_format_that_does_not_exist_changes_nothing(app, site):
    number, link = tie(app)

    site.post(link("preferences"), {"format": "pdf"})

    assert web.standing(app, number).format is MailFormat.HTML


def test_links_of_a_newsletter_that_was_removed_still_work(app, serve):
    number, link = tie(app)
    bare = dataclasses.replace(
        app, settings=dataclasses.replace(app.settings, newsletter=())
    )
    site = serve(create_site(bare))

    assert site.get(link("unsubscribe")).status == 200
    assert site.get(link("preferences")).status == 200
    assert site.post(link("unsubscribe"), ONE_CLICK).status == 200
    assert state(app, number) is State.UNSUBSCRIBED


def without_tokens(app, html, number):
    """The page with its tokens, which hang on a row's number, made the same."""
    for purpose in ("confirm", "unsubscribe", "preferences"):
        html = html.replace(app.tokens.make(purpose, number), f"TOKEN-{purpose}")
    return html
