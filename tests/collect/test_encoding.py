import pytest
from hypothesis import given, strategies as st

from dispatch.collect import encoding

TEXT = "“Acción,” said Núñez ’07 — twice."


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_as_it_is(name):
    found = encoding.decode(TEXT.encode(name))

    assert (found.text, found.repair) == (TEXT, "")


def test_windows_quotes_are_read_and_told():
    found = encoding.decode(TEXT.encode("cp1252"))

    assert found.text == TEXT
    assert "is not UTF-8; read as windows-1252" in found.repair


@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
def test_mojibake_is_undone_and_told(wrong):
    garbled = TEXT.encode().decode(wrong, "ignore")

    found = encoding.decode(garbled.encode())

    assert found.text == TEXT
    assert "put right" in found.repair


@pytest.mark.parametrize("innocent", ["Ångström, Às, Â la carte", "são Ã", "100 â"])
def test_honest_accents_are_left_alone(innocent):
    assert encoding.decode(innocent.encode()).text == innocent


def test_html_may_declare_its_encoding():
    data = b'<meta charset="iso-8859-2"><p>' + "żółw".encode("iso-8859-2")

    assert "żółw" in encoding.decode(data).text


def test_a_guess_is_the_last_resort():
    russian = "Привет, мир. Это новая статья для газеты, где живут совы." * 3

    assert encoding.decode(russian.encode("cp1251")).text == russian


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\x00\x00", b"\x00" * 50, bytes(range(32))]
)
def test_binary_is_no_text(data):
    assert encoding.decode(data) is None


@given(st.binary(max_size=300))
def test_any_bytes_are_clean_text_or_none(data):
    found = encoding.decode(data)

    if found is not None:
        assert not any(ord(sign) < 32 and sign not in "\n\t" for sign in found.text)
        found.text.encode("utf-8")


@pytest.mark.parametrize(
    "data",
    [
        b"Tiny\n\nA \x01 control.",
        b"The council met on Monday and\x00 voted.",
        b"One\x0btwo, three\x0cfour\x1a.",
        b"The \x1acouncil\x02 met\x03 on\x04 Monday, and voted for it.\n" * 30,
        "The caf\xe9 “opened”\x1f on Monday, as the \x02council had said.".encode(
            "cp1252"
        ),
    ],
)
def test_stray_control_characters_lose_no_story_and_are_told(data):
    found = encoding.decode(data)

    assert not any(ord(sign) < 32 and sign != "\n" for sign in found.text)
    assert "control characters; they were taken out" in found.repair


def test_the_breaks_of_word_become_line_ends_and_are_no_fault():
    found = encoding.decode(b"One\x0btwo\x0cthree")

    assert (found.text, found.repair) == ("One\ntwo\nthree", "")


def test_a_closing_quote_whose_last_byte_was_lost_is_put_right():
    garbled = TEXT.replace("Acción,", "Acción").encode().decode("cp1252", "replace")

    assert encoding.decode(garbled.encode()).text == TEXT.replace("Acción,", "Acción")
