import dataclasses
from typing import get_args

import pytest

from dispatch import config
from dispatch.config import kinds, notes, shape
from dispatch.errors import ConfigError
from dispatch.model import SourceSettings
from dispatch.model.source_settings import SourceKind

KEY = "0123456789abcdef0123456789"
MAILBOX = """
host = "imap.example.org"
username = "stories@example.org"
senders = ["desk@example.org", "@bell.example.org"]
authserv = "mx.example.org"
"""
WHOLE = {
    "folder": 'path = "articles"',
    "feed": 'url = "https://wire.example/rss"',
    "wordpress": 'url = "https://bell.example"',
    "ghost": f'url = "https://bell.example"\nkey = "{KEY}"',
    "sitemap": 'url = "https://bell.example/news.xml"',
    "mailbox": MAILBOX,
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)

    def write(kind, *lines):
        file = tmp_path / "config.toml"
        text = "\n".join(lines)
        file.write_text(f'[[source]]\nname = "a-b"\nkind = "{kind}"\n{text}\n')
        return file

    return write


def source(file):
    return config.load(file).source[0]


def said(file):
    with pytest.raises(ConfigError) as caught:
        config.load(file)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1, lines
    return lines[0].removeprefix(f"{file}: source.a-b.")


def test_every_kind_and_every_setting_has_its_place():
    assert set(kinds.KINDS) == set(get_args(SourceKind))
    for key in shape.keys(SourceSettings):
        assert any(kind.takes(key) for kind in kinds.KINDS.values()), key
    named = {key for kind in kinds.KINDS.values() for key in (*kind.needs, *kind.may)}
    assert named <= {field.name for field in dataclasses.fields(SourceSettings)}


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_a_source_with_what_its_kind_needs_is_fine(write, kind):
    assert source(write(kind, WHOLE[kind])).kind == kind


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_what_is_missing_is_told_with_the_line_to_add(write, kind):
    with pytest.raises(ConfigError) as caught:
        config.load(write(kind))
    for key in kinds.KINDS[kind].needs:
        assert f"source.a-b.{key}: is missing: a source of kind" in str(caught.value)
        assert f"Add a line {key} = " in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "line", "expected"),
    [
        ("feed", 'path = "x"', 'change kind to "folder".'),
        ("folder", 'every = "5m"', 'does not go with kind "folder".'),
        ("feed", 'settle = "5s"', 'change kind to "folder".'),
        ("wordpress", "require_ready = true", 'change kind to "folder".'),
        ("sitemap", "push = false", 'change kind to "feed".'),
        ("ghost", 'full_text = "never"', 'change kind to "feed" or "sitemap".'),
        ("feed", f'key = "{KEY}"', 'change kind to "ghost".'),
        ("feed", 'host = "imap.example.org"', 'change kind to "mailbox".'),
        (
            "feed",
            'on_missing = "ask"',
            'change kind to "folder" or "wordpress" or "ghost".',
        ),
    ],
)
def test_a_key_of_another_kind_is_told_with_the_kinds_that_take_it(
    write, kind, line, expected
):
    message = said(write(kind, WHOLE[kind], line))

    assert message.startswith(line.partition(" ")[0])
    assert expected in message


@pytest.mark.parametrize(
    ("kind", "line", "expected"),
    [
        ("feed", 'timezone = "Mars/Olympus"', "is not a time zone"),
        ("feed", 'every = "30s"', 'Write "1m" to "7d"'),
        ("feed", 'every = "auto"', "is not a length of time"),
        ("feed", 'full_text = "always"', 'Write "never" or "teasers"'),
        ("feed", 'future = "mail"', 'Write "hold", "clamp" or "trust"'),
        ("folder", 'on_missing = "delete"', 'Write "keep", "ask" or "withdraw"'),
        ("folder", "require_ready = 1", "neither true nor false"),
        ("mailbox", "port = 70000", "Write 1 to 65535"),
        ("mailbox", 'security = "ssl"', 'Write "tls", "starttls" or "none"'),
        ("mailbox", 'security = "none"', "would send the password to imap.example.org"),
        ("mailbox", 'mailbox = ""', "is empty"),
        ("mailbox", 'password = "x"', "or set DISPATCH_SOURCE_A_B_PASSWORD"),
        ("mailbox", 'password_file = "none"', "cannot be read"),
        ("ghost", 'key_file = "none"', "cannot be read"),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence_and_its_remedy(
    write, kind, line, expected
):
    whole = 'url = "https://bell.example"' if "key_file" in line else WHOLE[kind]
    message = said(write(kind, whole, line))

    assert message.startswith(line.partition(" ")[0])
    assert expected in message


@pytest.mark.parametrize(
    "senders", ["[]", '["desk"]', '["@"]', '["*"]', '["a@b.example", "a@b.example"]']
)
def test_a_mailbox_takes_stories_from_named_senders_only(write, senders):
    lines = MAILBOX.replace('["desk@example.org", "@bell.example.org"]', senders)

    assert said(write("mailbox", lines)).startswith("senders: ")


def test_a_mailbox_on_this_machine_may_do_without_encryption(write):
    lines = MAILBOX.replace("imap.example.org", "localhost")

    assert source(write("mailbox", lines, 'security = "none"')).security == "none"


def test_a_ghost_site_needs_its_key_from_somewhere(write):
    assert said(write("ghost", 'url = "https://bell.example"')).startswith(
        'key: is missing: a source of kind "ghost" needs it.'
    )
    assert "is not a Content API key" in said(
        write("ghost", 'url = "https://bell.example"', 'key = "secret"')
    )


def test_keys_and_passwords_come_from_the_files_that_are_named(write, tmp_path):
    (tmp_path / "k").write_text(f"{KEY}\n")
    (tmp_path / "pw").write_text("sesame\n")

    ghost = source(write("ghost", 'url = "https://bell.example"', 'key_file = "k"'))
    mailbox = source(write("mailbox", MAILBOX, 'password_file = "pw"'))

    assert ghost.key == KEY
    assert mailbox.password == "sesame"
    assert (ghost.key_file, mailbox.password_file) == (tmp_path / "k", tmp_path / "pw")
    assert KEY not in repr(ghost)
    assert "sesame" not in repr(mailbox)


def test_the_environment_wins_over_the_file(write, tmp_path, monkeypatch):
    (tmp_path / "pw").write_text("sesame\n")
    monkeypatch.setenv("DISPATCH_SOURCE_A_B_PASSWORD", "tahini")

    assert source(write("mailbox", MAILBOX, 'password_file = "pw"')).password == (
        "tahini"
    )


def test_a_credential_of_systemd_serves_without_any_setting(
    write, tmp_path, monkeypatch
):
    (tmp_path / "source_a_b_password").write_text("sesame")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert source(write("mailbox", MAILBOX)).password == "sesame"


def test_a_key_from_the_environment_is_enough(write, monkeypatch):
    monkeypatch.setenv("DISPATCH_SOURCE_A_B_KEY", KEY)

    assert source(write("ghost", 'url = "https://bell.example"')).key == KEY


def test_a_mailbox_whose_senders_nobody_vouches_for_is_worth_a_warning(write):
    lines = MAILBOX.replace('authserv = "mx.example.org"', "")
    found = config.read(write("mailbox", lines)).notes

    assert [note.key for note in found] == [
        "source.a-b.authserv",
        "source.a-b.username",
    ]
    assert "every story is held" in found[0].what
    assert "DISPATCH_SOURCE_A_B_PASSWORD" in found[1].remedy


@pytest.mark.parametrize(
    ("kind", "line", "key"),
    [("feed", 'full_text = "teasers"', "full_text"), ("sitemap", "", "kind")],
)
def test_full_text_without_its_library_is_told_with_what_to_type(
    write, monkeypatch, kind, line, key
):
    monkeypatch.setattr(notes, "find_spec", lambda _: None)

    found = config.read(write(kind, WHOLE[kind], line)).notes

    assert [note.key for note in found] == [f"source.a-b.{key}"]
    assert "pip install 'dispatch-news[fulltext]'" in found[0].remedy


def test_full_text_with_its_library_is_told_nothing(write, monkeypatch):
    monkeypatch.setattr(notes, "find_spec", lambda _: object())

    assert config.read(write("sitemap", WHOLE["sitemap"])).notes == ()


def test_left_out_every_means_as_often_as_the_source_publishes(write):
    assert source(write("feed", WHOLE["feed"])).every is None


def test_two_mailboxes_of_one_account_are_two_places(tmp_path):
    one = f'[[source]]\nname = "a"\nkind = "mailbox"\n{MAILBOX}'
    two = one.replace('"a"', '"b"')
    file = tmp_path / "config.toml"
    file.write_text(f'{one}\n{two}\nmailbox = "Sports"\n')

    assert len(config.load(file).source) == 2
    file.write_text(f"{one}\n{two}\n")
    with pytest.raises(ConfigError, match="same place as source a"):
        config.load(file)


def test_credentials_in_an_address_are_allowed_and_never_shown(write):
    file = write("feed", 'url = "https://u:hunter2@wire.example/rss"')

    assert "hunter2" in source(file).url
    assert "hunter2" not in str(config.read(file).notes)
    wrong = write("feed", 'url = "ftp://u:hunter2@wire.example/rss"')
    assert "hunter2" not in said(wrong)
