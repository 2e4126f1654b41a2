import re

import pytest

PLAIN = "Late hours for readers\nBy Sam Roe\n\nThe library opens late.\n"


@pytest.fixture
def full(desk):
    """Two stories collected, one reader, one issue held."""
    desk.write("sports/rowing.txt", PLAIN)
    desk.call("collect")
    desk.call(
        "subscriber",
        "add",
        "ada@readers.example",
        "--newsletter",
        "daily",
        "--confirmed",
    )
    desk.call("publish")
    desk.call("compose", "daily", "--now")
    return desk


def test_status_says_in_words_how_everything_stands(full):
    said = full.call("status").out

    assert "The Courier, not live: every mail goes to the catcher." in said
    assert "2 stories." in said
    assert "1 active" in said
    assert "Stories with a generated headline: 1." in said
    assert re.search(r"newsroom +folder +2", said)
    assert re.search(r"all +rss, atom, json +2", said)
    assert re.search(r"daily: 1 active reader; next issue \w+ .* Europe/Berlin", said)
    assert re.search(r"daily-\d{4}-\d\d-\d\d +held", said)


def test_status_json_has_the_promised_shape(full):
    found = full.call("status", "--json").json

    assert {"live", "articles", "sources", "feeds", "issues"} < set(found)
    assert set(found["subscriptions"]) == {
        "pending",
        "active",
        "paused",
        "unsubscribed",
        "suspended",
    }
    assert found["suppressed_addresses"] == 0
    assert {"name", "kind", "articles", "last_success", "error"} <= set(
        found["sources"][0]
    )
    assert {"name", "files", "entries", "updated"} <= set(found["feeds"][0])
    books = (
        "planned pending claimed dot deferred accepted rejected skipped expired "
        "unknown closed"
    )
    assert {"id", "newsletter", "slot", "state", *books.split()} <= set(
        found["issues"][0]
    )
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["sources"][0]["last_success"]
    )


def test_status_works_on_a_publication_that_never_ran(desk):
    assert "not visited yet" in desk.call("status").out


def test_a_source_that_fails_is_called_out(desk):
    desk.call("collect")
    (desk.folder / "articles").rename(desk.folder / "gone")
    desk.call("collect", code=1)

    assert "! Could not be read at the last visit: newsroom." in desk.call("status").out
    assert "articles" in desk.call("source", "list").out


def test_bad_files_are_listed_with_their_source(desk):
    (desk.folder / "articles" / "empty.txt").write_bytes(b"\x00\x01\x02" * 50)
    desk.call("collect")

    assert "empty.txt" in desk.call("source", "list").out
    assert desk.call("source", "list", "--json").json["problems"]


def test_articles_are_listed_and_shown_with_the_rules_that_made_them(full):
    listed = full.call("article", "list").out
    assert "Late hours for readers" in listed
    assert "generated" in listed

    shown = full.call("article", "show", "Late hours").out
    assert "by Sam Roe" in shown
    assert "headline by rule" in shown


def test_a_generated_headline_is_found_and_mended(full):
    waiting = full.call("article", "list", "--needs-headline", "--json").json[
        "articles"
    ]
    assert len(waiting) == 1
    number = str(waiting[0]["number"])

    said = full.call("article", "edit", number, "--headline", "Library stays open").out

    assert "“Library stays open”" in said
    assert full.call("article", "list", "--needs-headline").out == "There is none.\n"
    shown = full.call("article", "show", number).out
    assert "headline: written by an editor" in shown
    assert "headline by rule" not in shown


def test_a_story_nobody_knows_is_wrong_usage(full):
    assert (
        "There is no story 'zebra'" in full.call("article", "show", "zebra", code=2).err
    )
    refused = full.call("article", "edit", "1", "--headline", " ", code=2)
    assert "empty" in refused.err


def test_issues_are_listed_shown_and_cancelled(full):
    listed = full.call("issue", "list").out
    name = re.search(r"daily-[\d-]+", listed)[0]

    assert "It is held" in full.call("issue", "show", name).out
    assert "1 story" in full.call("issue", "show", "last").out or (
        "2 stories" in full.call("issue", "show", "last").out
    )
    assert f"{name} is cancelled." in full.call("issue", "cancel", "next").out
    again = full.call("issue", "cancel", name, code=2)
    assert "cannot be cancelled any more" in again.err


def test_an_issue_is_paused_and_resumed_while_it_is_sent(full):
    full.call("issue", "approve", "next")

    assert "is paused" in full.call("issue", "pause", "last").out
    assert "not sending" in full.call("issue", "pause", "last", code=2).err
    assert "is sending" in full.call("issue", "resume", "last").out
    spared = full.call("issue", "cancel", "last").out
    assert "1 delivery will not be tried." in spared


def test_an_issue_that_does_not_exist_is_wrong_usage(full):
    assert "The newest are: daily-" in full.call("issue", "show", "x", code=2).err


def test_without_issues_there_is_a_sentence(desk):
    assert desk.call("issue", "list").out == "There is no issue yet.\n"
    assert "There is none yet" in desk.call("issue", "show", "last", code=2).err


def test_a_newsletter_is_paused_until_a_date_and_resumed(desk):
    said = desk.call("newsletter", "pause", "daily", "--until", "2036-08-31").out
    assert "paused until Sun 2036-08-31 00:00 Europe/Berlin" in said
    assert "paused until Sun 2036-08-31" in desk.call("newsletter", "list").out

    assert desk.call("newsletter", "resume", "daily").out == "daily goes on.\n"
    assert "is not paused" in desk.call("newsletter", "resume", "daily", code=2).err


def test_a_newsletter_is_paused_without_an_end(desk):
    desk.call("newsletter", "pause", "daily", "--then", "backlog")

    assert "paused until you resume it" in desk.call("newsletter", "list").out
    listed = desk.call("newsletter", "list", "--json").json["newsletters"]
    assert listed[0]["next_slot"] is None


@pytest.mark.parametrize("until", ["tomorrow", "2020-01-01", "31.08.2036"])
def test_a_pause_until_nonsense_is_wrong_usage(desk, until):
    desk.call("newsletter", "pause", "daily", "--until", until, code=2)


def test_why_a_story_is_where_it_is(full):
    said = full.call("why", "Late hours").out

    assert "Headline: “Late hours for readers”, from " in said
    assert "Section: “sports”, from the folder it lies in" in said
    assert re.search(r"In daily: issue daily-[\d-]+, which is held\.", said)
    assert "Feeds that carry its section: all." in said


def test_why_a_reader_gets_mail_ends_in_a_sentence_for_them(full):
    said = full.call("why", "ada@readers.example").out

    assert "daily: active." in said
    assert said.rstrip().endswith("no issue has been sent to you yet.")


def test_why_for_somebody_nobody_knows(full):
    said = full.call("why", "nobody@readers.example", "--json").json

    assert said["sentence"] == "We do not know your address, and send nothing to it."


def test_nothing_is_in_doubt(desk):
    assert desk.call("unknown", "list").out == "Nothing is in doubt.\n"
    assert "Say which" in desk.call("unknown", "resend", code=2).err
    assert "not in doubt" in desk.call("unknown", "close", "7", code=2).err
    desk.call("unknown", "close", "--all")


def test_an_issue_is_edited_and_says_who_did_what(full):
    shown = full.call("issue", "show", "next", "--json").json
    first, second = shown["stories"]
    edited = ("issue", "edit", "next")
    full.call(*edited, "--order", f"{second},{first}", "--subject", "Ours\r\nBcc: x")
    full.call(*edited, "--drop", str(first))

    after = full.call("issue", "show", "next", "--json").json
    assert (after["stories"], after["dropped"]) == ([second], [first])
    assert after["subject"] == "Ours Bcc: x"
    assert [one["kind"] for one in after["edits"]] == ["order", "subject", "drop"]
    said = full.call("issue", "show", "next").out
    assert f"{first}: " in said
    assert "(dropped)" in said
    assert "wrote the subject “Ours Bcc: x”." in said

    full.call(*edited, "--undo")
    assert full.call("issue", "show", "next", "--json").json["dropped"] == []


def test_wrong_edits_of_an_issue_are_wrong_usage(full):
    edited = ("issue", "edit", "next")

    assert "Say what to change" in full.call(*edited, code=2).err
    too_long = full.call(*edited, "--subject", "x" * 5000, code=2).err
    assert "at most 150 characters; this one has 5,000." in too_long
    assert "There is no story" in full.call(*edited, "--drop", "nonsense", code=2).err


def test_the_next_issue_is_skipped_before_it_exists(full):
    full.call("issue", "cancel", "next")
    said = full.call("issue", "edit", "next", "--skip", "--reason", "holidays").out

    assert said == "Written down for the next issue of daily.\n"


def test_an_issue_is_sent_by_an_edit_but_not_before_there_is_one(full):
    said = full.call("issue", "edit", "next", "--subject", "Ours", "--send").out
    assert "“Ours”" in said
    assert full.call("issue", "show", "last", "--json").json["state"] == "ready"

    full.call("deliver", code=1)  # planned; nobody listens here
    missing = full.call("issue", "edit", "next", "--send", code=2).err
    assert "dispatch compose daily --now --send" in missing
