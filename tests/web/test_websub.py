"""The callback that hubs speak to: it echoes, takes, wakes, and trusts nobody."""

import hashlib
import hmac

import pytest

from dispatch.model import Push
from dispatch.store import push
from dispatch.web import websub
from dispatch.web.site import create_site

TOPIC = "https://wire.example/rss"
QUERY = (
    f"hub.mode=subscribe&hub.topic={TOPIC}&hub.challenge=c0ffee&hub.lease_seconds=60"
)


@pytest.fixture
def woken():
    return []


@pytest.fixture
def site(app, serve, woken):
    one = Push("wire", "https://hub.example/", TOPIC, "tok", "key", asked="subscribe")
    app.store.write(lambda tx: push.put(tx, one))
    return serve(create_site(app, arrived=lambda: woken.append(1)))


def signed(body):
    return {"X-Hub-Signature": "sha256=" + hmac.new(b"key", body, "sha256").hexdigest()}


def waiting(app):
    with app.store.read() as tx:
        return push.waiting(tx)


def test_a_challenge_is_echoed_as_plain_text(site):
    answer = site.get(f"/websub/tok?{QUERY}")

    assert (answer.status, answer.text) == (200, "c0ffee")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        f"/websub/other?{QUERY}",
        f"/websub/tok?{QUERY.replace('wire', 'else')}",
        f"/websub/tok?{QUERY.replace('subscribe', 'unsubscribe')}",
        f"/websub/tok?{QUERY.replace('c0ffee', 'x' * 5000)}",
        "/websub/tok",
    ],
)
def test_nothing_else_is_echoed(site, path):
    answer = site.get(path)

    assert answer.status == 404
    assert "c0ffee" not in answer.text


def test_a_signed_push_is_kept_and_wakes_the_cycle(site, app, woken):
    answer = site.ask("POST", "/websub/tok", b"<rss/>", signed(b"<rss/>"))

    assert (answer.status, answer.body) == (202, b"")
    assert len(waiting(app)) == 1
    assert woken == [1]


@pytest.mark.parametrize("headers", [{}, signed(b"something else")])
def test_an_unsigned_push_hears_nothing_of_it(site, app, woken, headers):
    answer = site.ask("POST", "/websub/tok", b"<rss/>", headers)

    assert answer.status == 202
    assert waiting(app) == ()
    assert woken == []


def test_a_hub_that_pushes_what_nobody_wants_may_forget_us(site):
    assert site.ask("POST", "/websub/other", b"<rss/>", {}).status == 410


def test_a_push_that_is_too_large_is_refused(site, app, monkeypatch):
    monkeypatch.setattr(websub, "MOST_BYTES", 1000)
    body = b"x" * 1001

    assert site.ask("POST", "/websub/tok", body, signed(body)).status == 413
    assert waiting(app) == ()


def test_signatures_of_every_method_of_the_specification_are_known(site, app):
    for method in ("sha1", "sha384", "sha512"):
        signature = hmac.new(b"key", b"<rss/>", getattr(hashlib, method)).hexdigest()
        header = {"X-Hub-Signature": f"{method}={signature}"}
        site.ask("POST", "/websub/tok", b"<rss/>", header)

    assert len(waiting(app)) == 3
