from datetime import date
from typing import get_args

import pytest

from dispatch import config
from dispatch.actions.operations import check
from dispatch.deliver import dkim, profiles
from dispatch.model.mail_settings import RelayProfile

PEM = dkim.generate("ed25519")[0].decode()
LETTER = """
[site]
complaints = "{complaints}"

[[newsletter]]
name = "daily"
sender = "The Daily <daily@courier.example>"
schedule = "0 7 * * *"

[[dkim]]
domain = "courier.example"
selector = "s1-mail"
{key}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.delenv("DISPATCH_DKIM_S1_MAIL_KEY", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    file = tmp_path / "config.toml"

    def write(key="", complaints=""):
        text = LETTER.format(key=key, complaints=complaints)
        file.write_text(text, encoding="utf-8")
        return file

    return write


def said(file):
    return {fault.key: str(fault) for fault in config.read(file).faults}


def test_a_key_of_the_environment_takes_the_place_of_a_file(write, monkeypatch):
    monkeypatch.setenv("DISPATCH_DKIM_S1_MAIL_KEY", PEM)

    (key,) = config.load(write('key_file = "nowhere.pem"')).dkim

    assert dkim.signer(key).algorithm == "ed25519-sha256"
    assert "PRIVATE" not in repr(key)


def test_a_key_may_be_a_systemd_credential(write, monkeypatch, tmp_path):
    (tmp_path / "dkim_s1_mail_key").write_text(PEM)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    (key,) = config.load(write()).dkim

    assert dkim.signer(key).aligned("daily@courier.example")


def test_a_key_that_is_nowhere_or_malformed_is_told_in_one_sentence(write, monkeypatch):
    at = "dkim.s1-mail.key_file"
    assert "There is no key" in said(write())[at]

    assert "cannot be read" in said(write('key_file = "nowhere.pem"'))[at]

    monkeypatch.setenv("DISPATCH_DKIM_S1_MAIL_KEY", "-----BEGIN nothing")
    fault = said(write())[at]
    assert "The key in the environment is no private key" in fault
    assert "nothing" not in fault


def test_a_key_has_a_last_day_and_check_says_when_it_is_over(write, monkeypatch, clock):
    monkeypatch.setenv("DISPATCH_DKIM_S1_MAIL_KEY", PEM)
    file = write('until = "2026-03-02"')
    (key,) = config.load(file).dkim
    assert dkim.signer(key).until == date(2026, 3, 2)

    found = check.check(file, clock=clock)
    assert found.faults == ()
    assert "2026-03-02 is near" in str(found.notes[-1])
    assert not dkim.signer(key).expired(clock.now())
    clock.advance(days=1)
    (fault,) = check.check(file, clock=clock).faults
    assert dkim.signer(key).expired(clock.now())
    assert fault.key == "dkim.s1-mail.until"
    clock.advance(days=-60)
    assert not [n for n in check.check(file, clock=clock).notes if "near" in str(n)]
    assert "2026-03-02 is over" in str(fault)


@pytest.mark.parametrize("bad", ["tomorrow", "2026-13-01"])
def test_a_last_day_that_is_no_date_is_told(write, monkeypatch, bad):
    monkeypatch.setenv("DISPATCH_DKIM_S1_MAIL_KEY", PEM)

    assert "2027-12-31" in said(write(f'until = "{bad}"'))["dkim.s1-mail.until"]


def test_complaints_come_to_the_senders_own_domain(write, monkeypatch):
    monkeypatch.setenv("DISPATCH_DKIM_S1_MAIL_KEY", PEM)

    assert said(write(complaints="fbl@mail.courier.example")) == {}
    fault = said(write(complaints="fbl@elsewhere.example"))["site.complaints"]
    assert "not at courier.example" in fault


def test_every_profile_that_can_be_written_is_known_to_the_signer():
    assert {*get_args(RelayProfile)} == {*profiles.PROFILES}


def test_a_relay_that_rebuilds_messages_is_noted_beside_a_key(write, monkeypatch):
    monkeypatch.setenv("DISPATCH_DKIM_S1_MAIL_KEY", PEM)
    file = write()
    with file.open("a", encoding="utf-8") as opened:
        opened.write('\n[smtp]\nprofile = "office365"\n')

    (note,) = [one for one in config.read(file).notes if one.key == "smtp.profile"]
    assert "signs it itself" in str(note)
