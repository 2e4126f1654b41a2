import hashlib
from datetime import UTC, datetime

import pytest

from dispatch.collect import conditional
from dispatch.errors import SourceError
from dispatch.model import Errand, Response, SourceSettings, Validators

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
URL = "https://user:secret@x.example/feed?key=hidden"
BODY = b"some text"
NONE = Validators()
HASH = hashlib.sha256(BODY).hexdigest()
KNOWN = Validators('W/"one"', "Mon, some day", HASH)


def answer(status=200, body=BODY, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, named, body, URL)


def get(reply, known=NONE):
    asked = []

    def fetch(url, *, headers):
        asked.append(headers)
        return reply

    source = SourceSettings(name="wire", kind="feed", url=URL)
    errand = Errand(source=source, fetch=fetch, now=NOW, validators=known)
    return conditional.get(errand, URL, accept="*/*"), asked[0]


def test_validators_are_sent_exactly_as_they_were_received():
    _, asked = get(answer(304), KNOWN)

    assert asked["If-None-Match"] == 'W/"one"'
    assert asked["If-Modified-Since"] == "Mon, some day"
    assert conditional.ask(Validators(body_hash="x")) == {}


def test_a_304_keeps_what_it_does_not_say_anew():
    bare, _ = get(answer(304), KNOWN)
    fresh, _ = get(answer(304, last_modified="Tue", etag='"two"'), KNOWN)

    assert bare.same
    assert bare.validators == KNOWN
    assert fresh.validators == Validators('"two"', "Tue", HASH)


def test_a_304_that_nobody_asked_for_is_no_answer():
    with pytest.raises(SourceError, match="304"):
        get(answer(304), Validators(body_hash=HASH))


def test_the_same_etag_on_a_200_means_unchanged():
    verdict = conditional.judge(answer(body=b"other", etag='W/"one"'), KNOWN)

    assert verdict.same
    assert verdict.validators == KNOWN


def test_the_same_last_modified_under_another_etag_does_not():
    reply = answer(body=b"other", etag='"two"', last_modified="Mon, some day")

    assert not conditional.judge(reply, KNOWN).same


def test_the_same_bytes_are_the_same_document():
    verdict = conditional.judge(answer(etag='"two"'), KNOWN)

    assert verdict.same
    assert verdict.validators == Validators('"two"', "Mon, some day", HASH)


def test_an_old_last_modified_stays_but_an_old_etag_does_not():
    verdict = conditional.judge(answer(body=b"other"), KNOWN)

    assert not verdict.same
    assert verdict.validators.etag == ""
    assert verdict.validators.last_modified == "Mon, some day"


def test_a_server_that_wants_no_caching_gives_no_validators():
    reply = answer(body=b"other", etag='"x"', last_modified="Tue", expires="0")

    kept = conditional.judge(reply, KNOWN).validators
    assert (kept.etag, kept.last_modified) == ("", "")
    assert kept.body_hash


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "wants a password"),
        (404, "still right"),
        (410, "gone for good"),
        (429, "fewer visits"),
        (500, "500 (Internal Server Error)"),
        (799, "answered 799."),
    ],
)
def test_any_other_answer_is_told_in_words_and_without_secrets(status, words):
    with pytest.raises(SourceError, match=r"x\.example/feed: ") as caught:
        get(answer(status))

    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)
