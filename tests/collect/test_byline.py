import pytest

from dispatch.collect import byline, names


@pytest.mark.parametrize(
    ("line", "below", "people"),
    [
        ("By Petra Moss", "", ("Petra Moss",)),
        (
            "By Petra Moss, Nils Aho and J.P. Lind",
            "",
            ("Petra Moss", "Nils Aho", "J.P. Lind"),
        ),
        ("By Petra Moss | Staff Writer", "", ("Petra Moss",)),
        ("BY PETRA MOSS AND NILS AHO", "STAFF REPORTERS", ("Petra Moss", "Nils Aho")),
        ("Petra Moss, Contributing Writer", "", ("Petra Moss",)),
        ("Petra Moss", "Staff Reporter", ("Petra Moss",)),
        ("Por Lucía Ferrán", "", ("Lucía Ferrán",)),
        ("By the Editorial Board", "", ("The Editorial Board",)),
        ("By Rolf Anders Jr. ’71", "", ("Rolf Anders Jr. ’71",)),
        ("_By [Petra Moss](https://a.example/petra)_", "", ("Petra Moss",)),
    ],
)
def test_a_byline_gives_names(line, below, people):
    assert byline.match(line, below).names == people


def test_a_byline_with_its_role_below_takes_two_lines():
    assert byline.match("By Petra Moss", "Staff Reporter").lines == 2
    assert byline.match("By Petra Moss", "The ferry returns.").lines == 1


@pytest.mark.parametrize(
    "line",
    [
        "By the Numbers",
        "By Monday the river had risen",
        "By far the best ferry",
        "Petra Moss",
        "Petra Moss, mayor",
        "",
    ],
)
def test_prose_is_no_byline(line):
    assert byline.match(line) is None


def test_a_tagline_at_the_end_names_the_writer():
    assert byline.tagline("Contact Petra Moss at petra@a.example.") == ("Petra Moss",)
    assert byline.tagline("Contact the office at help@a.example.") == ()
    assert byline.tagline("The ferry returns on Sunday.") == ()


def test_names_are_told_from_prose():
    for name in (
        "Ana Ruiz",
        "the Center for Owls",
        "J. de la Cruz III",
        "Ludwig van B.",
    ):
        assert names.is_name(name)
    for prose in ("", "Ana of", "the owl", "Ana said no", "A " * 9):
        assert not names.is_name(prose)
    assert names.split("Rolf Anders, Jr., and Ana Ruiz") == [
        "Rolf Anders, Jr.",
        "Ana Ruiz",
    ]
