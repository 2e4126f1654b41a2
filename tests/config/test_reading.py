import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from dispatch import config, resources
from dispatch.compose import inline_quick
from dispatch.errors import ConfigError

LETTER = """
[[newsletter]]
name = "daily"
sender = "The Daily <daily@courier.example>"
schedule = "0 7 * * *"
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="config.toml"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


def problems(file):
    """What is said about a file: key → the rest of the line."""
    with pytest.raises(ConfigError) as caught:
        config.load(file)
    said = {}
    for line in str(caught.value).splitlines():
        where, key, what = line.removeprefix(str(file)).split(": ", 2)
        assert not where
        said[key] = what
    return said


def test_the_shipped_config_loads_as_it_stands():
    settings = config.load(resources.shipped("config.toml"))

    assert settings.source[0].first_contact == "mail"
    assert settings.sandbox.sample_subscribers
    assert not settings.site.live


def test_the_shipped_config_has_nothing_that_needs_a_warning():
    assert config.read(resources.shipped("config.toml")).notes == ()


def test_an_inliner_that_is_not_installed_is_noted_with_what_to_type(
    write, monkeypatch
):
    monkeypatch.setattr(inline_quick, "available", lambda: False)

    notes = config.read(write('[site]\ninliner = "css-inline"\n')).notes

    (note,) = [one for one in notes if one.key == "site.inliner"]
    assert "premailer does its work" in str(note)
    assert "dispatch-news[css-inline]" in str(note)
    assert problems(write('[site]\ninliner = "juice"\n'))["site.inliner"]


def test_an_empty_file_means_the_defaults(write):
    settings = config.load(write(""))

    assert settings.site.url == "http://127.0.0.1:8000"
    assert settings.newsletter == ()


def test_paths_are_taken_from_the_folder_of_the_file(write):
    file = write(
        '[store]\nurl = "sqlite:///data/d.db"\n[secrets]\nkey_file = "k"\n'
        '[feeds]\ndirectory = "out"\n'
        '[[source]]\nname = "a"\nkind = "folder"\npath = "drop"\n'
        '[[source]]\nname = "b"\nkind = "folder"\npath = "/srv/drop"\n'
    )

    settings = config.load(file)

    folder = file.parent
    assert settings.store.url == f"sqlite:///{folder}/data/d.db"
    assert settings.secrets.key_file == folder / "k"
    assert settings.feeds.directory == folder / "out"
    assert settings.source[0].path == folder / "drop"
    assert settings.source[1].path == Path("/srv/drop")
    assert settings.folder == folder


def test_an_absolute_database_file_stays_where_it_is(write):
    settings = config.load(write('[store]\nurl = "sqlite:////srv/d.db"\n'))

    assert settings.store.url == "sqlite:////srv/d.db"


def test_what_else_the_store_is_told_is_kept_beside_its_absolute_file(write):
    settings = config.load(write("[store]\nmin_free = 2500\n"))

    assert settings.store.min_free == 2500


def test_the_folder_is_absolute_when_the_file_was_named_relatively(write, monkeypatch):
    file = write("")
    monkeypatch.chdir(file.parent)

    assert config.load(Path("config.toml")).folder == file.parent


def test_a_newsletter_without_zone_and_title_gets_the_sites(write):
    letter = config.load(
        write(f'[site]\ntitle = "A"\ntimezone = "Europe/Berlin"\n{LETTER}')
    ).newsletter[0]

    assert (letter.timezone, letter.title) == ("Europe/Berlin", "A")


def test_the_slash_at_the_end_of_the_sites_address_is_dropped(write):
    settings = config.load(write('[site]\nurl = "https://news.example/"\n'))

    assert settings.site.url == "https://news.example"


def test_lengths_of_time_are_read(write):
    file = write(f'{LETTER}lookback = "2d"\nmax_lateness = "90m"\n')

    letter = config.load(file).newsletter[0]

    assert letter.lookback == timedelta(days=2)
    assert letter.max_lateness == timedelta(minutes=90)


def test_a_missing_file_is_named_with_a_way_out(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.toml: there is no such file.*init DIR"):
        config.load(tmp_path / "no.toml")


def test_a_folder_instead_of_a_file_is_no_traceback(tmp_path):
    with pytest.raises(ConfigError, match="is a folder"):
        config.load(tmp_path)


def test_broken_toml_is_told_with_line_and_column(write):
    with pytest.raises(ConfigError, match="line 2, column 9: "):
        config.load(write("[site]\ntitle = The Courier\n"))


def test_toml_that_ends_too_early_is_told(write):
    with pytest.raises(ConfigError, match="the end: "):
        config.load(write("[site"))


def test_a_file_that_is_not_utf8_is_told_with_its_place(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(b'[site]\ntitle = "Caf\xe9"\n')

    with pytest.raises(ConfigError, match=r"not UTF-8 \(at byte 19\)"):
        config.load(file)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(b'\xef\xbb\xbf[site]\ntitle = "A"\n')

    assert config.load(file).site.title == "A"


def test_an_endless_file_is_refused(tmp_path):
    file = tmp_path / "config.toml"
    file.write_bytes(b"#" * 1_000_001)

    with pytest.raises(ConfigError, match="larger than 1 MB"):
        config.load(file)


def test_every_problem_of_a_file_is_told_in_one_run(write):
    file = write(
        """
[site]
titel = "x"
timezone = "Mars/Olympus"
[smtp]
port = "25"
connections = 0
[[newsletter]]
name = "daily"
sender = "nobody"
schedule = "mondays at 9"
lookback = 10
[[newsletter]]
sender = "A <a@example.org>"
schedule = "0 9 * * mon"
[smpt]
host = "x"
"""
    )

    said = problems(file)

    assert set(said) == {
        "site.titel",
        "site.timezone",
        "smtp.port",
        "smtp.connections",
        "newsletter.daily.sender",
        "newsletter.daily.schedule",
        "newsletter.daily.lookback",
        "newsletter[2].name",
        "smpt",
    }
    assert said["site.titel"] == 'is not a setting. Did you mean "title"?'
    assert said["smpt"] == 'is not known. Did you mean "smtp"?'
    assert said["smtp.port"].startswith("'25' is not a whole number. Write it without")
    assert "'mondays at 9' is not a schedule" in said["newsletter.daily.schedule"]
    assert said["newsletter[2].name"] == "is missing. Add a line name = …."


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("site = 3", "site", "is not a table"),
        ('[[site]]\ntitle = "x"', "site", "Write [site], in single brackets"),
        ('[newsletter]\nname = "x"', "newsletter", "Write [[newsletter]], in double"),
        ('source = ["x"]', "source[1]", "is not a table"),
        ("[site]\ntitle = 3", "site.title", "3 is not text"),
        ("[site]\nlive = 'yes'", "site.live", "'yes' is neither true nor false"),
        ("[site]\ntitle = 2026-01-01", "site.title", "is not text"),
        ("[site]\ntitle = ' '", "site.title", "is empty"),
        ("[site]\nurl = 'news.example'", "site.url", "is not a web address"),
        ("[site]\nurl = 'ftp://a.example'", "site.url", "is not a web address"),
        ("[site]\nurl = 'https://a.example/?x=1'", "site.url", "has a ? or # part"),
        ("[site]\nurl = 'https://a.example//b'", "site.url", "ambiguous path"),
        ("[site]\nurl = 'https://a.example/../b'", "site.url", "ambiguous path"),
        ("[site]\nurl = 'https://u:p@a.example'", "site.url", "has a user name"),
        ("[site]\nhome = 'x'", "site.home", "is not a web address"),
        ("[site]\nlanguage = 'english please'", "site.language", "language tag"),
        ("[site]\ntimezone = '/etc/passwd'", "site.timezone", "is not a time zone"),
        ("[site]\ntimezone = '../UTC'", "site.timezone", "is not a time zone"),
        ("[site]\ntimezone = ''", "site.timezone", "is empty"),
        ("[site]\ncontact = 'desk'", "site.contact", "'desk' is not an address"),
        ("[site]\naccent = 'blue'", "site.accent", "is not a colour"),
        ("[store]\nurl = 'mysql://u:secret@h/d'", "store.url", "'mysql' is not the"),
        ("[store]\nurl = 'sqlite:///:memory:'", "store.url", "is not the start"),
        ("[operators]\nmail = ['x']", "operators.mail", "'x' is not an address"),
        ("[operators]\nmail = 'a@b.example'", "operators.mail", "is not a list"),
        ("[operators]\nwebhook = 'x'", "operators.webhook", "is not a web address"),
        ("[fetch]\nallow_private = ['a b']", "fetch.allow_private", "neither a host"),
        ("[fetch]\nproxy = 'x'", "fetch.proxy", "is not a web address"),
        ("[smtp]\nhost = 'a b'", "smtp.host", "'a b' is not a host"),
        ("[smtp]\nport = 0", "smtp.port", "Write 1 to 65535"),
        ("[smtp]\nport = true", "smtp.port", "True is not a whole number"),
        ("[smtp]\nport = 25.0", "smtp.port", "25.0 is not a whole number"),
        ("[smtp]\nrate = ['14 per second']", "smtp.rate", "is not a rate"),
        ("[smtp]\nrate = ['0/s']", "smtp.rate", "is not a rate"),
        ("[smtp]\nreturn_path = 'x'", "smtp.return_path", 'neither "verp" nor'),
        ("[smtp]\nsecurity = 'ssl'", "smtp.security", 'Write "tls", "starttls" or'),
        ("[smtp]\npassword = 'x'", "smtp.password", "does not belong in this file"),
        ("[smtp]\ntimeout = '1s'", "smtp.timeout", '"1s" is out of bounds'),
        ("[smtp]\nhost = 'mail.example'", "smtp.security", "in the clear"),
        ("[smtp]\nusername='u'\npassword_file='no'", "smtp.password_file", "cannot"),
        ("[web]\nlisten = '8000'", "web.listen", "is not HOST:PORT"),
        ("[web]\nlisten = 'h:99999'", "web.listen", "is not HOST:PORT"),
        ("[web]\nlisten = '[x]:1'", "web.listen", "is not HOST:PORT"),
        ("[web]\nlisten = ''", "web.listen", "is empty"),
        ("[web]\nlisten = '127.0.0.1:8025'", "sandbox.listen", "already the place of"),
        ("[web]\ntrusted_proxies = ['proxy']", "web.trusted_proxies", "neither an add"),
        (
            "[sandbox]\nsample_subscribers = ['a@b.example', 'a@b.example']",
            "sandbox.sample_subscribers",
            "is there twice",
        ),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_key(write, text, key, what):
    said = problems(write(text))

    assert list(said) == [key]
    assert what in said[key]


@pytest.mark.parametrize(
    ("line", "key", "what"),
    [
        ('name = "Daily"', "newsletter.Daily.name", "'Daily' is not a name"),
        ('name = ""', "newsletter[1].name", "is empty"),
        ('sender = ""', "newsletter.x.sender", "is empty"),
        ('reply_to = "x"', "newsletter.x.reply_to", "is not an address"),
        ('timezone = "EST5EDT6"', "newsletter.x.timezone", "is not a time zone"),
        ('schedule = ""', "newsletter.x.schedule", "is empty"),
        ('lookback = "-1d"', "newsletter.x.lookback", "is not a length of time"),
        ('lookback = "9999d"', "newsletter.x.lookback", "longer than a year"),
        ('expires = "0s"', "newsletter.x.expires", "is out of bounds"),
        ("min_articles = 0", "newsletter.x.min_articles", "is out of bounds"),
        ("min_articles = 30", "newsletter.x.max_articles", "less than min_articles"),
        ("sections = [1]", "newsletter.x.sections", "1 is not text"),
        ('sections = [""]', "newsletter.x.sections", "is empty"),
        ('proof_to = ["x"]', "newsletter.x.proof_to", "is not an address"),
        (
            'design = "magazine"',
            "newsletter.x.design",
            'Write "briefing" or "front-page".',
        ),
        ('catch_up = "none"', "newsletter.x.catch_up", "not one of the words"),
    ],
)
def test_a_wrong_value_of_a_newsletter_is_named_with_its_name(write, line, key, what):
    lines = {
        "name": 'name = "x"',
        "sender": 'sender = "A <a@example.org>"',
        "schedule": 'schedule = "0 7 * * *"',
        line.split(" ")[0]: line,
    }

    said = problems(write("[[newsletter]]\n" + "\n".join(lines.values())))

    assert list(said) == [key]
    assert what in said[key]


SOURCE = '[[source]]\nname = "a"\nkind = "folder"\npath = "x"\n'


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ('[[source]]\nname="a"\nkind="folder"', "source.a.path", "is missing"),
        ('[[source]]\nname="a"\nkind="feed"', "source.a.url", "is missing"),
        (f'{SOURCE}url = "https://a.example"', "source.a.url", 'not go with kind "fo'),
        (f'{SOURCE}settle = "3d"', "source.a.settle", "out of bounds"),
        (f'{SOURCE}{SOURCE.replace("x", "y")}', "source.a", "two [[source]] have"),
        ('[[feed]]\nname="a"\nlimit=501', "feed.a.limit", "Write 1 to 500"),
        ('[[feed]]\nname="a/b"', "feed.a/b.name", "is not a name"),
        (f'[[feed]]\nname="{"a" * 41}"', f"feed.{'a' * 41}.name", "is not a name"),
        ('[[feed]]\nname="a"\nids="guid"', "feed.a.ids", 'Write "tag" or "source"'),
    ],
)  # fmt: skip
def test_a_wrong_source_or_feed_is_named_with_its_name(write, text, key, what):
    said = problems(write(text))

    assert list(said) == [key]
    assert what in said[key]


def test_two_sources_that_read_one_place_are_told(write):
    other = SOURCE.replace('name = "a"', 'name = "b"')

    said = problems(write(SOURCE + other))

    assert said == {
        "source.b": "reads the same place as source a. Take one of them out."
    }


def test_plain_smtp_to_another_machine_may_be_allowed(write):
    text = '[smtp]\nhost = "mail.lan"\nallow_plaintext = true\n'

    assert config.load(write(text)).smtp.host == "mail.lan"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.9", "::1"])
def test_plain_smtp_to_this_machine_needs_no_permission(write, host):
    assert config.load(write(f'[smtp]\nhost = "{host}"\n')).smtp.host == host


def test_a_message_never_shows_a_database_password(write):
    said = problems(write('[store]\nurl = "postgres://u:hunter2@h/d"\n'))

    assert "hunter2" not in said["store.url"]


@pytest.mark.parametrize(
    ("line", "key", "what"),
    [
        ('approval = "unless_held"', "newsletter.daily.approval", "nobody to ask"),
        ('proof = "2h"', "newsletter.daily.proof", "no effect without proof_to"),
    ],
)
def test_a_setting_without_effect_is_told_and_does_not_stop(write, line, key, what):
    reading = config.read(write(f"{SOURCE}{LETTER}{line}\n"))

    assert reading.settings is not None
    assert [note.key for note in reading.notes] == [key]
    assert what in str(reading.notes[0])
    editors = 'proof_to = ["ada@example.org"]'
    assert config.read(write(f"{SOURCE}{LETTER}{line}\n{editors}\n")).notes == ()


def test_a_canary_that_outlives_its_issue_is_told(write):
    lines = 'canary = 10\ncanary_wait = "2h"\nexpires = "1h"\n'

    reading = config.read(write(f"{SOURCE}{LETTER}{lines}"))

    assert [note.key for note in reading.notes] == ["newsletter.daily.canary_wait"]


def test_a_socket_of_this_machine_is_a_relay_and_needs_no_tls(write):
    smtp = '[smtp]\nhost = "/run/dovecot/lmtp"\nprotocol = "lmtp"\n'

    reading = config.read(write(f"{SOURCE}{smtp}"))
    wrong = config.read(write(f'{SOURCE}{smtp}security = "tls"\n'))

    assert reading.settings.smtp.where == "/run/dovecot/lmtp"
    assert [fault.key for fault in wrong.faults] == ["smtp.security"]


def test_a_feed_of_a_source_that_is_not_there_is_worth_a_warning(write):
    feed = '[[feed]]\nname = "wires"\nsources = ["wier"]\n'

    (note,) = config.read(write(f"{SOURCE}{feed}")).notes

    assert note.key == "feed.wires.sources"
    assert '"wier" is no [[source]] here' in str(note)


def test_a_publication_without_sources_is_worth_a_warning(write):
    assert [note.key for note in config.read(write("")).notes] == ["source"]


def test_a_user_name_without_password_is_worth_a_warning(write):
    reading = config.read(write(f'{SOURCE}[smtp]\nusername = "u"\n'))

    assert [note.key for note in reading.notes] == ["smtp.username"]


tables = st.sampled_from(
    ["site", "source", "feed", "newsletter", "smtp", "web", "x", "store", "feeds"]
)
keys = st.sampled_from(
    ["name", "kind", "url", "path", "sections", "schedule", "sender", "settle", "port"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(
    document=st.dictionaries(
        tables,
        st.dictionaries(keys, values, max_size=5)
        | st.lists(st.dictionaries(keys, values, max_size=5), max_size=3)
        | values,
        max_size=4,
    )
)
@example(document={"site": {"\n": None}})
def test_any_document_is_read_or_told_about(document, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text("", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda _: document)
        reading = config.read(file)

    assert (reading.settings is None) == bool(reading.faults)
    for fault in reading.faults:
        assert str(fault).count("\n") == 0
        assert fault.what.endswith((".", "…"))


@pytest.mark.parametrize(
    ("hub", "what"),
    [
        ("hub.example.org", "is not a web address"),
        ("ftp://hub.example.org/", "is not a web address"),
        ("https://hub.example.org/#top", "has a # part"),
        ("https://me:secret@hub.example.org/", "user name"),
        ("", "is empty"),
    ],
)
def test_a_hub_that_nobody_can_post_to_is_named(write, hub, what):
    said = problems(write(f'[feeds]\nhubs = ["https://good.example.org/", "{hub}"]'))

    assert what in said["feeds.hubs"]
    assert "secret" not in said["feeds.hubs"]


def test_a_hub_that_is_there_twice_is_named(write):
    said = problems(
        write('[feeds]\nhubs = ["https://h.example/", "https://h.example/"]')
    )

    assert "is there twice" in said["feeds.hubs"]
