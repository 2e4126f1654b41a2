"""What a browser shows before inlining and after: the same, by either library.

Each page is opened as it was rendered and as it was inlined, in four views; every
element must come out with the same computed style.
"""

from dataclasses import replace

import pytest
from playwright.sync_api import sync_playwright

from dispatch.compose import inline, notice, variant
from dispatch.model import Choice, MailingKind
from support.composing import DAILY, ISSUE, SITE, SLOT, article, day, press

pytestmark = pytest.mark.browser

VIEWS = [(scheme, width) for scheme in ("light", "dark") for width in (900, 380)]
INLINERS = ("premailer", "css-inline")
ELEMENTS = """() => [...document.querySelectorAll('body, body *')].map(one => {
    const style = getComputedStyle(one);
    let hash = 0;
    for (const name of style) {
        for (const letter of name + style.getPropertyValue(name)) {
            hash = (hash * 31 + letter.codePointAt(0)) | 0;
        }
    }
    return [one.tagName + '.' + one.className, hash];
})"""
ONE = """at => {
    const style = getComputedStyle(document.querySelectorAll('body, body *')[at]);
    return Object.fromEntries([...style].map(n => [n, style.getPropertyValue(n)]));
}"""


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield running
        running.close()


@pytest.fixture(params=["digest", "welcome"])
def rendered(request, monkeypatch):
    """A mail's page as its templates made it, before anything was inlined."""
    pages = []
    own = inline.inline

    def remember(page, *more):
        pages.append(page)
        return own(page, *more)

    monkeypatch.setattr(inline, "inline", remember)
    printing = press(replace(SITE, logo="https://courier.example/logo.png"))
    if request.param == "digest":
        stories = [*day(), article(9, headline="افتتاح المكتبة", language="ar")]
        variant.make(
            printing,
            newsletter=DAILY,
            issue=ISSUE,
            choice=Choice(),
            articles=stories,
            now=SLOT,
        )
    else:
        notice.notice(printing, MailingKind.WELCOME, newsletter=DAILY, context={})
    return pages[0]


@pytest.fixture
def tabs(browser):
    """Two tabs of one window, which no request leaves."""
    context = browser.new_context()
    context.route("**/*", lambda route: route.abort())
    yield [context.new_page(), context.new_page()]
    context.close()


def look(tab, scheme, width):
    """Every element in order, and what its computed style comes to."""
    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 900})
    return tab.evaluate(ELEMENTS)


def differing(tabs, before, after):
    """Name the properties of the first element that looks different."""
    for at, (one, other) in enumerate(zip(before, after, strict=True)):
        if one != other:
            old, new = (tab.evaluate(ONE, at) for tab in tabs)
            apart = [key for key in old if old[key] != new[key]]
            return [(one[0], key, old[key], new[key]) for key in apart]
    return []


@pytest.mark.parametrize("inliner", INLINERS)
def test_every_element_looks_the_same_before_and_after(tabs, rendered, inliner):
    made = inline.inline(rendered, inliner)
    assert made.warning == ""
    assert inline.UNTOUCHED not in made.html
    for tab, page in zip(tabs, (rendered, made.html), strict=True):
        tab.set_content(page)
        assert tab.evaluate("document.compatMode") == "CSS1Compat"

    seen = set()
    for view in VIEWS:
        before, after = (look(tab, *view) for tab in tabs)
        assert differing(tabs, before, after) == [], view
        assert before == after
        seen.add(str(before))
    assert len(seen) == len(VIEWS), "two views look alike: one of them was not made"
