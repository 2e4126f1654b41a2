"""Relays in config.toml: what fits together, and what does not."""

import pytest

from dispatch import config
from dispatch.config.reading import read

NEWS = """
[[newsletter]]
name = "daily"
sender = "News <news@example.org>"
schedule = "0 7 * * *"
"""
SES = '[[relay]]\nname = "ses"\nhost = "127.0.0.1"\n'


def faults(tmp_path, text):
    file = tmp_path / "config.toml"
    return {fault.key: str(fault) for fault in read(file, text).faults}


def test_a_second_relay_is_read_with_its_own_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("DISPATCH_RELAY_SES_PASSWORD", "hunter2")
    (tmp_path / "config.toml").write_text(
        SES + 'username = "ada"\nca_file = "ca.pem"\n'
    )
    settings = config.load(tmp_path / "config.toml")

    assert [relay.name for relay in settings.relays] == ["default", "ses"]
    assert settings.relay[0].password == "hunter2"
    assert settings.relay[0].ca_file == tmp_path / "ca.pem"
    assert settings.smtp.password == ""


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ('[smtp]\nname = "x"\n', "smtp.name", "always"),
        (SES.replace("ses", "default"), "relay.name", "[smtp]"),
        (SES.replace("ses", "catcher"), "relay.name", "catcher"),
        (SES + SES, "relay.ses", "two"),
        (SES + 'failover = "nobody"\n', "relay.ses.failover", "there is no"),
        (SES + 'failover = "ses"\n', "relay.ses.failover", "itself"),
        (NEWS + 'relay = "gone"\n', "newsletter.daily.relay", "there is no"),
        (
            SES + 'senders = ["a.example"]\n' + SES.replace("ses", "b") + ""
            'senders = ["@A.example"]\n',
            "relay.b.senders",
            "already goes through ses",
        ),
        (SES + 'senders = ["not a domain"]\n', "relay.ses.senders", "no sender"),
        (SES + 'domain_rates = ["gmail.com"]\n', "relay.ses.domain_rates", "no pace"),
        (SES + 'domain_rates = ["* 5/d"]\n', "relay.ses.domain_rates", "no pace"),
        (SES + 'quiet = "late"\n', "relay.ses.quiet", "22:00-06:00"),
        (SES + 'warm_up = "30d"\n', "relay.ses.warm_up", "no rate says"),
        (SES + 'warm_up = "30d"\n', "relay.ses.warm_up_start", "first day"),
        (SES + 'protocol = "folder"\n', "relay.ses.folder", "missing"),
        (SES + 'protocol = "sendmail"\ncommand = []\n', "relay.ses.command", "empty"),
        (SES + 'client_secret = "x"\n', "relay.ses.client_secret", "CLIENT_SECRET"),
        (SES + 'token_file = "t"\n', "relay.ses.username", "token_file"),
        (
            SES + 'username = "a"\ntoken_file = "t"\ntoken_command = ["x"]\n',
            "relay.ses.token_command",
            "one place",
        ),
        (
            SES + 'username = "a"\ntoken_url = "http://login.example/t"\n',
            "relay.ses.token_url",
            "in the clear",
        ),
        (
            SES + 'username = "a"\ntoken_url = "https://login.example/t"\n',
            "relay.ses.client_id",
            "who asks",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_relay(tmp_path, text, key, words):
    assert words in faults(tmp_path, text)[key]


def test_a_relay_elsewhere_wants_encryption_whichever_table_it_stands_in(tmp_path):
    text = SES.replace("127.0.0.1", "mail.example.org")

    assert "in the clear" in faults(tmp_path, text)["relay.ses.security"]


def test_a_program_and_a_folder_want_none(tmp_path):
    program = SES + 'protocol = "sendmail"\n'
    folder = SES + 'protocol = "folder"\nfolder = "mail"\n'

    assert faults(tmp_path, program) == {}
    assert faults(tmp_path, folder) == {}
