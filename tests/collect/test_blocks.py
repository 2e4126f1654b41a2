import pytest

from dispatch.collect import blocks, manuscript

LONG = (
    "The owl sat on the gatepost of the infirmary from dawn until half past four, and "
)
LONG += "then it left without a word to anybody."
WRAPPED = """The owl sat on the gatepost of the infirmary from dawn until
half past four, and then it left without a word to anybody.
It was gone.
Nobody saw where it went, though several people were looking
at the gatepost, and two of them were looking at the sky.
"""


def html(text):
    return blocks.to_html(blocks.paragraphs(manuscript.from_text(text).blocks))


def test_long_lines_without_blank_lines_are_paragraphs():
    assert html(f"{LONG}\n{LONG}\n{LONG}").count("<p>") == 3


def test_short_sentences_line_by_line_are_paragraphs():
    assert html("It rained.\nThe owl left.\nNobody minded.").count("<p>") == 3


def test_wrapped_lines_are_joined_and_a_short_last_one_ends_the_paragraph():
    assert html(WRAPPED).count("<p>") == 2
    assert "from dawn until half past four" in html(WRAPPED)


def test_wrapped_lines_of_one_paragraph_are_joined():
    wrapped = "\n".join(["The owl sat on the gatepost of the infirmary from dawn"] * 3)

    assert html(wrapped).count("<p>") == 1


def test_verse_keeps_its_lines():
    assert html("the owl\non its post\nat noon") == (
        "<p>the owl<br>on its post<br>at noon</p>"
    )


@pytest.mark.parametrize("rule", ["***", "---", "* * *", "⁂"])
def test_a_rule_is_a_rule(rule):
    assert html(f"One story here.\n\n{rule}\n\nAnother one.").count("<hr>") == 1


def test_lists_and_quotations_are_told_apart():
    assert html("- one\n- two") == "<ul><li>one</li><li>two</li></ul>"
    assert html("1. one\n2. two") == "<ol><li>one</li><li>two</li></ol>"
    assert html("> one\n> two") == "<blockquote><p>one two</p></blockquote>"


def test_a_short_line_between_paragraphs_is_a_crosshead():
    assert "<h3>What comes next</h3>" in html(f"{LONG}\n\nWhat comes next\n\n{LONG}")


@pytest.mark.parametrize(
    "line",
    ["“No,” he said", "It rained.", "Photo by Nils Aho", "By Petra Moss", "and so"],
)
def test_other_short_lines_are_no_crossheads(line):
    assert "<h3>" not in html(f"{LONG}\n\n{line}\n\n{LONG}")


def test_the_first_and_the_last_line_are_no_crossheads():
    assert "<h3>" not in html(f"What comes next\n\n{LONG}\n\nWhat came last")
