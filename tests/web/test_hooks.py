"""What providers post, through the real web application."""

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from dispatch.errors import SourceError
from dispatch.model import BounceSettings, Response
from dispatch.store import bounces
from dispatch.web import hooks
from dispatch.web.site import create_site
from support import bounced, ledger
from support.audience import TOKENS

ADA = "ada@example.net"
ALL = BounceSettings(hooks=("ses", "postmark", "mailgun", "generic"))


class Fetched:
    """Keeps what was asked for, and answers or fails as told."""

    def __init__(self, error=None):
        self.error, self.urls = error, []

    def __call__(self, url):
        self.urls.append(url)
        if self.error:
            raise self.error
        return Response(200, {}, b"", url)


@pytest.fixture
def sent(app, sqlite_store, clock):
    bounced.readers(sqlite_store, ADA)
    return bounced.issue(sqlite_store, clock)


@pytest.fixture
def post(app, serve):
    """Post JSON as a provider does; `using` changes the application."""

    def ask(provider, value, *, secret=None, using=ALL, **changes):
        settings = replace(app.settings, bounces=using)
        changed = replace(app, settings=settings, tokens=TOKENS, **changes)
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        path = f"/hooks/{provider}/{secret or TOKENS.hook(provider)}"
        return serve(create_site(changed)).ask("POST", path, body)

    return ask


def bounce(**more):
    return {"type": "bounce", "status": "5.1.1", "text": "550 user unknown", **more}


def test_a_report_is_written_down_before_it_is_answered(post, sqlite_store, sent):
    token = TOKENS.bounce(bounced.delivery(sqlite_store, sent, ADA))

    assert post("generic", bounce(delivery=token)).status == 200
    assert post("generic", bounce(delivery=token)).status == 200

    (row,) = bounced.listed(sqlite_store)
    assert (row.kind, row.via, row.issue) == ("dead", "generic", sent)
    with sqlite_store.read() as tx:
        assert bounces.intakes(tx) == {"counted": 1, "repeated": 1}


def test_who_posts_to_the_secret_address_is_believed_about_an_address(
    post, sqlite_store, sent
):
    assert post("generic", bounce(recipient="ADA@Example.net")).status == 200

    assert [one.recipient for one in bounced.listed(sqlite_store)] == [ADA]


@pytest.mark.parametrize("recipient", ["nobody@example.net", "no address", ""])
def test_a_report_about_nobody_changes_nothing(post, sqlite_store, sent, recipient):
    assert post("generic", bounce(recipient=recipient)).status == 200
    assert bounced.listed(sqlite_store) == ()


def test_a_complaint_unsubscribes_at_once(post, sqlite_store, sent):
    number = bounced.delivery(sqlite_store, sent, ADA)
    value = {
        "RecordType": "SpamComplaint",
        "Email": ADA,
        "Metadata": {"d": TOKENS.bounce(number)},
    }

    assert post("postmark", value).status == 200
    assert bounced.state(sqlite_store, ADA) == "unsubscribed"


@pytest.mark.parametrize(
    ("provider", "wrong"),
    [
        ("generic", {"secret": "guess"}),
        ("generic", {"secret": TOKENS.hook("ses")}),
        ("generic", {"secret": "%C3%BC"}),
        ("nobody", {"secret": TOKENS.hook("nobody")}),
        ("generic", {"using": BounceSettings()}),
    ],
)
def test_another_address_is_no_address(post, sqlite_store, sent, provider, wrong):
    assert post(provider, bounce(recipient=ADA), **wrong).status == 404
    assert bounced.listed(sqlite_store) == ()


@pytest.mark.parametrize("body", [b"", b"nonsense", b'{"type": "party"}'])
def test_what_cannot_be_read_is_refused(post, body):
    assert post("generic", body).status == 400


def test_too_much_is_refused(post):
    assert post("generic", b"x" * (hooks.MOST_BYTES + 1)).status == 413


def test_mailgun_signs_where_a_key_is_set(post, sqlite_store, sent, app):
    using = replace(ALL, mailgun_key="key")
    stamp = f"{app.clock.now().timestamp():.0f}"
    right = hmac.new(b"key", f"{stamp}t".encode(), hashlib.sha256).hexdigest()
    value = {
        "signature": {"timestamp": stamp, "token": "t", "signature": right},
        "event-data": {"event": "complained", "recipient": ADA},
    }
    forged = {**value, "signature": {"signature": "0" * 64}}

    assert post("mailgun", forged, using=using).status == 403
    assert bounced.state(sqlite_store, ADA) == "active"
    assert post("mailgun", value, using=using).status == 200
    assert bounced.state(sqlite_store, ADA) == "unsubscribed"


@pytest.mark.parametrize("error", [None, SourceError("nobody answers")])
def test_amazon_is_told_that_we_listen_and_asks_again_where_that_failed(post, error):
    url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"
    fetch = Fetched(error)
    value = {"Type": "SubscriptionConfirmation", "SubscribeURL": url}

    assert post("ses", value, fetch=fetch).status == 200
    assert fetch.urls == [url]


def test_amazons_report_in_an_sns_envelope_is_counted(post, sqlite_store, sent):
    number = bounced.delivery(sqlite_store, sent, ADA)
    inner = {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bouncedRecipients": [{"emailAddress": ADA, "status": "5.1.1"}],
        },
        "mail": {"source": f"news+{TOKENS.bounce(number)}@example.org"},
    }

    value = {"Type": "Notification", "Message": json.dumps(inner)}
    assert post("ses", value).status == 200
    assert [one.kind for one in bounced.listed(sqlite_store)] == ["dead"]
    assert ledger.states(sqlite_store)[-1] == "accepted"


def test_many_reports_at_once_are_all_taken(post, sqlite_store, clock):
    names = [f"reader-{n}@host{n}.example" for n in range(60)]
    bounced.readers(sqlite_store, *names)
    bounced.issue(sqlite_store, clock)
    value = {"reports": [bounce(recipient=name) for name in names]}

    assert post("generic", value).status == 200
    assert len(bounced.listed(sqlite_store)) == 60


def test_the_metrics_count_what_came_back_and_name_nobody(
    app, post, serve, sqlite_store, sent
):
    post("generic", bounce(recipient=ADA))
    post("generic", bounce(recipient="nobody@example.net"))

    text = serve(create_site(app)).get("/metrics").text

    assert 'dispatch_bounces{class="dead"} 1.0' in text
    assert 'dispatch_bounces{class="complaint"} 0.0' in text
    assert 'dispatch_bounce_reports{outcome="counted"} 1.0' in text
    assert 'dispatch_bounce_reports{outcome="forged"} 1.0' in text
    assert "example.net" not in text
