import pytest

from dispatch.text import languages


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("FA", "rtl"),
        ("fa_IR", "rtl"),
        ("ckb", "rtl"),
        ("ku", "ltr"),
        ("ku-Arab", "rtl"),
        ("az-arab-IR", "rtl"),
        ("ur-Latn", "ltr"),
        ("ff-Adlm-GN", "rtl"),
        ("en", "ltr"),
        ("ja", "ltr"),
        ("sl-1994", "ltr"),
        ("", "ltr"),
    ],
)
def test_a_language_has_a_direction(tag, expected):
    assert languages.direction(tag) == expected


@pytest.mark.parametrize(
    ("tag", "around", "expected"),
    [("de-AT", "de", False), ("en_GB", "en-US", False), ("de", "en", True)],
)
def test_a_language_is_another_whatever_the_region(tag, around, expected):
    assert languages.is_other(tag, around) is expected


def test_a_language_is_called_as_it_calls_itself():
    assert languages.own_name("de-AT") == "Deutsch"
    assert languages.own_name("tlh") == "tlh"
