import os
import shutil
import sqlite3

import pytest

from dispatch import config, resources
from dispatch.actions.operations import check
from support.commands import CONFIG


@pytest.fixture
def file(tmp_path):
    """A config whose publication is complete."""
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(smtp=1025), encoding="utf-8")
    (tmp_path / "articles").mkdir()
    return file


def keys(report):
    return [fault.key for fault in report.faults]


def test_a_complete_publication_has_no_problem_and_nothing_is_made(file):
    report = check.check(file)

    assert report.faults == ()
    assert report.lines() == [f"{file}: all is well."]
    assert sorted(one.name for one in file.parent.iterdir()) == ["articles", file.name]


def test_the_shipped_demo_has_no_problem():
    assert check.check(resources.shipped("config.toml")).faults == ()


def test_a_config_that_cannot_be_used_is_told_with_all_its_problems(file):
    file.write_text("[site]\ntitel = 'x'\nurl = 'x'\n", encoding="utf-8")

    report = check.check(file)

    assert not report.usable
    assert keys(report) == ["site.titel", "site.url"]
    assert report.lines()[-1] == "2 problems to mend."


def test_a_config_with_faults_has_the_rest_of_the_publication_looked_at(file, tmp_path):
    (tmp_path / "articles").rmdir()
    (tmp_path / "feeds").write_text("a file")
    twice = '[[newsletter]]\nname = "daily"\nsender = "a@b.org"\nschedule = "0 7 * * *"'
    file.write_text(f"{file.read_text()}{twice}\nsaloon = 2\n{twice}\n")

    report = check.check(file)

    assert not report.usable
    assert {
        "newsletter.daily",
        "newsletter.daily.saloon",
        "source.newsroom.path",
        "feeds.directory",
    } <= set(keys(report))


def test_what_is_already_told_of_a_key_is_not_told_again(file):
    source = '[[source]]\nname = "x"\nkind = "feed"\nurl = 5\n'
    file.write_text(file.read_text() + source)

    assert keys(check.check(file)) == ["source.x.url"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_a_folder_that_may_not_be_looked_into_is_told(file, tmp_path):
    (tmp_path / "var").mkdir(mode=0o000)

    assert set(keys(check.check(file))) == {"store.url", "secrets.key_file"}


def test_everything_that_is_wrong_around_it_is_told_in_one_run(file, tmp_path):
    (tmp_path / "articles").rmdir()
    (tmp_path / "feeds").write_text("a file")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret.key").write_text("damaged")
    (tmp_path / "var" / "dispatch.db").write_text("no database at all " * 20)
    mails = tmp_path / "templates" / "email" / "digest"
    mails.mkdir(parents=True)
    (mails / "subject.txt").write_text("{{ nobody_knows }}")
    file.write_text(file.read_text() + '[smtp]\nca_file = "none.pem"\n')

    report = check.check(file)

    assert set(keys(report)) == {
        "source.newsroom.path",
        "feeds.directory",
        "secrets.key_file",
        "store.url",
        "smtp.ca_file",
        "",
    }
    for fault in report.faults:
        assert fault.what
        assert fault.remedy or "chmod" in fault.what or "Restore" in fault.what
    assert "nobody_knows" in report.lines()[-2]


def test_a_template_that_does_not_parse_is_named_with_its_line(file, tmp_path):
    mails = tmp_path / "templates" / "email" / "welcome"
    mails.mkdir(parents=True)
    (mails / "body.txt").write_text("Welcome\n{% if %}\n")

    faults = check.check(file).faults

    assert len(faults) >= 1
    assert "body.txt, line 2" in faults[0].what


def test_a_newer_schema_is_told_before_anything_else_happens(file, tmp_path):
    (tmp_path / "var").mkdir()
    database = sqlite3.connect(tmp_path / "var" / "dispatch.db")
    database.execute("CREATE TABLE alembic_version (version_num TEXT)")
    database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.commit()
    database.close()

    fault = check.check(file).faults[0]

    assert fault.key == "store.url"
    assert "newer than this program" in fault.what
    assert "Install the newer Dispatch" in fault.remedy


def test_a_key_that_others_can_read_is_told(file, tmp_path):
    config.load_or_make_key(tmp_path / "var" / "secret.key").hex()
    (tmp_path / "var" / "secret.key").chmod(0o644)

    assert keys(check.check(file)) == ["secrets.key_file"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("articles", "source.newsroom.path"),
        ("feeds", "feeds.directory"),
        ("var", "store.url"),
        ("var/dispatch.db", "store.url"),
    ],
)
def test_what_the_user_may_not_reach_is_told(
    file, monkeypatch, sqlite_template, name, key
):  # root may reach everything, hence the stand-in
    tmp_path = file.parent
    (tmp_path / "feeds").mkdir()
    (tmp_path / "var").mkdir()
    shutil.copyfile(sqlite_template, tmp_path / "var" / "dispatch.db")
    config.load_or_make_key(tmp_path / "var" / "secret.key")
    closed = tmp_path / name
    real = os.access
    monkeypatch.setattr(os, "access", lambda p, how: p != closed and real(p, how))

    report = check.check(file)

    assert keys(report) == [key]
    assert str(closed) in report.faults[0].what


def test_a_live_site_with_an_outside_relay_needs_a_domain_of_its_own(file):
    text = file.read_text().replace("[site]", "[site]\nlive = true", 1)
    relay = '[smtp]\nhost = "smtp.relay.example"\nsecurity = "tls"\nport = 465\n'
    file.write_text(text + relay)

    assert keys(check.check(file)) == ["newsletter.daily.sender"]


@pytest.mark.parametrize(
    ("domain", "reserved"),
    [
        ("example.org", True),
        ("courier.example", True),
        ("mail.test", True),
        ("localhost", True),
        ("larkfield.edu", False),
        ("examples.org", False),
    ],
)
def test_domains_for_examples_are_known(domain, reserved):
    assert check.reserved(domain) is reserved


def test_notes_are_told_and_are_no_problem(file):
    file.write_text(file.read_text().replace("[web]", 'proof = "2h"\n[web]'))

    report = check.check(file)

    assert report.ok
    assert report.lines()[0].startswith("Note: ")
    assert report.to_json()["notes"][0]["key"] == "newsletter.daily.proof"
