import base64
import hashlib
import re

import pytest
from hypothesis import given, strategies as st
from itsdangerous import Signer
from itsdangerous.encoding import base64_decode

from dispatch.subscribe import tokens

PURPOSES = ("unsubscribe", "preferences", "confirm")
MINE = tokens.Tokens(b"k" * 32)
OTHERS = tokens.Tokens(b"o" * 32)

numbers = st.integers(min_value=0, max_value=2**63 - 1)
deliveries = st.integers(min_value=0, max_value=2**40 - 1)


@given(numbers, st.sampled_from(PURPOSES))
def test_a_token_reads_back_for_its_purpose(number, purpose):
    token = MINE.make(purpose, number)

    assert MINE.read(purpose, token) == number


@given(numbers, st.sampled_from(PURPOSES))
def test_every_token_has_one_length_and_characters_that_survive_mail(number, purpose):
    token = MINE.make(purpose, number)

    assert len(token) == tokens.LENGTH
    assert re.fullmatch("[a-z2-7]+", token)


@given(numbers, st.sampled_from(PURPOSES), st.sampled_from(PURPOSES))
def test_a_token_never_reads_for_another_purpose(number, purpose, other):
    token = MINE.make(purpose, number)

    assert (MINE.read(other, token) == number) == (other == purpose)


@given(numbers, st.sampled_from(PURPOSES))
def test_a_token_made_under_another_key_reads_as_nothing(number, purpose):
    assert MINE.read(purpose, OTHERS.make(purpose, number)) is None


@given(st.text() | st.text(min_size=tokens.LENGTH, max_size=tokens.LENGTH))
def test_any_text_reads_as_nothing(text):
    assert MINE.read("unsubscribe", text) is None
    assert MINE.read_bounce(text) is None


@given(numbers, st.integers(min_value=0, max_value=tokens.LENGTH - 1), st.data())
def test_changing_any_one_character_spoils_a_token(number, place, data):
    token = MINE.make("confirm", number)
    letters = st.sampled_from("abcdefghijklmnopqrstuvwxyz234567ABC")
    letter = data.draw(letters.filter(lambda letter: letter != token[place]))

    assert MINE.read("confirm", token[:place] + letter + token[place + 1 :]) is None


def test_a_token_is_the_same_for_ever():
    """Links in mail that was sent years ago must go on working."""
    assert MINE.make("unsubscribe", 7) == "aaaaaaaaaaaao6ymdrgohfyqiuybl3msxtzkedcp"


@given(deliveries)
def test_a_return_path_names_its_delivery_in_lower_case(number):
    text = MINE.bounce(number)

    assert re.fullmatch("[a-z2-7]{25}", text)
    assert text[0] == MINE.key_sign
    assert MINE.read_bounce(text) == number
    assert OTHERS.read_bounce(text) is None


@given(deliveries)
def test_a_message_id_is_stable_and_no_return_path(number):
    local = MINE.message_id(number)

    assert local == MINE.message_id(number)
    assert re.fullmatch("[a-z2-7]{24}", local)
    assert MINE.read_bounce(local) is None


@given(deliveries, st.booleans())
def test_a_delivery_is_found_in_any_address_that_names_it(number, capitals):
    for text in (
        f"<News+{MINE.bounce(number)}@bounces.example.org>",
        f"<{MINE.message_id(number)}@example.org>",
    ):
        assert MINE.find_delivery(text.upper() if capitals else text) == number
        assert OTHERS.find_delivery(text) is None
        assert MINE.find_leaver(text) is None


@given(numbers)
def test_who_leaves_by_mail_is_found_by_the_address_alone(number):
    text = f"leave+{MINE.make('unsubscribe', number)}@example.org"

    assert MINE.find_leaver(text) == number
    assert MINE.find_delivery(text) is None
    assert OTHERS.find_leaver(text) is None


@given(st.text())
def test_nothing_is_found_in_any_text(text):
    assert MINE.find_delivery(text) is None
    assert MINE.find_leaver(text) is None


def test_a_hook_has_an_address_that_only_the_key_can_make():
    assert MINE.hook("ses") == MINE.hook("ses")
    assert len({MINE.hook("ses"), MINE.hook("mailgun"), OTHERS.hook("ses")}) == 3
    assert re.fullmatch("[a-z2-7]{32}", MINE.hook("ses"))


def test_a_mailbox_hash_is_keyed_and_hexadecimal():
    found = MINE.mailbox_hash("ada@example.org")

    assert re.fullmatch("[0-9a-f]{64}", found)
    assert found == MINE.mailbox_hash("ada@example.org")
    assert found != OTHERS.mailbox_hash("ada@example.org")
    assert found != MINE.mailbox_hash("eve@example.org")


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        tokens.Tokens(b"short")


@given(st.binary(min_size=16, max_size=40), st.integers(0, 2**40 - 1))
def test_a_token_is_what_the_signer_would_make(key, number):
    """The purpose's key is derived once; the library derives it each time."""
    signer = Signer(
        key,
        salt="dispatch.bounce",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )
    raw = base64_decode(signer.get_signature(number.to_bytes(5, "big")))
    name = base64.b32encode(number.to_bytes(5, "big") + raw[:10]).decode().lower()

    made = tokens.Tokens(key)
    assert made.bounce(number).endswith(name)
    assert made.bounce(number) == made.bounce(number)
