import pytest

from dispatch.collect import lede

CASES = {
    (
        "WESTHAVEN, Conn. — The council voted 5–2 on Tuesday to close the pier, "
        "officials said."
    ): "The council voted 5–2 on Tuesday to close the pier",
    (
        "After years of debate, protest and delay, the council will close the pier."
    ): "The council will close the pier",
    (
        "Although it had rained, the owl stayed on its gatepost until dusk."
    ): "The owl stayed on its gatepost until dusk",
    (
        "In June, the mayor said he would sue the county if it tried to withhold "
        "the money promised for the pier, the Courier reported."
    ): "The mayor said he would sue the county",
    (
        "The owls of Marcy Hall — the oldest residents of the campus — have lived "
        "for three winters in a drain, and they have had enough."
    ): "The owls of Marcy Hall have lived for three winters in a drain",
    (
        "The president of Harlow College, Ana Ruiz ’84, announced Monday that she "
        "would leave her office in the hands of the owl."
    ): "The president of Harlow College, Ana Ruiz ’84, announced Monday",
    "“We are not done,” said Ana Ruiz ’07.": "“We are not done,” said Ana Ruiz ’07",
}


@pytest.mark.parametrize(("paragraph", "made"), CASES.items())
def test_a_headline_is_cut_from_the_lede(paragraph, made):
    assert lede.headline([paragraph]) == made


def test_a_quotation_that_is_too_long_gives_way_to_the_next_sentence():
    first = (
        "“" + "I have never seen so many people stand so still " * 4 + "here,” he said."
    )

    assert lede.headline(
        [first, "The owl left at half past four in the afternoon."]
    ) == ("The owl left at half past four in the afternoon")


def test_a_story_without_a_sentence_has_no_headline_of_its_own():
    assert lede.headline([]) == ""
    assert lede.headline(["x"]) == ""


def test_the_dateline_is_known_and_skipped():
    paragraph = "LARKFIELD, Ohio (AP) — The bridge is open."

    assert lede.dateline(paragraph) == "LARKFIELD"
    assert lede.without_dateline(paragraph) == "The bridge is open."
    assert lede.dateline("The bridge — it is open.") == ""
