import pytest

from dispatch.config import reading
from dispatch.model import SectionSettings

HEAD = (
    '[[newsletter]]\nname = "daily"\nsender = "News <n@example.org>"\n'
    'schedule = "0 7 * * *"\n'
)
WEEKLY = (
    '[[newsletter]]\nname = "weekly"\nsender = "News <n@example.org>"\n'
    'schedule = "0 7 * * mon"\n'
)


def read(tmp_path, text):
    return reading.read(tmp_path / "config.toml", text)


def said(tmp_path, text):
    return [str(one).split(": ", 1)[1] for one in read(tmp_path, text).faults]


@pytest.mark.parametrize(
    "written",
    [
        '[[newsletter.section]]\nname = "Campus Life"\nlimit = 5\nshow = "full"\n',
        'section = [{ name = "campus life", limit = 5, show = "full" }]\n',
    ],
)
def test_a_section_is_written_as_a_table_or_in_line(tmp_path, written):
    (newsletter,) = read(tmp_path, HEAD + written).settings.newsletter

    assert newsletter.section == (SectionSettings("campus life", 5, "full"),)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            "limit = 3",
            "newsletter.daily.section.name: is missing. Add a line name = ….",
        ),
        ('name = ""', "newsletter.daily.section: one of them has no name."),
        ('name = "a"\nlimit = -1', "a: limit = -1 is not between 0 and 200."),
        ('name = "a"\nlimit = "3"', "section.limit: '3' is not a whole number."),
        ('name = "a"\nshow = "big"', "section.show: 'big' is not one of the words"),
        ('name = "a"\nlimt = 3', "newsletter.daily.section.limt: is not a setting."),
        ('name = "a"\n[[newsletter.section]]\nname = "A"', "a is there twice."),
    ],
)
def test_what_is_no_section_is_named(tmp_path, written, problem):
    (fault,) = said(tmp_path, f"{HEAD}[[newsletter.section]]\n{written}\n")

    assert problem in fault


def test_bad_sections_are_told_beside_another_mistake(tmp_path):
    text = HEAD + 'design = 1\nsection = [{ name = "a", limit = 999 }]\n'

    assert any("limit = 999" in one for one in said(tmp_path, text))


def test_a_section_that_the_newsletter_does_not_carry_is_a_mistake(tmp_path):
    text = HEAD + 'sections = ["news"]\nsection = [{ name = "arts" }]\n'

    (fault,) = said(tmp_path, text)
    assert "'arts' is not in sections" in fault


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("weekly", "names the newsletter itself"),
        ("dayly", "there is no newsletter 'dayly'. Did you mean \"daily\"?"),
    ],
)
def test_not_if_in_names_another_newsletter(tmp_path, name, problem):
    (fault,) = said(tmp_path, f'{HEAD}{WEEKLY}not_if_in = ["{name}"]\n')

    assert fault.startswith("newsletter.weekly.not_if_in: ")
    assert problem in fault
