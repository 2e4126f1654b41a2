"""Mails in the language of the site: shipped words, one's own, and mistakes."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from importlib import resources

import pytest

from dispatch.actions.issues.preflight import Gate
from dispatch.actions.operations import proofs
from dispatch.compose import dates, letterhead, mime, notice, variant, words
from dispatch.compose.corrections import Told
from dispatch.compose.edits import UNTOUCHED
from dispatch.errors import TemplateError
from dispatch.model import Choice, MailFormat, MailingKind, RelaySettings
from support import specimens
from support.composing import ISSUE, SHIPPED, SITE, SLOT, day, newsletter, press

WORDING = resources.files("dispatch.compose") / "wording"
SHIPPED_TONGUES = sorted(file.name[:2] for file in WORDING.iterdir())
OTHERS = [one for one in SHIPPED_TONGUES if one != "en"]
FIRST = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)  # a Sunday
DOCS = SHIPPED.parents[1] / "docs" / "words.md"


def lines(said):
    return {
        (section, name): line
        for section, of_it in said.items()
        for name, line in of_it.items()
    }


def own(folder, text, tongue="en"):
    """A folder of templates with words of its own."""
    (folder / "_words").mkdir(exist_ok=True)
    (folder / "_words" / f"{tongue}.toml").write_text(text, encoding="utf-8")
    return folder


def issue_in(tongue, *, folders=(SHIPPED,), mail=MailFormat.HTML, told=None):
    stories = [
        replace(one, content=replace(one.content, section="town", language=tongue))
        for one in day()
    ]
    return variant.make(
        press(replace(SITE, language=tongue), folders),
        newsletter=newsletter(max_articles=5),
        issue=ISSUE,
        choice=Choice(format=mail),
        articles=stories,
        now=SLOT,
        told=told or Told(),
        edited=replace(UNTOUCHED, note="!"),
    )


@pytest.mark.parametrize("tongue", OTHERS)
def test_a_shipped_language_says_all_that_english_says_with_the_same_places(tongue):
    english, said = lines(words.of("en")), lines(words.of(tongue))

    shipped = lines(words._shipped(tongue))
    assert english.keys() == {one for one in shipped if one[0] != "dates"}
    for place, line in english.items():
        assert set(words.PLACE.findall(said[place])) == set(words.PLACE.findall(line))
    for section, name in shipped:
        words._fit(DOCS, section, name, shipped[section, name])


@pytest.mark.parametrize("tongue", OTHERS)
def test_an_issue_has_no_english_word_of_ours(tongue):
    made = issue_in(tongue, told=specimens.told())
    text = issue_in(tongue, mail=MailFormat.TEXT).variant.text

    english = lines(words.of("en"))
    mine = lines(words.of(tongue))
    for (section, name), line in english.items():
        if section in {"common", "digest"} and line != mine[section, name]:
            fixed = max(words.PLACE.split(line), key=len).strip(" .")
            assert len(fixed) < 4 or fixed not in text, line
            assert len(fixed) < 4 or f">{fixed}<" not in made.variant.html, line
    assert mine["digest", "web"] in made.variant.html
    assert mine["digest", "corrections"] in made.variant.html
    assert mine["digest", "note"].upper() in text
    assert mine["common", "choose"] in text


@pytest.mark.parametrize("tongue", OTHERS)
def test_preflight_finds_nothing_wrong_with_it(tongue):
    made = issue_in(tongue)
    gate = Gate((RelaySettings(host="relay.example.net"),))

    found = gate.inspect(
        press(replace(SITE, language=tongue)),
        newsletter(),
        ISSUE,
        made.frozen,
        now=SLOT,
        known=" ".join(one.content.summary for one in day()),
    )

    assert found.ok, found.lines()


@pytest.mark.parametrize("tongue", SHIPPED_TONGUES)
def test_every_mail_can_be_made_in_it(tongue):
    printing = press(replace(SITE, language=tongue))

    assert proofs.render_all(printing, [newsletter()], ("briefing", "front-page")) == ()


def parts(frozen):
    mail = message_from_bytes(mime.unstuff(frozen.data), policy=policy.default)
    return mail, *(mail.get_body((one,)).get_content() for one in ("plain", "html"))


def test_a_confirmation_in_german():
    printing = press(replace(SITE, language="de-AT"))

    made = notice.notice(
        printing, MailingKind.CONFIRM, newsletter=newsletter(), context={"days": 7}
    )

    mail, text, html = parts(made)
    assert mail["Subject"] == "Bitte bestätigen: The Daily Courier"
    assert "Der Link gilt 7 Tage." in text
    assert "<strong>The Daily Courier</strong> an diese Adresse" in html
    assert "Ja, abonnieren" in html
    assert not re.search("you|button|Questions", text)


def test_alerts_come_in_english_whatever_is_broken(tmp_path):
    folder = own(tmp_path, "[common]\nwhy = 7", "de")
    printing = press(replace(SITE, language="de"), (folder, SHIPPED))

    made = notice.notice(printing, MailingKind.ALERT, newsletter=None, context={})

    mail, text, html = parts(made)
    assert mail["Content-Language"] == "en"
    assert 'lang="en"' in html
    assert "needs a human" in text
    with pytest.raises(TemplateError, match=r"common\.why is no text in quotes"):
        letterhead.make(printing, newsletter(), "")


def test_one_line_of_ones_own_changes_that_line_alone(tmp_path):
    folders = (own(tmp_path, "[digest]\nweb = 'See it in your browser'"), SHIPPED)

    html = issue_in("en", folders=folders).variant.html

    assert "See it in your browser" in html
    assert "Read on the web" not in html
    assert "Choose topics or pause" in html


def test_a_language_of_ones_own_is_english_where_it_says_nothing(tmp_path):
    italian = (
        "[common]\nunsubscribe = 'Annulla l’iscrizione'\n"
        "[dates]\nweekdays = 'lun mar mer gio ven sab domenica'\n"
        "months = 'gen feb marzo apr mag giu lug ago set ott nov dic'\n"
        "full = '{weekday} {day} {month} {year}'\nfirst = '1º'\n"
    )
    said = words.of("it-CH", [own(tmp_path, italian, "it")])

    assert said["common"]["unsubscribe"] == "Annulla l’iscrizione"
    assert said["digest"]["also"] == "Also today"
    assert dates.full(FIRST, "it-CH", said) == "domenica 1º marzo 2026"
    assert dates.short(FIRST, "it-CH", said) == "2026-03-01"


def test_a_region_comes_before_its_language(tmp_path):
    folder = own(tmp_path, "[digest]\nnote = 'Aus der Redaktion, Wien'", "de-at")

    assert words.of("de_AT", [folder])["digest"]["note"].endswith("Wien")
    assert words.of("de", [folder])["digest"]["note"] == "Aus der Redaktion"
    assert words.of("../en", [folder]) == words.of("en")


FAULTS = (
    ("[digest]\nwebb = 'x'", "digest.webb is printed nowhere"),
    ("[digst]\nweb = 'x'", "digst.web is printed nowhere"),
    ("web = 'x'", "web stands in no section"),
    ("[digest]\nweb = 7", "digest.web is no text in quotes"),
    ("[digest]\nweb = '{x}'", "nothing is filled in for {x}"),
    ("[dates]\nmonths = 'one two'", "dates.months needs 12 words"),
    ("[digest\nweb", "line 1"),
    (f"# {'x' * 200_000}", "larger than 200 kB"),
)


@pytest.mark.parametrize(("text", "why"), FAULTS, ids=[why for _, why in FAULTS])
def test_a_file_that_will_not_do_is_named_with_the_reason(tmp_path, text, why):
    folder = own(tmp_path, text)

    with pytest.raises(TemplateError) as caught:
        words.of("en", [folder])
    assert why in str(caught.value)
    assert "en.toml" in str(caught.value)
    (said,) = press(folders=(folder, SHIPPED)).templates.check()
    assert said == str(caught.value)


def test_bytes_that_are_no_text_are_named_too(tmp_path):
    own(tmp_path, "")
    (tmp_path / "_words" / "en.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(TemplateError, match=r"en\.toml"):
        words.of("en", [tmp_path])


def test_what_is_filled_in_is_escaped_and_filled_once():
    printing = press()
    letter = newsletter(title="<b>{site}</b> & Co")

    made = notice.notice(printing, MailingKind.GOODBYE, newsletter=letter, context={})

    _mail, text, html = parts(made)
    assert "<strong>&lt;b&gt;{site}&lt;/b&gt; &amp; Co</strong>" in html
    assert "<b>{site}</b> & Co" in text


@pytest.mark.parametrize(
    ("tongue", "full", "short"),
    [
        ("en", "Sunday, March 1, 2026", "March 1"),
        ("en-GB", "Sunday, 1 March 2026", "1 March"),
        ("de", "Sonntag, 1. März 2026", "1. März"),
        ("fr", "dimanche 1er mars 2026", "1er mars"),
        ("es", "domingo, 1 de marzo de 2026", "1 de marzo"),
        ("tlh", "2026-03-01", "2026-03-01"),
    ],
)
def test_a_day_is_said_as_the_language_says_it(tongue, full, short):
    said = words.of(tongue)

    assert dates.full(FIRST, tongue, said) == full
    assert dates.short(FIRST, tongue, said) == short


def test_the_documentation_has_every_line():
    shipped = (WORDING / "en.toml").read_text(encoding="utf-8").partition("\n\n")[2]

    assert shipped.strip() in DOCS.read_text(encoding="utf-8")
