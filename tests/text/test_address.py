import pytest
from hypothesis import given, strategies as st

from dispatch.text import address


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG \r\n", "ada@example.org"),
        ("\ufeffada@example.org\u200b", "ada@example.org"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("o'brien+news@example.org", "o'brien+news@example.org"),
    ],
)
def test_the_same_mailbox_compares_equal_however_it_was_typed(typed, expected):
    assert address.parse(typed).mailbox == expected


def test_the_letters_before_the_at_sign_are_kept_as_typed():
    assert address.parse("Ada.L@Example.org").address == "Ada.L@example.org"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "no address"),
        ("   ", "no address"),
        ("ada.example.org", "needs an @"),
        ("@example.org", "both sides"),
        ("ada@", "both sides"),
        ("ada@one@example.org", "one @"),
        ("ada lovelace@example.org", "no spaces"),
        ("ada@localhost", "needs a dot"),
        ("ada@example..org", "not an address"),
        ("älice@example.org", "not every mail server"),
        ("a" * 300 + "@example.org", "at most 254"),
        ("a" * 64 + "@" + "ü." * 24 + "org", "not an address"),
        ("a" * 65 + "@example.org", "at most 64"),
        ('"ada"@example.org', "not an address"),
        ("ada@[192.0.2.1]", "not an address"),
        ("ada@example.org\nBcc: eve@example.org", "one @"),
        ("ada@example.org\x00", "not an address"),
    ],
)
def test_what_is_no_address_is_refused_with_a_reason(typed, words):
    with pytest.raises(ValueError, match=words):
        address.parse(typed)


@given(st.text())
def test_any_text_is_a_plain_address_or_a_value_error(text):
    try:
        found = address.parse(text)
    except ValueError:
        return
    assert found.address.isascii()
    assert len(found.address) <= address.LONGEST
    assert found.address.isprintable()
    assert " " not in found.address
    assert address.parse(found.mailbox).mailbox == found.mailbox


@given(st.text(max_size=40))
def test_a_refusal_never_repeats_what_was_typed(text):
    typed = f"<b>{text}</b>"

    with pytest.raises(ValueError, match=r"\.$") as refused:
        address.parse(typed)

    assert "<b>" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("news@example.org", ("", "news@example.org")),
        ("<news@example.org>", ("", "news@example.org")),
        ("The Herald <news@example.org>", ("The Herald", "news@example.org")),
        ('"Herald, The" <news@example.org>', ("Herald, The", "news@example.org")),
        ("Herald, The <news@example.org>", ("Herald, The", "news@example.org")),
        ('"The \\"H\\"" <news@example.org>', ('The "H"', "news@example.org")),
        ("Café  Zeitung <Ada@Example.org>", ("Café Zeitung", "Ada@example.org")),
    ],
)
def test_a_sender_is_a_name_and_an_address(text, expected):
    found = address.sender(text)

    assert (found.name, found.address) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The Herald",
        "The Herald <>",
        "The Herald <news>",
        "The Herald <news@example.org> and more",
        "The\nHerald <news@example.org>",
        "The Herald <news@example.org",
    ],
)
def test_what_is_no_sender_is_refused(text):
    with pytest.raises(ValueError, match=r"\.$"):
        address.sender(text)


@given(st.text())
def test_any_text_is_a_sender_or_a_value_error(text):
    try:
        found = address.sender(text)
    except ValueError:
        return
    assert found.name.isprintable()


def test_a_masked_address_shows_one_letter_and_the_domain():
    assert address.mask("alice@example.org") == "a…@example.org"


def test_the_domain_of_an_address_is_lower_case():
    assert address.domain("ada@Example.ORG") == "example.org"
