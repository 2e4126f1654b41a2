import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import blame, hooks
from dispatch.deliver.hooks import UnreadableError

TOKEN, ADA = "tokentokentokentokentoken", "ada@example.net"


def ses(kind="Permanent", sub="General", **recipient):
    return {
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": sub,
            "bouncedRecipients": [{"emailAddress": ADA, **recipient}],
        },
        "mail": {
            "source": f"news+{TOKEN}@example.org",
            "headers": [{"name": "X-Dispatch-Delivery", "value": TOKEN}],
        },
    }


def sns(message):
    return {"Type": "Notification", "Message": json.dumps(message)}


def mailgun(event="failed", severity="permanent", code=550, message="", **more):
    return {
        "signature": {"timestamp": "1", "token": "t", "signature": "s"},
        "event-data": {
            "event": event,
            "severity": severity,
            "recipient": ADA,
            "delivery-status": {"code": code, "message": message, **more},
            "message": {"headers": {"message-id": f"{TOKEN}@example.org"}},
        },
    }


def postmark(kind="HardBounce", details="", record="Bounce"):
    return {
        "RecordType": record,
        "Type": kind,
        "Email": ADA,
        "Details": details,
        "Metadata": {"dispatch": TOKEN},
    }


GONE = "smtp; 550 5.1.1 user unknown"
CASES = {
    "ses: gone": ("ses", ses(status="5.1.1", diagnosticCode=GONE), "failed", "dead"),
    "ses in SNS": ("ses", sns(ses(diagnosticCode=GONE)), "failed", "dead"),
    "ses: suppressed": ("ses", ses(sub="OnAccountSuppressionList"), "failed", "dead"),
    "ses: full": (
        "ses",
        ses("Transient", "MailboxFull", diagnosticCode="452 full", status="4.2.2"),
        "failed",
        "full",
    ),
    "ses: an absence note": ("ses", ses("Transient"), "delayed", "full"),
    "ses: policy": ("ses", ses(diagnosticCode="550 5.7.1 no"), "failed", "sender"),
    "ses: complaint": (
        "ses",
        {
            "eventType": "Complaint",
            "complaint": {"complainedRecipients": [{"emailAddress": ADA}]},
            "mail": {"source": f"n+{TOKEN}@x.y"},
        },
        "complaint",
        "",
    ),
    "ses: taken back": (
        "ses",
        {
            "eventType": "Complaint",
            "complaint": {
                "complaintFeedbackType": "not-spam",
                "complainedRecipients": [{"emailAddress": ADA}],
            },
            "mail": {"source": f"n+{TOKEN}@x.y"},
        },
        "other",
        "",
    ),
    "ses: delay": (
        "ses",
        {
            "eventType": "DeliveryDelay",
            "deliveryDelay": {"delayedRecipients": [{"emailAddress": ADA}]},
            "mail": {"source": f"n+{TOKEN}@x.y"},
        },
        "delayed",
        "full",
    ),
    "postmark: gone": ("postmark", postmark(details=GONE), "failed", "dead"),
    "postmark: no words": ("postmark", postmark(), "failed", "dead"),
    "postmark: blocked": ("postmark", postmark("Blocked"), "failed", "sender"),
    "postmark: soft": ("postmark", postmark("SoftBounce", "later"), "failed", "full"),
    "postmark: away": ("postmark", postmark("AutoResponder"), "auto_reply", ""),
    "postmark: complaint": (
        "postmark",
        postmark(record="SpamComplaint"),
        "complaint",
        "",
    ),
    "mailgun: gone": (
        "mailgun",
        mailgun(message="5.1.1 user unknown"),
        "failed",
        "dead",
    ),
    "mailgun: enhanced code apart": (
        "mailgun",
        mailgun(message="no", **{"enhanced-code": "5.7.26"}),
        "failed",
        "sender",
    ),
    "mailgun: tried again": (
        "mailgun",
        mailgun(severity="temporary", code=451, message="later"),
        "delayed",
        "full",
    ),
    "mailgun: complaint": ("mailgun", mailgun("complained"), "complaint", ""),
    "generic: bounce": (
        "generic",
        {"type": "bounce", "delivery": TOKEN, "recipient": ADA, "status": "5.1.1"},
        "failed",
        "dead",
    ),
    "generic: several": (
        "generic",
        {"reports": [{"type": "complaint", "message_id": TOKEN, "recipient": ADA}]},
        "complaint",
        "",
    ),
}
NOTHING = {
    "ses delivery": ("ses", {"notificationType": "Delivery"}),
    "postmark delivery": ("postmark", {"RecordType": "Delivery"}),
    "mailgun opening": ("mailgun", mailgun("opened")),
    "sns goodbye": ("ses", {"Type": "UnsubscribeConfirmation"}),
}


def read(provider, value):
    return hooks.read(provider, json.dumps(value).encode())


@pytest.mark.parametrize("name", CASES)
def test_what_a_provider_posts_is_read_as_a_report(name):
    provider, value, kind, whose = CASES[name]

    (report,) = read(provider, value)

    assert report.kind == kind
    assert report.mailbox == ADA
    assert any(TOKEN in mark for mark in report.marks)
    if whose:
        assert blame.judge(report.said).kind == whose


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_no_failure_brings_nothing(name):
    assert read(*NOTHING[name]) == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(body):
    for provider in hooks.READERS:
        with pytest.raises(UnreadableError):
            hooks.read(provider, body)


KEYS = (
    *("Message", "mail", "bounce", "bouncedRecipients", "headers", "name", "value"),
    *("Type", "Email", "RecordType", "Metadata", "event-data", "event", "signature"),
    *("reports", "type", "notificationType", "complaint", "delivery-status"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.just(ADA),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.sampled_from(sorted(hooks.READERS)), JSON)
def test_no_json_makes_it_raise_anything_else(provider, value):
    body = json.dumps(value).encode()
    try:
        hooks.read(provider, body)
        hooks.confirmation(body)
        hooks.signed_by_mailgun(body, "key", now=SIGNED_AT)
    except UnreadableError:
        pass


SIGNED_AT = datetime(2026, 3, 4, 7, tzinfo=UTC)


def signed(stamp):
    value = mailgun()
    right = hmac.new(b"key", f"{stamp}t".encode(), hashlib.sha256).hexdigest()
    value["signature"] = {"timestamp": stamp, "token": "t", "signature": right}
    return json.dumps(value).encode()


def test_mailguns_signature_is_checked():
    body, at = signed(str(int(SIGNED_AT.timestamp()))), SIGNED_AT

    assert hooks.signed_by_mailgun(body, "key", now=at)
    assert hooks.signed_by_mailgun(body, "key", now=at + timedelta(hours=9))
    assert not hooks.signed_by_mailgun(body, "another key", now=at)
    assert not hooks.signed_by_mailgun(b"{}", "key", now=at)


@pytest.mark.parametrize("days", [2, -2, 400])
def test_a_signature_of_mailguns_that_was_kept_signs_nothing_later(days):
    """It does not cover the report: who has seen one could post anything with it."""
    body = signed(int(SIGNED_AT.timestamp()))

    assert not hooks.signed_by_mailgun(body, "key", now=SIGNED_AT + timedelta(days))


@pytest.mark.parametrize("stamp", ["", "soon", "1e400", "-1", "\u0661", "9" * 5000])
def test_a_signature_of_no_time_is_none(stamp):
    assert not hooks.signed_by_mailgun(signed(stamp), "key", now=SIGNED_AT)


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription", True),
        ("https://sns.cn-north-1.amazonaws.com.cn/?x", True),
        ("http://sns.eu-west-1.amazonaws.com/?x", False),
        ("https://sns.eu-west-1.amazonaws.com.evil.example/?x", False),
        ("https://evil.example/sns.eu-west-1.amazonaws.com/", False),
        ("https://sns.eu-west-1.amazonaws.com@evil.example/", False),
        (7, False),
    ],
)
def test_only_amazon_is_told_that_we_listen(url, ours):
    body = {"Type": "SubscriptionConfirmation", "SubscribeURL": url}

    assert bool(hooks.confirmation(json.dumps(body).encode())) == ours
