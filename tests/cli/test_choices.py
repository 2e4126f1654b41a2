"""What readers chose, set and told on the command line."""

import re

import pytest

ADA = "ada@readers.example"


@pytest.fixture
def reader(desk):
    desk.call("collect")
    desk.call("subscriber", "add", ADA, "--newsletter", "daily", "--confirmed")
    return desk


def choose(desk, *words, **more):
    return desk.call("subscriber", "set", ADA, "--newsletter", "daily", *words, **more)


def test_a_choice_is_set_and_shown_everywhere(reader):
    said = choose(reader, "--cadence", "weekly", "--format", "text").out

    wants = "Wants one mail a week: every topic; every language; plain text only."
    assert said == f"{ADA}, daily: {wants}\n"
    assert wants in reader.call("subscriber", "show", ADA).out
    assert "1 active reader (1 weekly);" in reader.call("status").out
    (told,) = reader.call("newsletter", "list", "--json").json["newsletters"]
    assert told["cadences"] == {"weekly": 1}


def test_what_is_not_named_stays(reader):
    choose(reader, "--topics", "council", "--cadence", "monthly")

    found = choose(reader, "--format", "text", "--json").json

    assert found["cadence"] == "monthly"
    assert found["format"] == "text"
    assert choose(reader, "--topics", "all", "--json").json["topics"] == []


def test_what_nobody_can_choose_is_wrong_usage(reader):
    assert "Say what to set" in choose(reader, code=2).err
    assert (
        "There is no topic 'opera'" in choose(reader, "--topics", "opera", code=2).err
    )
    assert "no language 'tlh'" in choose(reader, "--languages", "tlh", code=2).err
    choose(reader, "--cadence", "hourly", code=2)
    stranger = ("subscriber", "set", "eve@readers.example", "--newsletter", "daily")
    said = reader.call(*stranger, "--cadence", "weekly", code=2).err
    assert "does not read daily" in said


def test_why_says_when_the_next_mail_can_come(reader):
    choose(reader, "--cadence", "weekly")

    said = reader.call("why", ADA).out

    assert re.search(
        r"Wants one mail a week: .*\. Next on \w+day \d{4}-\d\d-\d\d 07:00 Europe", said
    )
    assert re.search(r"You chose one mail a week: the next can come on \w+day, ", said)
    assert reader.call("why", ADA, "--json").json["subscriptions"][0]["next"]


def test_an_issue_says_how_many_readers_get_what(reader):
    reader.call("subscriber", "add", "bo@b.example", "--newsletter", "daily")
    choose(reader, "--format", "text")
    reader.call("compose", "daily", "--now", "--send")

    said = reader.call("issue", "show", "last").out

    assert "Revision 1, text, all topics: 1 story; 1 reader." in said
    assert "Revision 1, html, all topics: 1 story; 0 readers." in said
    found = reader.call("issue", "show", "last", "--json").json["choices"]
    assert {one["format"]: one["readers"] for one in found} == {"html": 0, "text": 1}
