import unicodedata

import pytest
from hypothesis import given, strategies as st

from dispatch.text import plain


def test_clean_keeps_words_and_drops_what_cannot_be_seen():
    assert plain.clean("a\u200bb\u00adc\x00d\ud800") == "abcd"
    assert plain.clean("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert plain.clean("Acci\u0301n ’07") == unicodedata.normalize(
        "NFC", "Acci\u0301n ’07"
    )


def test_clean_undoes_text_that_turns_itself_around():
    assert plain.clean("\u202eevil\u202c") == "evil"


def test_joiners_stay_where_they_mean_something():
    assert plain.clean("👩\u200d🚀") == "👩\u200d🚀"
    assert plain.clean("a\u200db") == "ab"


def test_squash_keeps_the_space_that_holds_a_class_year():
    assert plain.squash("  Ana \n\t Ruiz\u00a0’07 ") == "Ana Ruiz\u00a0’07"


def test_an_excerpt_ends_at_a_word():
    assert plain.excerpt("The owl left at dawn.", 30) == "The owl left at dawn."
    assert plain.excerpt("The owl left at dawn.", 15) == "The owl left…"
    assert plain.excerpt("Supercalifragilistic", 6) == "Super…"
    assert plain.excerpt("The owl, which left", 9) == "The owl…"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Gov. Ana Ruiz ’07 said no. “We won’t.” He left.", 3),
        ("Mr. J. P. Roe left at 6 a.m. Monday. He’s gone!", 2),
        ("See No. 5 on Elm St. Paul’s list. It is short.", 2),
        ("Was that all? Yes… Perhaps.", 3),
        ("The U.S. Senate met. It adjourned on Jan. 29.", 2),
        ("Ana Ruiz ’07. Lee Park ’12.", 2),
        ("¿Qué? ¡Nada! Bien.", 3),
        ("He wrote 3.5 pages.", 1),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_stops(text, count):
    assert len(plain.sentences(text)) == count


@given(st.text(max_size=300))
def test_clean_text_is_fit_for_xml_and_clean_twice_is_clean_once(text):
    once = plain.clean(text)

    assert plain.clean(once) == once
    assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in once)
    once.encode("utf-8")
    assert "\n" not in plain.squash(text)


@given(st.text(max_size=200), st.integers(min_value=0, max_value=80))
def test_an_excerpt_is_never_too_long(text, limit):
    assert len(plain.excerpt(text, limit)) <= limit


@given(st.text(max_size=300))
def test_sentences_lose_no_word(text):
    assert "".join("".join(plain.sentences(text)).split()) == "".join(
        plain.squash(text).split()
    )


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 stories"), (1, "1 story"), (9012, "9,012 stories")]
)
def test_numbers_are_said_with_their_noun(number, text):
    assert plain.count(number, "story", "stories") == text
