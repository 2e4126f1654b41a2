import socket

import pytest

from dispatch import config
from dispatch.cli import main
from support import ports
from support.commands import STORY


def test_init_leaves_a_publication_alone_that_is_there(desk):
    before = desk.config.read_bytes()

    said = desk.call("init", str(desk.folder), code=2)

    assert "is there already" in said.err
    assert desk.config.read_bytes() == before


def test_check_says_that_all_is_well(desk):
    assert desk.call("check").out.endswith("all is well.\n")


def test_check_exits_2_for_a_config_that_cannot_be_used(desk):
    desk.configure("[site]\ntitel = 'x'\n")

    said = desk.call("check", code=2)

    assert "site.titel: is not a setting" in said.out


def test_check_exits_1_for_what_else_is_wrong(desk):
    (desk.folder / "articles").rename(desk.folder / "gone")

    said = desk.call("check", "--json", code=1).json

    assert [one["key"] for one in said["problems"]] == ["source.newsroom.path"]
    assert said["problems"][0]["remedy"]


def test_check_looks_at_the_templates_of_pages_too(desk):
    pages = desk.folder / "templates" / "web"
    pages.mkdir(parents=True)
    (pages / "home.html").write_text("Welcome\n{% if %}\n")

    said = desk.call("check", code=1).out

    assert "templates/web/home.html, line 2" in said


def test_init_says_what_comes_next(desk):
    new = desk.folder / "new"

    assert f"dispatch --config {new / 'config.toml'} check" in (
        desk.call("init", str(new)).out
    )
    assert desk.call("init", str(new / "b"), "--json").json["made"][0] == "config.toml"


@pytest.fixture
def ready(desk):
    """A publication that may go live: with a relay on this machine."""
    text = desk.config.read_text().replace("courier.example", "courier.larkfield.news")
    desk.configure(text + "[smtp]\nport = 25\n")
    return desk


def test_go_live_asks_for_the_title_and_writes_the_config(ready, monkeypatch):
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "the courier")
    ready.call(
        "subscriber", "add", "a@b.example", "--newsletter", "daily", "--confirmed"
    )

    said = ready.call("go-live")

    assert "The Daily: 1 active reader." in said.err
    assert "live = true now" in said.out
    assert config.load(ready.config).site.live
    assert "live already" in ready.call("go-live").out


def test_go_live_looks_at_the_next_issue_as_the_live_relay_will_get_it(ready):
    (ready.folder / "articles" / "library.txt").write_text(STORY, encoding="utf-8")
    ready.call("collect")
    text = ready.config.read_text(encoding="utf-8")
    outside = 'host = "smtp.relay.news"\nsecurity = "tls"\n'
    ready.configure(text.replace("[smtp]\n", f"[smtp]\n{outside}"))

    said = ready.call("go-live", "--json", code=1).json

    assert [one["key"] for one in said["problems"]] == ["site.url", "newsletter.daily"]
    assert any("no [[dkim]] key" in line for line in said["warnings"]), said
    ready.configure(text)
    template = ready.folder / "templates" / "email" / "digest" / "subject.txt"
    template.parent.mkdir(parents=True)
    template.write_text("{% raw %}{{ leftover }}{% endraw %}")
    said = ready.call("go-live", code=1).out
    assert "newsletter.daily: the next issue would be held: Leftovers" in said
    assert not config.load(ready.config).site.live


def test_go_live_changes_nothing_for_another_text(ready):
    said = ready.call("go-live", "--confirm", "yes", code=2)

    assert "Nothing has changed" in said.err
    assert not config.load(ready.config).site.live


def test_go_live_names_everything_that_stands_in_the_way(desk):
    ready = desk
    text = ready.config.read_text().replace('contact = "desk@courier.example"', "")
    relay = '[smtp]\nhost = "smtp.relay.example"\nport = 465\nsecurity = "tls"\n'
    ready.configure(text + relay)

    said = ready.call("go-live", code=1).out

    assert "site.url: http://127.0.0.1:8000 leads nowhere" in said
    assert "site.contact" in said
    assert "newsletter.daily.sender" in said
    assert not config.load(ready.config).site.live


def test_json_shows_the_audience_and_needs_the_title_to_act(ready):
    assert ready.call("go-live", "--json").json["audience"] == {"daily": 0}
    assert not config.load(ready.config).site.live
    ready.call("go-live", "--json", "--confirm", "The Courier")
    assert config.load(ready.config).site.live


def test_a_preview_is_written_and_nothing_is_stored(desk):
    desk.call("collect")
    before = desk.call("status", "--json").json

    said = desk.call("preview", "daily", "--out", str(desk.folder / "proof")).out

    assert "Subject: " in said
    proof = desk.folder / "proof"
    assert b"\r\nSubject: " in (proof / "message.eml").read_bytes()
    assert "until midnight" in (proof / "body.txt").read_text()
    assert "until midnight" in (proof / "body.html").read_text()
    assert desk.call("status", "--json").json == before


def test_a_preview_is_mailed_to_one_address(desk):
    desk.call("collect")
    words = ("preview", "daily", "--out", str(desk.folder / "proof"))

    said = desk.call(*words, "--send", "editor@courier.example").out

    assert "It goes to editor@courier.example next." in said
    assert "The built-in catcher got 1 mail:\n  editor@courier.example:" in said
    sent = desk.call(*words, "--send", "editor@courier.example", "--json").json
    assert sent["deliver"]["accepted"] == 1
    desk.call(*words, "--send", "editor", code=2)
    desk.call(*words, "--for", "editor", code=2)


def test_a_preview_that_cannot_be_written_says_so(desk):
    desk.call("collect")

    said = desk.call("preview", "daily", "--out", str(desk.config), code=2)

    assert "cannot be written" in said.err


def test_a_preview_that_the_relay_refuses_fails(desk):
    desk.call("collect")
    text = desk.config.read_text().replace("[site]", "[site]\nlive = true")
    desk.configure(f"{text}[smtp]\nport = {ports.free_port()}\n")
    words = ("preview", "daily", "--out", str(desk.folder / "proof"))

    desk.call(*words, "--send", "editor@courier.example", code=1)


def test_a_preview_of_nothing_says_why(desk):
    (desk.folder / "articles" / "council" / "library.txt").unlink()
    words = ("preview", "daily", "--out", str(desk.folder / "proof"))

    assert "nothing is eligible" in desk.call(*words, code=1).err


def test_an_address_that_is_none_is_told_before_there_is_an_issue(desk):
    said = desk.call("preview", "daily", "--send", "editor@", code=2)

    assert said.err.startswith("'editor@': ")


def test_the_sandbox_needs_a_host_and_a_port(desk):
    said = desk.call("sandbox", "--listen", "nonsense", code=2)

    assert said.err == "--listen 'nonsense': write HOST:PORT, as in 127.0.0.1:1025.\n"


def test_a_folder_in_the_configs_place_is_told(desk, capsys):
    with pytest.raises(SystemExit):
        main(["--config", str(desk.folder), "status"])

    said = capsys.readouterr().err
    assert f"is a folder. Name the file in it: --config {desk.config}" in said


def test_a_key_that_is_lost_is_not_replaced_once_there_are_readers(desk):
    key = desk.folder / "var" / "secret.key"
    desk.call("status")
    key.unlink()
    desk.call("status")
    assert key.is_file()  # nobody had a link made with it
    add = ("subscriber", "add", "ada@readers.example", "--newsletter", "daily")
    desk.call(*add, "--confirmed")
    kept = key.read_bytes()
    key.unlink()

    assert "the secret key is missing" in desk.call("status", code=2).err
    assert "Restore it from your backup" in desk.call("check", code=1).out
    assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o600)
    desk.call("status")


def test_the_sandbox_says_which_port_is_taken(desk):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"

        assert where in desk.call("sandbox", "--smtp", where, code=1).err


def test_a_preview_says_what_preflight_thinks_and_issue_show_as_well(desk):
    desk.write("library.txt")
    desk.call("collect")
    out = str(desk.folder / "proof")

    assert "Preflight: pass." in desk.call("preview", "daily", "--out", out).out
    judged = desk.call("preview", "daily", "--out", out, "--json").json["preflight"]
    assert judged["verdict"] == "pass"
    desk.call("compose", "daily", "--now")
    assert "pass   Links: " in desk.call("issue", "show", "last").out
    shown = desk.call("issue", "show", "last", "--json").json
    assert shown["preflight"]["verdict"] == "pass"


def test_a_preview_asks_the_world_only_when_told(desk):
    desk.write("library.txt")
    desk.call("collect")
    out = str(desk.folder / "proof")

    said = desk.call("preview", "daily", "--out", out, "--ask").out

    assert "warn   One click: http://127.0.0.1:8000/ does not take it" in said
    assert "One click" not in desk.call("preview", "daily", "--out", out).out
