from dispatch import config
from dispatch.app import open_app
from dispatch.clock import SystemClock
from dispatch.sandbox.catcher import Catcher
from dispatch.sandbox.mailbox import Mailbox, kept_beside
from dispatch.worker import holder


def reader(desk, address="ada@readers.example"):
    desk.call("subscriber", "add", address, "--newsletter", "daily", "--confirmed")
    return address


def test_a_story_becomes_a_feed_an_issue_and_a_caught_mail(desk):
    desk.call("collect")
    reader(desk)

    said = desk.call("once", "--now", "--send").out

    assert "all.rss" in said
    assert "The built-in catcher got 1 mail" in said
    status = desk.call("status", "--json").json
    assert status["issues"][0]["state"] == "done"
    assert status["issues"][0]["accepted"] == 1
    assert status["feeds"][0]["files"] == ["all.rss", "all.atom", "all.json"]


def test_what_a_command_let_be_caught_is_in_the_inbox_of_the_daemon_later(desk):
    desk.call("collect")
    first = reader(desk)
    desk.call("once", "--now", "--send")
    words = ("preview", "daily", "--newest", "--out", str(desk.folder / "proof"))

    again = desk.call(*words, "--send", "editor@courier.example").out

    assert "The built-in catcher got 1 mail:\n  editor@courier.example:" in again
    with open_app(desk.config) as app:
        kept = Mailbox(app.clock, kept_beside(app.store.file)).messages()
    assert [one.to for one in kept] == ["editor@courier.example", first]


def test_each_stage_runs_alone(desk):
    assert "1 new" in desk.call("collect").out
    assert "wrote all.rss" in desk.call("publish").out
    assert desk.call("compose").out == "Nothing was due.\n"
    assert desk.call("deliver").out == "Nothing was due.\n"


def test_every_stage_can_be_repeated(desk):
    for _ in range(2):
        for command in ("collect", "publish", "compose", "deliver"):
            desk.call(command)

    assert desk.call("status", "--json").json["articles"] == 1


def test_one_source_can_be_collected_alone(desk):
    assert "newsroom" in desk.call("collect", "--source", "newsroom").out
    refused = desk.call("collect", "--source", "newsroon", code=2)
    assert "There is no source 'newsroon'. In the config: newsroom." in refused.err


def test_a_missing_source_folder_fails_the_command_and_is_named(desk):
    (desk.folder / "articles").rename(desk.folder / "gone")

    said = desk.call("collect", code=1)

    assert str(desk.folder / "articles") in said.out


def test_compose_now_holds_the_issue_until_it_is_approved(desk):
    desk.call("collect")
    reader(desk)

    desk.call("compose", "daily", "--now")

    assert desk.call("status", "--json").json["issues"][0]["state"] == "held"
    assert "planned for 1 recipient" in desk.call("issue", "approve", "next").out
    assert desk.call("issue", "show", "last", "--json").json["state"] == "sending"


def test_compose_now_and_send_prints_the_audience(desk):
    desk.call("collect")
    reader(desk)

    said = desk.call("compose", "daily", "--now", "--send")

    assert "planned for 1 recipient" in said.out


def test_send_without_now_is_wrong_usage(desk):
    assert "--send goes with --now" in desk.call("compose", "--send", code=2).err
    assert "--send goes with --now" in desk.call("once", "--send", code=2).err


def test_an_unknown_newsletter_is_named_with_those_there_are(desk):
    said = desk.call("compose", "dayly", "--now", code=2)

    assert "There is no newsletter 'dayly'. In the config: daily." in said.err


def test_now_needs_a_newsletter_where_there_are_several(desk):
    text = desk.config.read_text()
    more = text[text.index("[[newsletter]]") : text.index("[web]")]
    desk.configure(text + more.replace('"daily"', '"weekly"'))

    assert "Say which newsletter" in desk.call("compose", "--now", code=2).err


def test_delivering_without_a_catcher_says_what_is_missing(desk):
    desk.call("collect")
    reader(desk)
    desk.call("compose", "daily", "--now", "--send")

    said = desk.call("deliver", code=1)

    assert "127.0.0.1" in said.out


def test_json_is_one_object_on_standard_output(desk):
    for words in (
        ("collect",),
        ("publish",),
        ("compose",),
        ("deliver",),
        ("once",),
        ("status",),
        ("check",),
        ("source", "list"),
        ("article", "list"),
        ("issue", "list"),
        ("newsletter", "list"),
        ("subscriber", "list"),
        ("unknown", "list"),
    ):
        assert desk.call(*words, "--json").json["ok"] is True, words


def test_a_catcher_that_runs_already_gets_the_mail(desk):
    mailbox = Mailbox(SystemClock())
    desk.call("collect")
    reader(desk)

    with Catcher(config.load(desk.config).sandbox.smtp, mailbox):
        said = desk.call("once", "--now", "--send").out

    assert "Mail went to the catcher that runs already" in said
    assert len(mailbox.messages()) == 1


def test_a_round_with_a_failure_exits_1_and_does_the_rest(desk):
    (desk.folder / "articles").rename(desk.folder / "gone")

    said = desk.call("once", code=1).out

    assert "all.rss" in said
    assert desk.call("once", "--json", code=1).json["ok"] is False


def test_a_live_round_needs_no_catcher(desk):
    desk.configure(desk.config.read_text().replace("[site]", "[site]\nlive = true"))

    assert "catcher" not in desk.call("once").out


def test_delivery_is_left_to_the_daemon(desk):
    desk.call("status")
    with (
        open_app(desk.config) as app,
        holder.only_one(app.store),
    ):
        assert "already being served by" in desk.call("deliver", code=1).err
        assert "is left to the daemon" in desk.call("once").out


def test_without_a_newsletter_now_has_nothing_to_choose(desk):
    text = desk.config.read_text()
    desk.configure(text[: text.index("[[newsletter]]")])

    said = desk.call("compose", "daily", "--now", code=2)

    assert "In the config: none." in said.err
