import pytest

from dispatch.config import reading


def read(tmp_path, text):
    return reading.read(tmp_path / "config.toml", f"[bounces]\n{text}")


def test_every_way_may_be_used_beside_the_others(tmp_path):
    (tmp_path / "key").write_text("a key\n")
    found = read(
        tmp_path,
        'listen = "127.0.0.1:2424"\nhooks = ["ses", "mailgun"]\n'
        'mailgun_key_file = "key"\nunsubscribe = "leave+*@example.org"\n'
        'host = "imap.example.org"\nusername = "b"',
    )

    assert found.faults == ()
    back = found.settings.bounces
    assert (back.mailgun_key, back.source.host) == ("a key", "imap.example.org")


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ('host = "imap.example.org"', "username", "is empty"),
        (
            'host = "imap.example.org"\nusername = "b"\nsecurity = "none"',
            "security",
            "in the clear",
        ),
        ('done = "INBOX"', "done", "again and again"),
        ('hooks = ["sendgrid"]', "hooks", "not one of the words"),
        ('hooks = ["ses", "ses"]', "hooks", "there twice"),
        ('unsubscribe = "leave@example.org"', "unsubscribe", "no star"),
        ('listen = "2424"', "listen", "not HOST:PORT"),
        ('listen = "127.0.0.1:8000"', "listen", "already the place of web.listen"),
        ('every = "1s"', "every", "out of bounds"),
        ('password = "x"', "password", "does not belong"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, key, what):
    (fault,) = map(str, read(tmp_path, text).faults)

    assert f"bounces.{key}" in fault
    assert what in fault
