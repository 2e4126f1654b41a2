import pytest
from hypothesis import given, strategies as st

from dispatch.collect import credit

CREDITS = [
    "Courtesy of Marta Oldfield ’07",
    "COURTESY OF MARTA OLDFIELD",
    "courtesy of María José Núñez-Peña",
    "Courtesy of Rolf Anders Jr.",
    "Courtesy: Westhaven Opera",
    "Photo by Marta Oldfield",
    "Photo by Marta Oldfield.",
    "Photos by: Marta Oldfield & Rolf Anders",
    "Photo courtesy of the Westhaven Center for Owls",
    "Photograph by Sander van den Berg",
    "Illustration: Petra Moss and Nils Aho",
    "Graphic by J.P. Moss",
    "Marta Oldfield/Photo by",
    "MARTA OLDFIELD/THE COURIER",
    "Marta Oldfield/Larkfield Courier",
    "Marta Oldfield / Contributing Photographer",
    "Marta Oldfield, Staff Photographer",
    "Marta Oldfield, Senior Illustrator",
    "(AP Photo/Rolf Anders)",
    "Rolf Anders/AP",
    "Rolf Anders | Reuters",
    "Rolf Anders via Wikimedia Commons",
    "*Photo by Nils Aho*",
    "Foto de Óscar Núñez",
    "Photo by Anna O’Neill ’12 MBA ’15",
]
NO_CREDITS = [
    "",
    "Courtesy of the committee was extended to every visitor who had written.",
    "Courtesy calls begin on Monday",
    "Courtesy dictates that one reply.",
    "Photo by photo, the album was passed around the table",
    "Photo finish at the county fair",
    "Photos: the year in review",
    "Art by the River",
    "Art for the People",
    "Screenshot",
    "Faculty/Staff Picnic",
    "Town/gown relations have improved.",
    "Marta Oldfield ’07, an organizer, spoke to the Courier.",
    "The mayor said on Tuesday that he would resign.",
    "Video game club wins again",
    "Ferry to run again on Sundays",
    "By Marta Oldfield",
    "Graphic novels are taught here now",
]


@pytest.mark.parametrize("line", CREDITS)
def test_a_credit_line_is_known(line):
    assert credit.match(line) is not None


@pytest.mark.parametrize("line", NO_CREDITS)
def test_what_only_looks_like_a_credit_is_none(line):
    assert credit.match(line) is None


def test_a_credit_keeps_its_words_and_ties_its_class_year():
    found = credit.match("(Courtesy of  Marta Oldfield '07)")

    assert found.text == "Courtesy of Marta Oldfield\u00a0’07"


def test_a_credit_written_backwards_is_turned_round():
    assert credit.match("Marta Oldfield/Photo by").text == "Photo by Marta Oldfield"


def test_a_placeholder_is_noticed():
    assert credit.match("NAME/Photo by").placeholder
    assert not credit.match("Photo by Marta Oldfield").placeholder


@given(st.text(max_size=200))
def test_any_line_is_a_short_credit_or_none(line):
    found = credit.match(line)

    assert found is None or 0 < len(found.text) <= credit.LONGEST + 2
