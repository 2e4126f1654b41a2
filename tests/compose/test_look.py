"""Mails as a browser paints them, in every view; tools/pictures.py shows the same."""

import re
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe

from support import specimens, views
from support.composing import day
from support.views import View

pytestmark = pytest.mark.browser

# A mail cannot have these: its <main> and its regions are the mail program's.
NOT_OF_MAILS = ("landmark-one-main", "region")
ACCEPTED = (  # tidy 5.6 is older than ARIA 1.1; Outlook's Word centres by nothing else
    'Warning: <div> proprietary attribute "aria-roledescription"',
    'Warning: <td> attribute "align" not allowed for HTML5',
)
SPECIMENS = dict(specimens.mails())
LETTERS = dict(specimens.letters())
ALL = SPECIMENS | LETTERS
DESIGNS = specimens.DESIGNS
SCHEMES = [View("light"), View("dark", dark=True)]
STYLED_OR_NOT = [View("styled"), View("unstyled", change=views.unstyled)]
TELEPHONES = (320, 360, 414)
COLOURED = [one for one in SPECIMENS if one.endswith(("day", "arabic", "logo"))]
COLOURED += LETTERS
AXED = [one for one in SPECIMENS if one.endswith(("day", "arabic", "whole"))]
AXED += LETTERS


@pytest.fixture(scope="module")
def screen(chromium):
    with views.screen(chromium) as opened:
        yield opened


@pytest.fixture(scope="module")
def everything(screen):
    """All the words of each design's day."""
    said = {}
    for design in DESIGNS:
        with screen.show(SPECIMENS[f"{design}.day"], View("light")) as tab:
            said[design] = words(tab)
    return said


def words(tab):
    return " ".join(tab.evaluate("document.body.innerText").split())


@pytest.mark.parametrize("name", ALL)
def test_nothing_hangs_out_at_the_side_of_a_telephone(screen, name):
    for view in STYLED_OR_NOT:
        with screen.show(ALL[name], view) as tab:
            for width in TELEPHONES:
                tab.set_viewport_size({"width": width, "height": 800})
                wide = tab.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{wide} in {width}, {view.name}"


@pytest.mark.parametrize("name", AXED)
@pytest.mark.parametrize("view", SCHEMES, ids=lambda view: view.name)
def test_axe_has_no_findings(screen, name, view):
    rules = {rule: {"enabled": False} for rule in NOT_OF_MAILS}
    with screen.show(ALL[name], view) as tab:
        found = Axe().run(tab, options={"rules": rules})
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize("name", ALL)
def test_tidy_has_no_findings(tidy, name):
    said = subprocess.run(
        [tidy, "-q", "-e", "-utf8"],
        input=ALL[name].encode(),
        capture_output=True,
        check=False,
    ).stderr.decode()

    told = [re.sub(r"^line \d+ column \d+ - ", "", line) for line in said.splitlines()]
    assert [line for line in told if line not in ACCEPTED] == []


@pytest.mark.parametrize("name", COLOURED)
def test_all_text_can_be_read_in_light_dark_and_turned_inside_out(screen, name):
    for view in STYLED_OR_NOT:
        with screen.show(ALL[name], view) as tab:
            assert tab.evaluate(views.CONTRASTS, "as it is") == [], view.name
            assert tab.evaluate(views.CONTRASTS, "inverted") == [], view.name
            tab.emulate_media(color_scheme="dark")
            assert tab.evaluate(views.CONTRASTS, "as it is") == [], view.name


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    "view",
    [one for one in views.VIEWS if one.name != "light"],
    ids=lambda view: view.name,
)
def test_every_view_says_all_that_there_is(screen, everything, design, view):
    with screen.show(SPECIMENS[f"{design}.day"], view) as tab:
        wide = tab.evaluate("document.documentElement.scrollWidth")
        shown = words(tab).replace(" · ", " ")

    assert shown == everything[design].replace(" · ", " ")
    assert wide <= view.width
    for story in day():
        assert story.content.summary[:20] in shown


@pytest.mark.parametrize("design", DESIGNS)
def test_a_thumb_hits_every_button_and_way_out(screen, design):
    with screen.show(SPECIMENS[f"{design}.many"], View("phone", width=360)) as tab:
        boxes = [one.bounding_box() for one in tab.locator(".button-link, .tap").all()]

    assert len(boxes) == 7
    assert all(box["height"] >= 44 for box in boxes), boxes


@pytest.mark.parametrize("design", DESIGNS)
def test_two_columns_stand_beside_each_other_only_where_there_is_room(screen, design):
    def columns(view):
        with screen.show(SPECIMENS[f"{design}.day"], view) as tab:
            places = [one.bounding_box() for one in tab.locator(".column").all()]
        return len({round(place["x"]) for place in places})

    wide, narrow = (2, 1) if design == "front-page" else (0, 0)
    assert columns(View("light")) == wide
    assert columns(View("phone", width=360)) == narrow


@pytest.mark.parametrize("design", DESIGNS)
def test_a_screen_reader_finds_one_title_and_every_story(screen, design):
    with screen.show(SPECIMENS[f"{design}.day"], View("light")) as tab:
        levels = [
            int(one.evaluate("e => e.tagName")[1])
            for one in tab.locator("h1, h2, h3, h4").all()
        ]
        article = tab.locator("[role=article][aria-roledescription=email]")

        assert levels.count(1) == 1
        assert levels[0] == 1
        assert set(levels[1:]) == {2}, levels
        assert levels.count(2) >= len(day())
        assert article.get_attribute("lang") == "en"
        assert article.get_attribute("aria-label").startswith("The Daily Courier")
