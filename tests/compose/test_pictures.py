import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from dispatch.actions.issues.preflight import Gate
from dispatch.actions.operations import check
from dispatch.app import open_app
from dispatch.compose import mime, notice, pictures, variant
from dispatch.compose.pictures import Picture
from dispatch.compose.splice import splice
from dispatch.model import Choice, MailFormat, MailingKind, RelaySettings
from support import received
from support.commands import CONFIG
from support.composing import DAILY, ISSUE, SITE, SLOT, day, press

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
LOGO = Picture("image/png", PNG)
VALUES = dict.fromkeys(("unsubscribe", "preferences", "confirm"), b"u" * 40) | {
    "to": b"ada@readers.example",
    "message_id": b"abcdefghijklmnop@courier.example",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "delivery": b"zyxwvutsrqponmlkjihgfedc",
}


def frozen(logo=LOGO, **choice):
    return make(logo, **choice).frozen


def make(logo, **choice):
    return variant.make(
        replace(press(), logo=logo),
        newsletter=DAILY,
        issue=ISSUE,
        choice=Choice(**choice),
        articles=day(),
        now=SLOT,
    )


def message(made):
    return message_from_bytes(mime.unstuff(splice(made, VALUES)), policy=policy.default)


def kinds(parsed):
    return [one.get_content_type() for one in parsed.walk()]


def test_a_logo_from_a_file_travels_with_the_page_that_shows_it():
    parsed = message(frozen())

    assert kinds(parsed) == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    image = list(parsed.walk())[-1]
    assert image.get_content() == PNG
    assert image["Content-ID"] == f"<{LOGO.name}>"
    assert image.get_content_disposition() == "inline"
    html = parsed.get_body(("html",)).get_content()
    assert f'src="cid:{LOGO.name}"' in html
    assert len(re.findall(r'boundary="([^"]+)"', str(parsed))) == 2


def test_a_large_logo_costs_no_story_its_place():
    large = Picture("image/png", PNG + bytes(190_000))

    with_logo, without = (make(logo) for logo in (large, None))

    assert with_logo.variant.articles == without.variant.articles
    assert with_logo.warning == without.warning == ""


def test_every_kind_of_mail_that_has_a_page_shows_it():
    made = notice.notice(
        replace(press(), logo=LOGO), MailingKind.WELCOME, newsletter=DAILY, context={}
    )

    assert "image/png" in kinds(message(made))


def test_without_a_file_there_is_no_related_part():
    plain = frozen(logo=None)
    web = replace(SITE, logo="https://courier.example/logo.png")

    assert "multipart/related" not in kinds(message(plain))
    made = notice.notice(press(web), MailingKind.WELCOME, newsletter=DAILY, context={})
    assert "multipart/related" not in kinds(message(made))


def test_a_text_only_mail_carries_no_picture():
    assert kinds(message(frozen(format=MailFormat.TEXT))) == ["text/plain"]


def test_perl_finds_the_same_parts(perl):
    (seen,) = perl.read([mime.unstuff(splice(frozen(), VALUES))])

    found = [part["type"].partition(";")[0] for part in seen["parts"]]
    assert found == kinds(message(frozen()))


def test_preflight_finds_the_picture_and_the_signature_good():
    made = frozen()
    gate = Gate((RelaySettings(host="relay.example.net"),), received.signers())

    found = gate.inspect(replace(press(), logo=LOGO), DAILY, ISSUE, made, now=SLOT)

    assert found.ok, found.lines()
    assert "pass" in {one.level for one in found.remarks if one.check == "Pictures"}
    assert all(one.level == "pass" for one in found.remarks if one.check == "Parts")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20_000_000), "larger than 200 kB"),
        (b"<svg></svg>", "no PNG, JPEG or GIF"),
        (b"", "no PNG, JPEG or GIF"),
    ],
)
def test_a_picture_that_will_not_do_is_told_and_mails_go_out_without(
    data, words, tmp_path
):
    logo = tmp_path / "logo.png"
    if data is not None:
        logo.write_bytes(data)
    text = CONFIG.format(smtp=1025).replace("[site]", '[site]\nlogo_file = "logo.png"')
    file = tmp_path / "config.toml"
    file.write_text(text)
    (tmp_path / "articles").mkdir()

    with pytest.raises(ValueError, match=words):
        pictures.load(logo)
    (fault,) = check.check(file).faults
    assert fault.key == "site.logo_file"
    assert words in str(fault)
    with open_app(file) as app:
        letter = app.settings.newsletter[0]
        made = variant.make(
            app.press,
            newsletter=letter,
            issue=ISSUE,
            choice=Choice(),
            articles=day(),
            now=SLOT,
        )
        found = app.press.gate.inspect(app.press, letter, ISSUE, made.frozen, now=SLOT)
    assert "image/png" not in kinds(message(made.frozen))
    assert found.ok
    assert words in next(one.says for one in found.remarks if one.check == "Logo")


@pytest.mark.parametrize(
    ("start", "media_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
    ],
)
def test_the_kind_is_told_by_the_bytes_and_not_by_the_name(start, media_type, tmp_path):
    (tmp_path / "logo.txt").write_bytes(start + b"rest")

    assert pictures.load(tmp_path / "logo.txt").media_type == media_type
