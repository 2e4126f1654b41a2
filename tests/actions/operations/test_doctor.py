"""What the doctor says, with a real name server, relay and web server of loopback."""

import ssl
from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch import app as wiring, config
from dispatch.actions.operations import doctor as examining
from dispatch.actions.operations.doctor_web import Outside
from dispatch.clock import SystemClock
from dispatch.deliver import dkim
from dispatch.http import Fetcher
from dispatch.model import FetchSettings
from dispatch.web.server import Server
from dispatch.web.site import create_site
from support import certificates, http_server, smtp, web
from support.http_server import Reply
from support.name_server import NameServer

HOST = "news.courier.news"
CONFIG = """
[site]
title = "The Courier & Post"
url = "https://{host}:{web}"
live = true
contact = "desk@courier.news"
postal_address = "1 College Green"

[smtp]
host = "127.0.0.1"
port = {smtp}
return_path = "bounces+*@back.courier.news"

[[newsletter]]
name = "daily"
title = "The Daily"
sender = "The Daily <daily@courier.news>"
schedule = "0 7 * * *"
"""
SIGNING = """
[[dkim]]
domain = "courier.news"
selector = "s1"
key_file = "s1.pem"
"""


@pytest.fixture
def zone():
    with NameServer() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("tls"), HOST)


@pytest.fixture
def front(certificate):
    """A web server before Dispatch that passes everything on as it should."""
    with http_server.Server(certificates.serving(certificate)) as running:
        running["/livez"] = Reply(b"ok\n")
        page = Reply(b"<title>The Courier &amp; Post</title>", 404)
        running[LEAVE] = lambda asked: (
            Reply(b"Unsubscribed.\n") if asked.method == "POST" else page
        )
        yield running


LEAVE = "/unsubscribe/sample-unsubscribe-link-of-a-preflight-and-nobody"


def healthy(zone, record):
    zone.txt("back.courier.news", "v=spf1 ip4:203.0.113.5 -all")
    zone["back.courier.news", "MX"] = ["10 mx.courier.news."]
    zone["courier.news", "MX"] = ["10 mx.courier.news."]
    zone.txt("_dmarc.courier.news", "v=DMARC1; p=none")
    zone.txt("s1._domainkey.courier.news", record)
    zone["mx.courier.news", "A"] = ["93.184.215.15"]
    zone[HOST, "A"] = ["93.184.215.14"]


class Ward:
    """A publication in a folder; `look` has the doctor look at it."""

    def __init__(self, folder, zone, trusted=""):
        self.folder, self.zone, self.trusted = folder, zone, trusted

    def settings(self, text, **values):
        file = self.folder / "config.toml"
        file.write_text(text.format(**{"host": HOST, "web": 443, "smtp": 1, **values}))
        return config.load(file)

    def look(self, settings, clock=None):
        tls = ssl.create_default_context(cafile=self.trusted or None)
        fetch = Fetcher(
            FetchSettings(allow_private=("127.0.0.1",)),
            resolve=lambda *_: ["127.0.0.1"],
            tls=tls,
        )
        outside = Outside(self.zone.lookup, fetch, fetch.submit)
        channels = wiring.trying(settings)
        return examining.doctor(settings, channels, outside, clock or SystemClock())


@pytest.fixture
def ward(tmp_path, zone, certificate):
    return Ward(tmp_path, zone, str(certificate[0]))


def said(report, about):
    (found,) = [one for one in report.found if one.about.startswith(about)]
    return found


def test_a_healthy_publication_is_told_in_words(ward, zone, front, snapshot):
    pem, record = dkim.generate("ed25519")
    (ward.folder / "s1.pem").write_bytes(pem)
    healthy(zone, record)
    with smtp.serving() as relay:
        settings = ward.settings(CONFIG + SIGNING, web=front.port, smtp=relay.port)
        report = ward.look(settings)

    assert report.ok, report.lines()
    assert [one.about for one in report.found if one.state != "ok"] == ["Backups"]
    assert not relay.received
    kept = [line for one in report.found[1:6] for line in one.lines()]
    assert kept == snapshot
    assert {one["state"] for one in report.to_json()["checks"]} == {"ok", "warn"}


def test_an_empty_zone_is_lines_to_paste(ward, zone, snapshot):
    report = ward.look(ward.settings(CONFIG))

    assert not report.ok
    assert [one.paste for one in report.found if one.paste] == snapshot
    assert report.lines()[-1].endswith("in order.")


def test_a_domain_that_takes_no_mail_cannot_take_bounces(ward, zone):
    zone["back.courier.news", "MX"] = ["0 ."]
    zone["courier.news", "A"] = ["93.184.215.14"]

    report = ward.look(ward.settings(CONFIG))

    assert said(report, "MX of back.courier.news").state == "fail"
    assert "bounces are lost" in said(report, "MX of back.courier.news").says
    assert said(report, "MX of courier.news").state == "warn"


def test_a_mail_server_that_is_not_in_the_dns_takes_nothing(ward, zone):
    zone["courier.news", "MX"] = ["10 gone.courier.news."]

    found = said(ward.look(ward.settings(CONFIG)), "MX of courier.news")

    assert found.state == "fail"
    assert "gone.courier.news is to take mail" in found.says


def test_a_silent_name_service_fails_that_check_alone(ward, zone, front):
    healthy(zone, dkim.generate("ed25519")[1])
    zone.failing.add("_dmarc.courier.news")

    report = ward.look(ward.settings(CONFIG, web=front.port))

    assert said(report, "DMARC").state == "fail"
    assert "no usable answer about _dmarc.courier.news" in said(report, "DMARC").says
    assert said(report, "SPF").state == "ok"
    assert said(report, "Public address").state == "ok"


def test_the_relay_that_rebuilds_mail_must_sign_though_there_is_a_key(ward, zone):
    (ward.folder / "s1.pem").write_bytes(dkim.generate("ed25519")[0])
    text = CONFIG.replace("[smtp]", '[smtp]\nprofile = "sendgrid"') + SIGNING

    report = ward.look(ward.settings(text))

    assert "the relay must sign" in said(report, "DKIM of courier.news").says
    assert "include:sendgrid.net" in said(report, "SPF").paste


def test_a_key_that_was_spoilt_meanwhile_is_told_without_what_is_in_it(ward):
    file = ward.folder / "s1.pem"
    file.write_bytes(dkim.generate("ed25519")[0])
    settings = ward.settings(CONFIG + SIGNING)
    file.write_text("SECRET")

    report = ward.look(settings)

    assert said(report, "DKIM key s1").state == "fail"
    assert "SECRET" not in "\n".join(report.lines())


def test_relays_are_tried_though_the_site_is_not_live(ward):
    text = CONFIG.replace("live = true", "live = false")
    with smtp.serving() as relay:
        up = ward.look(ward.settings(text, smtp=relay.port))
    down = ward.look(ward.settings(text, smtp=relay.port))
    live = ward.look(ward.settings(CONFIG, smtp=relay.port))

    states = [said(one, "Relay default").state for one in (up, down, live)]
    assert states == ["ok", "warn", "fail"]


def test_examples_are_not_looked_up(ward, zone):
    text = CONFIG.replace("courier.news", "courier.example")
    text = text.replace("{host}", "news.courier.example").replace("= true", "= false")

    report = ward.look(ward.settings(text))

    assert not zone.asked
    about = [one for one in report.found if "reserved for examples" in one.says]
    assert {one.state for one in about} == {"ok"}
    assert len(about) == 6


@pytest.mark.parametrize(("live", "state"), [("true", "fail"), ("false", "warn")])
def test_an_address_of_loopback_is_seen_by_this_machine_only(ward, live, state):
    text = CONFIG.replace("live = true", f"live = {live}")
    report = ward.look(ward.settings(text, host="127.0.0.1"))

    assert said(report, "Public address").state == state
    assert "only this machine sees it" in said(report, "Public address").says


@pytest.mark.parametrize(
    ("addresses", "says"),
    [([], "has no address"), (["10.1.2.3"], "only your own network")],
)
def test_a_host_that_readers_cannot_find_is_a_failure(ward, zone, addresses, says):
    zone[HOST, "A"] = addresses
    found = said(ward.look(ward.settings(CONFIG)), "Public address")

    assert (found.state, says in found.says) == ("fail", True), found


def test_another_program_at_the_address_is_told_from_dispatch(ward, zone, front):
    zone[HOST, "A"] = ["93.184.215.14"]
    settings = ward.settings(CONFIG, web=front.port)
    front["/livez"] = Reply(b"hello")
    other = ward.look(settings)
    front["/livez"] = Reply(b"ok\n")
    front[LEAVE] = Reply(b"<h1>Not found</h1>", 404)
    unknown = ward.look(settings)
    front[LEAVE] = lambda asked: Reply(
        b"The Courier &amp; Post", 405 if asked.method == "POST" else 404
    )
    closed = ward.look(settings)

    assert "not as Dispatch does" in said(other, "Public address").says
    assert "not with a page of The Courier & Post" in said(unknown, "Unsub").says
    assert "answered with 405" in said(closed, "Unsub").says
    assert not any(one.ok for one in (other, unknown, closed))


def test_the_site_as_it_is_passes(ward, zone, tmp_path, sqlite_store, clock):
    zone[HOST, "A"] = ["93.184.215.14"]
    made = web.make_app(tmp_path, sqlite_store, clock)
    server = Server(create_site(made), "127.0.0.1:0")
    server.start()
    try:
        url = f"http://{HOST}:{server.port}"
        settings = replace(made.settings, site=replace(made.settings.site, url=url))
        report = ward.look(settings, clock)
    finally:
        server.stop()

    assert said(report, "Unsubscribe page").state == "ok", report.lines()
    kinds = {one.state for one in report.found if one.about == "Public address"}
    assert kinds == {"ok", "warn"}  # it is Dispatch, and plain http


def test_a_clock_that_is_wrong_is_told_with_its_seconds(ward, zone, front):
    zone[HOST, "A"] = ["93.184.215.14"]

    class Ahead:
        def now(self):
            return SystemClock().now() + timedelta(hours=1)

    report = ward.look(ward.settings(CONFIG, web=front.port), Ahead())

    found = said(report, "Clock")
    assert found.state == "warn"
    assert f"seconds ahead of that of {HOST}" in found.says


def test_a_page_out_of_a_cache_does_not_make_the_clock_wrong(ward, zone, front):
    zone[HOST, "A"] = ["93.184.215.14"]

    class Later:
        def now(self):
            return SystemClock().now() + timedelta(hours=1)

    front["/livez"] = Reply(b"ok\n", headers={"Age": "3600"})
    report = ward.look(ward.settings(CONFIG, web=front.port), Later())

    assert said(report, "Clock").state == "ok"


def test_the_home_page_on_another_server_is_the_better_clock(ward, zone, front):
    zone[HOST, "A"] = ["93.184.215.14"]
    home = http_server.Server()
    with home:
        home["/"] = Reply(b"news", headers={"Age": "600"})
        text = CONFIG.replace(
            "[site]", f'[site]\nhome = "http://www.courier.news:{home.port}/"'
        )
        report = ward.look(ward.settings(text, web=front.port))

    found = said(report, "Clock")
    assert found.state == "warn"
    assert "behind that of www.courier.news" in found.says


def test_backups_beside_the_database_are_seen_with_their_age(ward, clock):
    settings = ward.settings(CONFIG)
    folder = ward.folder / "var"
    folder.mkdir()
    none = said(ward.look(settings), "Backups")
    (folder / "dispatch.db.before-0042").write_bytes(b"")
    fresh = said(ward.look(settings), "Backups")

    assert (none.state, fresh.state) == ("warn", "ok")
    assert "0 days old" in fresh.says


def test_a_key_that_others_can_read_and_a_full_disk_are_failures(ward):
    text = CONFIG + "[store]\nmin_free = 1000000\n"
    settings = ward.settings(text)
    key = settings.secrets.key_file
    key.parent.mkdir()
    config.load_or_make_key(key)
    own = said(ward.look(settings), "Secret key")
    key.chmod(0o644)
    report = ward.look(settings)

    assert own.state == "ok"
    assert "chmod 600" in said(report, "Secret key").says
    assert said(report, "Disk").state == "fail"
    assert "store.min_free" in said(report, "Disk").says


def test_a_look_that_breaks_off_is_told_and_the_others_go_on(ward, monkeypatch, caplog):
    monkeypatch.setattr(examining.doctor_disk.shutil, "disk_usage", None)

    report = ward.look(ward.settings(CONFIG))

    assert said(report, "Disk").state == "warn"
    assert "could not be judged (TypeError)" in said(report, "Disk").says
    assert said(report, "Secret key").state == "ok"
    assert "doctor broke off" in caplog.text


def test_the_stand_in_of_a_relay_is_looked_at_with_its_own_return_path(ward):
    text = CONFIG.replace("[smtp]", '[smtp]\nfailover = "ses"\nprofile = "mailgun"')
    text += """
[[relay]]
name = "ses"
host = "127.0.0.1"
port = {smtp}
profile = "ses"
return_path = "back@mail.courier.news"
failover = "default"
"""
    report = ward.look(ward.settings(text))

    assert "include:mailgun.org" in said(report, "SPF of back.courier.news").paste
    assert "include:amazonses.com" in said(report, "SPF of mail.courier.news").paste
    assert said(report, "MX of mail.courier.news").state == "fail"


def test_the_registry_is_not_asked_where_the_domain_speaks_for_itself(ward, zone):
    zone.txt("_dmarc.courier.news", "v=DMARC1; p=none")
    zone.failing.add("_dmarc.news")

    report = ward.look(ward.settings(CONFIG))

    assert said(report, "DMARC").state == "ok"


def test_a_policy_of_the_organisation_covers_what_is_below_it(ward, zone):
    zone.txt("_dmarc.courier.news", "v=DMARC1; p=reject")
    text = CONFIG.replace("daily@courier.news", "daily@mail.courier.news")

    report = ward.look(ward.settings(text))

    assert said(report, "DMARC of mail.courier.news").says == (
        "p=reject by the record of courier.news."
    )
